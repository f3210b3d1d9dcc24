import assert from "node:assert/strict";
import { test } from "node:test";

import { ranked } from "fmw/jump.js";

const ROWS = [
  ["a.login"], ["Login"], ["login.web"], ["전환추적"], ["POL-1", "환불접수"], ["환율"], ["x"],
].map(([feature_name, title = null]) => ({ feature_name, title }));
const names = (text) => ranked(ROWS, text).map((row) => row.feature_name);

test("the name that was typed comes first, then what begins with it, then words that do", () => {
  assert.deepEqual(names("login").slice(0, 3), ["Login", "login.web", "a.login"]);
  assert.deepEqual(names("환").slice(0, 2), ["환율", "POL-1"]);
});

test("those that are alike stay as they came", () => {
  assert.deepEqual(names("nothing"), ROWS.map((row) => row.feature_name));
});
