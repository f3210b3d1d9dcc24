// The address of the screen Changes, and what it asks the gateway for.
import { beginOf, dayOf, endOf, filterParams, isDay, literally, plus, quoted } from "fmw";

export const FACETS = ["op", "kind", "feature_group", "field", "source"];
export const PERIODS = ["visit", "today", "week", "month", "range"];
export const USUAL = "week";
const BACK = { today: 0, week: 6, month: 29 };

/** The state an address describes: {period, since, until, after, q, filters}. */
export function stateOf(search) {
  const params = new URLSearchParams(search);
  const [since, until] = ["since", "until"].map((name) => (isDay(params.get(name) ?? "") ? params.get(name) : ""));
  const after = /^\d{1,18}$/.test(params.get("after_id") ?? "") ? params.get("after_id") : "";
  const asked = params.get("period");
  const period = since || until || after ? "range" : PERIODS.includes(asked) ? asked : USUAL;
  return {
    period, since, until, after,
    q: params.get("q") ?? "",
    filters: Object.fromEntries(FACETS.map((name) => [name, params.getAll(name)])),
  };
}

/** The query string of a state; "" for the usual one. */
export function addressOf({ period, since, until, after, q, filters }) {
  const params = new URLSearchParams();
  if (period !== USUAL && !(since || until || after)) params.set("period", period);
  if (period === "range") {
    if (since) params.set("since", since);
    if (until) params.set("until", until);
    if (after) params.set("after_id", after);
  }
  if (q) params.set("q", q);
  for (const name of FACETS) for (const value of filters[name]) params.append(name, value);
  return params.toString();
}

/** The days of a period as {since, until}; "" = open. The last visit has none: see `visit.js`. */
export function daysOf({ period, since, until }, today = dayOf()) {
  if (period in BACK) return { since: plus(today, -BACK[period]), until: today };
  return { since, until };
}

/** The gateway's filters for a state; `seen` is the last change the reader saw before this visit. */
export function paramsOf(state, seen, today = dayOf()) {
  const params = filterParams(state.filters, "");
  const words = state.q.trim().split(/\s+/).filter(Boolean);
  for (const word of words) {
    const pattern = quoted(`*${literally(word)}*`);
    const tests = ["feature_name", "title", "old_value", "new_value"].map((name) => `${name}.ilike.${pattern}`);
    params.append("or", `(${tests.join(",")})`);
  }
  if (state.period === "visit") params.set("change_id", `gt.${seen}`);
  else {
    const { since, until } = daysOf(state, today);
    if (since) params.append("changed_at", `gte.${beginOf(since)}`);
    if (until) params.append("changed_at", `lte.${endOf(until)}`);
    if (state.after) params.set("change_id", `gt.${state.after}`);
  }
  return params;
}

const PAGE = 200; // rows at a time
const ORDER = "changed_at.desc,change_id.desc,field.asc";

/** The question for a page of rows, or, without an offset, for all of them. */
export function pageOf(state, seen, today, offset) {
  const params = paramsOf(state, seen, today);
  params.set("order", ORDER);
  if (offset === undefined) return params;
  params.set("limit", PAGE);
  params.set("offset", offset);
  if (!offset) params.set("facets", FACETS.join(","));
  return params;
}

/** Rows of the history, newest first, as [{day, runs: [{key, id, at, source, changes: [{..., fields}]}]}]. */
export function grouped(rows) {
  const days = [];
  for (const row of rows) {
    const day = dayOf(row.changed_at);
    if (days.at(-1)?.day !== day) days.push({ day, runs: [] });
    const { runs } = days.at(-1);
    const key = `${row.run_id ?? "hand"}/${row.changed_at}`;
    if (runs.at(-1)?.key !== key)
      runs.push({ key, id: row.run_id, at: row.changed_at, source: row.source, changes: [] });
    const { changes } = runs.at(-1);
    if (changes.at(-1)?.change_id !== row.change_id) changes.push({ ...row, fields: [] });
    if (row.field) changes.at(-1).fields.push(row);
  }
  return days;
}
