import assert from "node:assert/strict";
import { test } from "node:test";

import { Facets, foretold } from "fmw/filters.js";

const FACET = [{ value: "운영", count: 7 }, { value: "중지", count: 2 }, { value: null, count: 1 }];

test("the counts of a facet foretell how many rows its values have", () => {
  assert.equal(foretold(FACET, ["중지"]), 2);
  assert.equal(foretold(FACET, ["운영", ""]), 8);
  assert.equal(foretold(FACET, []), 10);
});

test("what they do not say is not guessed", () => {
  assert.equal(foretold(FACET, ["운영", "검토"]), null);
  const cut = Array.from({ length: 1000 }, (_, n) => ({ value: `${n}`, count: 1 }));
  assert.equal(foretold(cut, []), null);
  assert.equal(foretold(cut, ["7"]), 1);
});

test("only what saves lines is hidden, and counted as it is", () => {
  const hidden = (size, chosen = []) => {
    const x = Array.from({ length: size }, (_, n) => ({ value: `${n}`, count: 1 }));
    return Facets.methods.hidden.call({ ...Facets.methods, facets: { x }, chosen: { x: chosen }, open: {} }, "x");
  };
  assert.deepEqual([hidden(8), hidden(9), hidden(10), hidden(10, ["9"])], [0, 0, 2, 1]);
});
