import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { all, forget, MOST, save } from "fmw/views.js";

beforeEach(() => localStorage.clear());

test("views are kept, the newest first, and replaced by name", () => {
  save("결제", "/explore?feature_group=결제");
  save("장애", "/explore?status=장애");
  save(" 결제 ", "/explore?feature_group=결제&status=장애");
  assert.deepEqual(all().map(({ name }) => name), ["결제", "장애"]);
  assert.equal(all()[0].url, "/explore?feature_group=결제&status=장애");
  assert.deepEqual(forget("결제").map(({ name }) => name), ["장애"]);
});

test("only addresses of the viewer are views", () => {
  for (const url of ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "explore"])
    assert.deepEqual(save("x", url), [], url);
  assert.deepEqual(save("  ", "/explore"), []);
});

test("what somebody else wrote there is no view", () => {
  for (const broken of ["{", "{}", '[{"name": 1}, null, {"name": "x", "url": "javascript:1"}]']) {
    localStorage.setItem("fmw-views", broken);
    assert.deepEqual(all(), [], broken);
  }
});

test("there is an end to them", () => {
  save("가".repeat(100), "/");
  assert.equal(all()[0].name.length, 60);
  for (let n = 1; n < MOST; n += 1) assert.equal(save(`view ${n}`, "/explore").length, n + 1);
  assert.equal(save("one more", "/explore"), null);
  assert.equal(save("view 1", "/overview")[0].url, "/overview");
  assert.equal(all().length, MOST);
});
