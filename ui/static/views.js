// Saved views: names of addresses, kept in this browser only. [{name, url}], newest first;
// `url` begins after the viewer's prefix, so it outlives a move.

const KEY = "fmw-views";
export const MOST = 30;
const LONGEST = 60; // letters of a name

export function all() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(list) ? list.filter(isView) : [];
  } catch {
    return [];
  }
}

/** Keep a view; one of the same name is replaced. Returns all; null = there is no room for one more. */
export function save(name, url) {
  const view = { name: name.trim().slice(0, LONGEST), url };
  if (!isView(view)) return all();
  const others = all().filter((one) => one.name !== view.name);
  return others.length < MOST ? store([view, ...others]) : null;
}

/** Forget a view; returns the others. */
export const forget = (name) => store(all().filter((one) => one.name !== name));

/** A page of the viewer, never another site or a script. */
function isView(view) {
  return typeof view?.name === "string" && view.name !== "" && /^\/(?![/\\])[^\s]*$/.test(view.url ?? "");
}

function store(list) {
  localStorage.setItem(KEY, JSON.stringify(list));
  return list;
}
