// The address of the screen Explore, and what it asks the gateway for.
import { beginOf, dayOf, endOf, filterParams, isDay, plus } from "fmw";

export const FACETS = ["status", "kind", "feature_group", "environment", "owner", "source"];
export const SORT = "-changed_at"; // when the reader asks for nothing else
/** Days within which a feature changed; negative: for as long it did not. */
export const CHANGED = ["1d", "7d", "30d", "90d", "-90d", "-365d"];

/** The state an address describes: {q, filters, sort, changed, asOf, cols}. */
export function stateOf(search) {
  const params = new URLSearchParams(search);
  const changed = params.get("changed") ?? "";
  const asOf = params.get("as_of") ?? "";
  return {
    q: params.get("q") ?? "",
    filters: Object.fromEntries(FACETS.map((name) => [name, params.getAll(name)])),
    sort: params.get("sort") || SORT,
    changed: CHANGED.includes(changed) ? changed : "",
    asOf: isDay(asOf) ? asOf : "",
    cols: (params.get("cols") ?? "").split(",").filter(Boolean),
  };
}

/** The query string of a state; "" for the usual one. */
export function addressOf({ q, filters, sort, changed, asOf, cols }) {
  const params = new URLSearchParams();
  if (q) params.set("q", q);
  for (const name of FACETS) for (const value of filters[name]) params.append(name, value);
  if (changed) params.set("changed", changed);
  if (asOf) params.set("as_of", asOf);
  if (sort !== SORT) params.set("sort", sort);
  if (cols.length) params.set("cols", cols.join(","));
  return params.toString();
}

/** The gateway's filters for a state. */
export function paramsOf({ q, filters, changed, asOf }, today = dayOf()) {
  const params = filterParams(filters, q.trim());
  const days = Number.parseInt(changed, 10);
  const from = asOf || today;
  if (days > 0) params.set("changed_at", `gte.${beginOf(plus(from, 1 - days))}`);
  if (days < 0) params.set("changed_at", `lt.${beginOf(plus(from, days))}`);
  if (asOf) params.set("as_of", endOf(asOf));
  return params;
}

/** `-changed_at,status` as the gateway orders. */
export const orderOf = (sort) =>
  sort.split(",").map((key) => (key[0] === "-" ? `${key.slice(1)}.desc` : `${key}.asc`)).join(",");
