// What every page can do: freshness badge, theme, language, search key, copying.
import { read } from "fmw/api.js";
import { age, count, time } from "fmw/format.js";
import { config, t } from "fmw/page.js";

const EVERY = 60000; // milliseconds between looks at the snapshot
const LATE = 36; // hours after the last successful sync: we expect one a day
const LOST = 48;

const badge = document.getElementById("fm-fresh");
let reachable = true;

function draw() {
  const checked = badge.dataset.checked;
  const hours = checked ? (Date.now() - new Date(checked)) / 3600000 : Infinity;
  const tone = !reachable || hours > LOST ? "bad" : hours > LATE ? "warn" : "ok";
  badge.dataset.tone = tone;
  badge.querySelector(".fm-wide").textContent = t("fresh.as_of", { at: time(checked) || "-" });
  document.getElementById("fm-age").textContent =
    !reachable ? t("fresh.unreachable")
    : !checked ? t("fresh.never")
    : tone === "ok" ? age(checked)
    : t(`fresh.${tone}`, { age: age(checked) });
}

function answered({ detail }) {
  const back = detail.reachable && !reachable;
  reachable = detail.reachable;
  badge.dataset.checked = detail.asOf ?? badge.dataset.checked;
  draw();
  if (back) look();
}

async function look() {
  const [snapshot] = await read("snapshot", "limit=1").catch(() => []); // the badge has been told
  if (!snapshot) return;
  badge.dataset.checked = snapshot.checked_at ?? "";
  for (const cell of badge.querySelectorAll("[data-fresh]")) {
    const value = snapshot[cell.dataset.fresh] ?? "";
    cell.textContent = cell.dataset.fresh.endsWith("_at") ? time(value) : count(value);
  }
  draw();
}

function switchTheme() {
  const root = document.documentElement;
  const dark = getComputedStyle(root).colorScheme === "dark" ||
    (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("fmw-theme", root.dataset.theme);
}

function switchLanguage() {
  const other = config.lang === "ko" ? "en" : "ko";
  document.cookie = `fmw_lang=${other}; path=${config.base || "/"}; max-age=31536000; samesite=lax`;
  const here = new URL(location.href);
  here.searchParams.delete("lang");
  location.replace(here);
}

function keys(event) {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const search = document.querySelector("[data-search]");
  if (search) search.focus();
  else location.href = `${config.base}/explore`;
}

/** Put `text` on the clipboard and tell the reader how that went. */
export async function copy(text) {
  toast(t((await put(text)) ? "copy.done" : "copy.failed"));
}

async function put(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => byHand(text));
  return byHand(text);
}

function byHand(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text, className: "fm-sr" });
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}

function toast(text) {
  const box = document.getElementById("fm-toast");
  box.textContent = text;
  clearTimeout(box.timer);
  box.timer = setTimeout(() => (box.textContent = ""), 2500);
}

document.getElementById("fm-theme").addEventListener("click", switchTheme);
document.getElementById("fm-lang").addEventListener("click", switchLanguage);
addEventListener("fm-answer", answered);
document.addEventListener("keydown", keys);
document.addEventListener("click", (event) => badge.contains(event.target) || (badge.open = false));
document.addEventListener("visibilitychange", () => document.hidden || look());
setInterval(() => document.hidden || look(), EVERY);
if (badge.dataset.checked) draw();
else look();
