import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { heard, load, markRead, note, seen } from "fmw/visit.js";

const MINUTE = 60000;
beforeEach(() => localStorage.clear());

test("on the first visit nothing is unseen", () => {
  assert.deepEqual(heard(null, 100, 0), { since: 100, newest: 100, at: 0 });
});

test("what arrives during a visit is unseen, also after a reload", () => {
  let state = heard(null, 100, 0);
  state = heard(state, 105, 5 * MINUTE);
  state = heard(state, 107, 20 * MINUTE);
  assert.equal(state.since, 100);
});

test("a new visit begins after half an hour without a sign of life", () => {
  let state = heard(null, 100, 0);
  state = heard(state, 105, 10 * MINUTE);
  state = heard(state, 120, 50 * MINUTE);
  assert.deepEqual(state, { since: 105, newest: 120, at: 50 * MINUTE });
});

test("marking as read leaves what comes later", () => {
  let state = seen(heard({ since: 3, newest: 7, at: 0 }, 9, 1), 8);
  assert.deepEqual(state, { since: 8, newest: 9, at: 1 });
  state = heard(state, 11, 2);
  assert.equal(state.since, 8);
  assert.equal(seen(state, 5).since, 8);
});

test("a page that is behind does not make seen changes unseen", () => {
  assert.deepEqual(heard({ since: 110, newest: 110, at: 0 }, 100, 1), { since: 110, newest: 110, at: 1 });
});

test("a ledger that counts anew does not hide its changes", () => {
  assert.equal(heard({ since: 5000, newest: 5000, at: 0 }, 40, 1).since, 40);
});

test("the browser remembers, and forgets what it cannot read", () => {
  note("12");
  assert.equal(load().since, 12);
  assert.equal(markRead(12).since, 12);
  assert.equal(markRead(15).since, 15);
  localStorage.clear();
  assert.equal(markRead(15).since, 15);
  for (const broken of ["{", "null", "[]", '{"since":"a"}']) {
    localStorage.setItem("fmw-visit", broken);
    assert.equal(load(), null, broken);
  }
});
