import assert from "node:assert/strict";
import { test } from "node:test";

import { ranked } from "fmw/jump.js";

test("the name that was typed comes first, then what begins with it", () => {
  const rows = ["a login", "Login", "login.web", "로그인", "x"].map((feature_name) => ({ feature_name }));
  const names = (text) => ranked(rows, text).map((row) => row.feature_name);
  assert.deepEqual(names("login"), ["Login", "login.web", "a login", "로그인", "x"]);
  assert.deepEqual(names("로그"), ["로그인", "a login", "Login", "login.web", "x"]);
});
