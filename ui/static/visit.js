// What a reader has seen: changes are counted (change_id), not clocked, so none is missed.
// State {since, newest, at}: the newest change when the last visit ended, the newest one heard of in
// this visit, and when this visit last showed a sign of life.

const KEY = "fmw-visit";
const GAP = 30 * 60000; // milliseconds without a sign of life that end a visit

/** The state after hearing, at `now`, that `newest` is the newest change; null = the first visit. */
export function heard(state, newest, now) {
  if (!state) return { since: newest, newest, at: now };
  // Older numbers come, too, from a page that is behind. Only far older ones are another ledger's, which
  // would hide its changes for ever.
  if (newest < state.since / 2) return { since: newest, newest, at: now };
  const since = now - state.at > GAP ? state.newest : state.since;
  return { since, newest: Math.max(state.newest, newest), at: now };
}

/** The same, with everything up to `newest` marked as seen. */
export const seen = (state, newest) => ({ ...state, since: Math.max(state.since, newest) });

export function load() {
  try {
    const state = JSON.parse(localStorage.getItem(KEY));
    return Number.isFinite(state?.since + state?.newest + state?.at) ? state : null;
  } catch {
    return null;
  }
}

/** Remember that `newest` is the newest change; the state. */
export function note(newest) {
  return store(heard(load(), Number(newest), Date.now()));
}

/** Mark everything up to `newest` as seen; the state. */
export const markRead = (newest) => store(seen(load() ?? heard(null, newest, Date.now()), newest));

function store(state) {
  localStorage.setItem(KEY, JSON.stringify(state));
  return state;
}
