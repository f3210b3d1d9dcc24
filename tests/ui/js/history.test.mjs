import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, daysOf, grouped, paramsOf, stateOf } from "fmw/history.js";

const params = (search, seen = 0) => Object.fromEntries(paramsOf(stateOf(search), seen));

test("an address and its state are one", () => {
  for (const search of [
    "", "period=today", "period=visit&q=%ED%99%98%EB%B6%88", "since=2026-11-01&until=2026-11-07&op=C&op=D",
    "after_id=4400&feature_group=a%2Cb", "field=", "since=2026-11-01",
  ]) assert.equal(addressOf(stateOf(search)), search);
});

test("what an address cannot mean is left out", () => {
  const state = stateOf("period=never&since=2026-02-30&after_id=x&nonsense=1");
  assert.deepEqual([state.period, state.since, state.after], ["week", "", ""]);
});

test("periods are Korean days, the last one included", () => {
  assert.deepEqual(daysOf(stateOf("period=today"), "2026-11-23"), { since: "2026-11-23", until: "2026-11-23" });
  assert.deepEqual(daysOf(stateOf(""), "2026-11-23"), { since: "2026-11-17", until: "2026-11-23" });
  const asked = paramsOf(stateOf("since=2026-11-01&until=2026-11-02"), 0).getAll("changed_at");
  assert.deepEqual(asked, ["gte.2026-11-01T00:00:00+09:00", "lte.2026-11-02T23:59:59.999999+09:00"]);
});

test("the last visit is a number of a change, not a time", () => {
  assert.deepEqual(params("period=visit", 4321), { change_id: "gt.4321" });
  assert.deepEqual(params("after_id=77"), { change_id: "gt.77" });
});

test("each word has to be found somewhere; its signs mean nothing", () => {
  const asked = paramsOf(stateOf("period=visit&q=100%25_%20a,b"), 1).getAll("or");
  assert.equal(asked.length, 2);
  assert.match(asked[0], /^\(feature_name\.ilike\."\*100\\\\%\\\\_\*",title\./);
  assert.match(asked[1], /"\*a,b\*"/);
});

test("rows are put together by day, run and change", () => {
  const row = (change_id, run_id, changed_at, field) => ({ change_id, run_id, changed_at, field, source: "s" });
  const days = grouped([
    row(9, 3, "2026-11-22T15:00:00Z", "status"),
    row(9, 3, "2026-11-22T15:00:00Z", "owner"),
    row(8, 3, "2026-11-22T15:00:00Z", null),
    row(7, null, "2026-11-22T14:00:00Z", "status"),
    row(6, 2, "2026-11-22T14:00:00Z", "status"),
  ]);
  assert.deepEqual(days.map(({ day, runs }) => [day, runs.length]), [["2026-11-23", 1], ["2026-11-22", 2]]);
  assert.deepEqual(days[0].runs[0].changes.map(({ fields }) => fields.length), [2, 0]);
});
