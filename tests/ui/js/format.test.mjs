import assert from "node:assert/strict";
import { test } from "node:test";

import { between, beginOf, dayOf, endOf, isDay, plus } from "fmw/format.js";

test("a day begins at midnight in Korea, whatever the clock says here", () => {
  assert.equal(dayOf("2026-11-22T15:00:00Z"), "2026-11-23");
  assert.equal(dayOf("2026-11-22T14:59:59Z"), "2026-11-22");
  assert.equal(dayOf(beginOf("2026-11-23")), "2026-11-23");
  assert.equal(dayOf(endOf("2026-11-23").replace("999999", "999")), "2026-11-23");
});

test("days are counted over months, years and leap days", () => {
  assert.equal(plus("2026-12-31", 1), "2027-01-01");
  assert.equal(plus("2028-03-01", -1), "2028-02-29");
  assert.equal(between("2026-11-01", "2026-12-01"), 30);
  assert.equal(between("2026-11-01", plus("2026-11-01", -3)), -3);
});

test("only days that exist are days", () => {
  for (const day of ["2026-11-23", "2028-02-29"]) assert.ok(isDay(day), day);
  for (const day of ["", "2026-02-30", "2026-13-01", "2026-1-1", "today", "2026-11-23T00:00", "0x10"])
    assert.ok(!isDay(day), day);
});
