// What nginx shows while the viewer does not answer: features from the gateway, or from the snapshot files.
import { ask, chip, count, label, shown, t, time } from "fmw";

const FIELDS = ["feature_name", "status", "title", "feature_group", "environment", "owner", "changed_at"];
const RETRY = 10000; // milliseconds between attempts to have the viewer back
const ROWS = 200;
const DEBOUNCE = 180; // milliseconds

const byId = (name) => document.getElementById(`fm-${name}`);
const field = byId("q");
let waiting;

/** The feature the address is about, else what is searched for. */
function wanted() {
  const [, id] = /\/f\/(\d+)$/.exec(location.pathname) ?? [];
  if (id && !field.value) return { feature_id: `eq.${id}` };
  return field.value.trim() ? { q: field.value.trim() } : {};
}

async function show() {
  const params = { ...wanted(), select: FIELDS.join(","), order: "feature_name.asc", limit: ROWS, facets: "status" };
  try {
    const { body, asOf } = await ask("features", params);
    byId("count").textContent = t("explore.count", { n: count(body.total) });
    byId("what").textContent = t(asOf ? "fallback.what" : "fallback.live");
    byId("at").textContent = asOf ? t("fresh.as_of", { at: time(asOf) }) : "";
    document.querySelector("tbody").replaceChildren(...body.rows.map(row));
  } catch (error) {
    byId("count").textContent = error.message;
  }
}

function row(feature) {
  const line = document.createElement("tr");
  for (const name of FIELDS) {
    const value = feature[name];
    line.insertCell().append(name === "status" ? chip(value) : name.endsWith("_at") ? time(value) : value ? shown(name, value) : "");
  }
  return line;
}

async function retry() {
  const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
  if (answer && answer.status < 500) location.reload();
}

byId("title").textContent = t("fallback.title");
field.placeholder = t("search.placeholder");
field.ariaLabel = t("search.label");
field.value = new URLSearchParams(location.search).get("q") ?? "";
field.addEventListener("input", () => {
  clearTimeout(waiting);
  const q = field.value.trim(); // it survives the page that comes when the viewer is back
  history.replaceState(null, "", q ? `?${new URLSearchParams({ q })}` : location.pathname);
  waiting = setTimeout(show, DEBOUNCE);
});
for (const name of FIELDS)
  document.querySelector("thead tr").append(Object.assign(document.createElement("th"), { scope: "col", textContent: label("field", name) }));
show();
setInterval(retry, RETRY);
