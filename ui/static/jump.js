// Jump to a feature by a part of its name or its number, from anywhere (Ctrl+K).
import { chip, featureUrl, literally, make, read, shown, t } from "fmw";

const DEBOUNCE = 120; // milliseconds
const ASKED = 50;
const MOST = 8; // of them, those whose names are most like what was typed
const FIELDS = "feature_id,feature_name,title,feature_group,environment,status";

let dialog;
let running;
let waiting;
let isFresh; // what is listed is of what is written
let isGoing; // Enter was pressed before it was

/** Open the dialog; a second time it begins anew. */
export function open() {
  dialog ??= build();
  if (dialog.open) return;
  clearTimeout(waiting);
  running?.abort();
  dialog.querySelector("input").value = "";
  list([], "jump.hint");
  dialog.showModal();
}

function build() {
  const box = make("dialog", { className: "fm-dialog fm-jumps" });
  const field = make("input", { type: "text", className: "fm-input", placeholder: t("jump.placeholder") });
  field.autocomplete = "off";
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-expanded", "true");
  field.setAttribute("aria-controls", "fm-found");
  field.setAttribute("aria-label", t("jump.title"));
  box.setAttribute("aria-label", t("jump.title"));
  const found = make("ul", { id: "fm-found" });
  found.setAttribute("role", "listbox");
  found.setAttribute("aria-label", t("jump.found"));
  const said = make("p", { className: "fm-note" });
  said.setAttribute("role", "status");
  box.append(field, found, said);
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    running?.abort();
    isFresh = isGoing = false;
    waiting = setTimeout(() => look(field.value.trim()), DEBOUNCE);
  });
  field.addEventListener("keydown", keys);
  box.addEventListener("click", ({ target }) => target === box && box.close());
  document.body.append(box);
  return box;
}

async function look(text) {
  running?.abort();
  running = new AbortController();
  if (!text) return list([], "jump.hint");
  const { signal } = running;
  const numbered = /^#?\d{1,18}$/.test(text) ? { feature_id: `eq.${text.replace("#", "")}` } : { q: text };
  try {
    const asked = { select: FIELDS, order: "feature_name", limit: ASKED };
    const by = (filter) => read("features", { ...asked, ...filter }, signal);
    let rows = await by(numbered);
    if (!rows.length && numbered.feature_id) rows = await by({ q: text });
    if (rows.length === ASKED) rows = [...(await by({ feature_name: `ilike.${literally(text)}*` })), ...rows];
    const found = [...new Map(rows.map((row) => [row.feature_id, row])).values()];
    list(ranked(found, text).slice(0, MOST), found.length ? "" : "explore.empty");
  } catch (error) {
    if (!signal.aborted) list([], error.status && error.status < 500 ? "explore.empty" : "down.title");
  }
}

/** Rows in the order of their likeness: `text` is the name, begins it, begins a word of name or title, is anywhere. */
export function ranked(rows, text) {
  const sought = text.toLowerCase();
  const likeness = ({ feature_name: name, title }) => {
    const lower = name.toLowerCase();
    const words = `${lower} ${title ?? ""}`.toLowerCase().split(/[^\p{L}\p{N}]+/u);
    if (lower.startsWith(sought)) return lower === sought ? 0 : 1;
    return words.some((word) => word.startsWith(sought)) ? 2 : 3;
  };
  return [...rows].sort((a, b) => likeness(a) - likeness(b));
}

function list(rows, said) {
  dialog.querySelector("[role=status]").textContent = said && t(said);
  dialog.querySelector("ul").replaceChildren(...rows.map(option));
  choose(0);
  isFresh = true;
  if (isGoing && rows.length) go(dialog.querySelector("li"));
}

function option(row, index) {
  const item = make("li", { id: `fm-found-${index}` });
  item.setAttribute("role", "option");
  const where = [row.title === row.feature_name ? "" : row.title, row.feature_group, row.environment && shown("environment", row.environment)];
  const text = make("span");
  text.append(make("b", { textContent: row.feature_name }), make("small", { textContent: where.filter(Boolean).join(" · ") }));
  item.append(text, chip(row.status));
  item.dataset.id = row.feature_id;
  item.addEventListener("click", () => go(item));
  return item;
}

function keys(event) {
  if (event.isComposing) return; // Enter ends a Korean syllable first
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const items = [...dialog.querySelectorAll("li")];
  const at = items.findIndex((item) => item.ariaSelected === "true");
  if (step && items.length) choose((at + step + items.length) % items.length);
  else if (event.key === "Enter" && !isFresh) isGoing = true;
  else if (event.key === "Enter" && items[at]) go(items[at]);
  else if (event.key !== "Enter") return;
  event.preventDefault();
}

function choose(index) {
  const items = [...dialog.querySelectorAll("li")];
  items.forEach((item, at) => (item.ariaSelected = String(at === index)));
  const field = dialog.querySelector("input");
  if (items[index]) field.setAttribute("aria-activedescendant", items[index].id);
  else field.removeAttribute("aria-activedescendant");
  items[index]?.scrollIntoView({ block: "nearest" });
}

const go = (item) => (location.href = featureUrl(item.dataset.id));
