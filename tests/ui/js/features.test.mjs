import assert from "node:assert/strict";
import { test } from "node:test";

import states from "../states.json" with { type: "json" };
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

for (const { state, query, asked } of states)
  test(`what is asked for: ${state}`, () => {
    const { sort } = stateOf(query);
    assert.deepEqual({ order: orderOf(sort), ...params(query) }, asked);
  });

test("in the past, days count back from there", () => {
  assert.deepEqual(params("changed=1d&as_of=2026-11-01"), {
    changed_at: "gte.2026-11-01T00:00:00+09:00",
    as_of: "2026-11-01T23:59:59.999999+09:00",
  });
});
