import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, orderOf, paramsOf, stateOf } from "fmw/features.js";

const params = (search) => Object.fromEntries(paramsOf(stateOf(search), "2026-11-23"));

test("an address and its state are one", () => {
  for (const search of [
    "", "q=%ED%99%98%EB%B6%88", "status=a&status=b&owner=", "changed=7d&as_of=2026-11-01&sort=status",
    "cols=feature_name%2Cstatus",
  ]) assert.equal(addressOf(stateOf(search)), search);
});

test("what an address cannot mean is left out", () => {
  assert.equal(addressOf(stateOf("changed=1y&as_of=2026-11-31&cols=,&x=1")), "");
});

test("a week is seven days, today included; a quiet quarter ends before ninety days", () => {
  assert.deepEqual(params("changed=7d"), { changed_at: "gte.2026-11-17T00:00:00+09:00" });
  assert.deepEqual(params("changed=1d"), { changed_at: "gte.2026-11-23T00:00:00+09:00" });
  assert.deepEqual(params("changed=-90d"), { changed_at: "lt.2026-08-25T00:00:00+09:00" });
});

test("in the past, days count back from there", () => {
  assert.deepEqual(params("changed=1d&as_of=2026-11-01"), {
    changed_at: "gte.2026-11-01T00:00:00+09:00",
    as_of: "2026-11-01T23:59:59.999999+09:00",
  });
});

test("values are quoted, and nothing is a value, too", () => {
  assert.deepEqual(params('feature_group=a,"b"&feature_group=c'), { feature_group: 'in.("a,\\"b\\"",c)' });
  assert.deepEqual(params("owner="), { owner: "is.null" });
  assert.deepEqual(params("owner=&owner=x"), { or: "(owner.is.null,owner.in.(x))" });
});

test("orders have a direction each", () => {
  assert.equal(orderOf("-changed_at,status"), "changed_at.desc,status.asc");
});
