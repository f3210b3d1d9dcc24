import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { answer, evaluate } from "fmw/snapshot.js";

const ROWS = [
  { feature_id: 1, feature_name: "환불", feature_group: "결제", status: "운영", owner: null, changed_at: "2026-11-20T00:00:00+00:00" },
  { feature_id: 2, feature_name: "취소", feature_group: "결제", status: "중지", owner: "a,b", changed_at: "2026-11-21T00:00:00+00:00" },
  { feature_id: 3, feature_name: "Login", feature_group: "회원", status: "운영", owner: 'q"', changed_at: "2026-11-22T00:00:00+00:00" },
];
const ids = (query) => evaluate(ROWS, new URLSearchParams(query)).map((row) => row.feature_id);

test("rows are filtered as the gateway filters", () => {
  assert.deepEqual(ids("status=in.(운영)"), [1, 3]);
  assert.deepEqual(ids('owner=in.("a,b","q\\"")'), [2, 3]);
  assert.deepEqual(ids('or=(owner.is.null,owner.in.("a,b"))'), [1, 2]);
  assert.deepEqual(ids("feature_id=eq.2&status=in.(운영)"), []);
  assert.deepEqual(ids("feature_id=gt.1"), [2, 3]);
  assert.deepEqual(ids("q=LOG"), [3]);
  assert.deepEqual(ids("or=(feature_name.ilike.*불*,status.ilike.*중지*)"), [1, 2]);
  assert.deepEqual(ids("or=(feature_name.lt.취소,and(feature_name.eq.취소,feature_id.lt.9))"), [2, 3]);
});

test("instants are compared as such, whatever their offset", () => {
  assert.deepEqual(ids("changed_at=gte.2026-11-21T09:00:00%2B09:00"), [2, 3]);
  assert.deepEqual(ids("changed_at=lt.2026-11-21T09:00:00%2B09:00"), [1]);
});

test("rows are ordered and cut; nothing stands last, or first where it descends", () => {
  assert.deepEqual(ids("order=owner.asc,feature_id.asc"), [2, 3, 1]);
  assert.deepEqual(ids("order=owner.desc"), [1, 3, 2]);
  assert.deepEqual(ids("order=feature_id.desc&limit=1&offset=1"), [2]);
});

test("facets leave their own filter out", () => {
  const { rows, facets, total } = evaluate(ROWS, new URLSearchParams("status=in.(운영)&facets=status,feature_group&limit=1&select=feature_id"));
  assert.deepEqual([rows, total], [[{ feature_id: 1 }], 2]);
  assert.deepEqual(facets.status, [{ value: "운영", count: 2 }, { value: "중지", count: 1 }]);
  assert.deepEqual(facets.feature_group, [{ value: "결제", count: 1 }, { value: "회원", count: 1 }]);
});

test("sums and counts make groups", () => {
  const sum = (query, rows = ROWS) => evaluate(rows, new URLSearchParams(query));
  assert.deepEqual(sum("select=feature_group,feature_id:feature_id.sum(),n:count()&order=feature_group.asc"), [
    { feature_group: "결제", feature_id: 3, n: 2 }, { feature_group: "회원", feature_id: 3, n: 1 },
  ]);
  assert.deepEqual(sum("select=n:count()", []), [{ n: 0 }]);
  assert.deepEqual(sum('select="이름 (새)":feature_name&feature_id=eq.1'), [{ "이름 (새)": "환불" }]);
});

test("what is not known here is an error, not a wrong answer", () => {
  assert.throws(() => ids("status=like.*x*"), /not known/);
  assert.throws(() => ids("owner=is.true"), /not known/);
});

let asked;
beforeEach(() => {
  asked = [];
  const files = {
    "/viewer/snap/": [{ name: "9-20261120T000000000000Z" }, { name: "10-20261121T000000000000Z/" }, { name: ".new" }],
    "/viewer/snap/10-20261121T000000000000Z/features.json": ROWS,
    "/viewer/snap/10-20261121T000000000000Z/snapshot.json": [{ checked_at: "2026-11-21T00:00:00+00:00" }],
  };
  globalThis.fetch = async (path) => {
    asked.push(path);
    return { ok: path in files, status: 404, json: async () => files[path] };
  };
});

test("the newest snapshot answers; the past is not in it", async () => {
  const { body, version, asOf } = await answer("features", "feature_id=eq.3");
  assert.deepEqual([body.length, version, asOf], [1, "10", "2026-11-21T00:00:00+00:00"]);
  await assert.rejects(answer("features", "as_of=2026-01-01"));
  await assert.rejects(answer("groups", ""), /404/);
});
