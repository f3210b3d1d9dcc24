// What every page can do: freshness badge, theme, language, keys, copying, measuring itself.
import { read } from "./api.js";
import { age, count, time } from "./format.js";
import { config, t } from "./page.js";
import { note } from "./visit.js";

const EVERY = 60000; // milliseconds between looks at the snapshot
const SOON = 10000; // the same while something is away
// Hours since the last successful sync. The page does not know the schedule of the sources (it is in
// sources.toml, which only the sync reads), so these two assume the usual one sync a day: a missed
// run is late after 36 h, two missed ones are lost. Where sources sync more often, a lost sync
// shows later here than in ops.freshness, which does know the schedule and is what admins watch.
const LATE = 36;
const LOST = 48;

const GO = 1500; // milliseconds between g and the letter of a screen
// by their places on the keyboard: with Korean switched on, h is another letter
const SCREENS = { KeyH: "/", KeyO: "/overview", KeyE: "/explore", KeyC: "/changes" };

const badge = document.getElementById("fm-fresh");
const stale = document.getElementById("fm-stale");
const wanted = document.getElementById("fm-keys");
let reachable = true;
let measured = false;
let gone = 0; // when g was pressed

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
  if (detail.isStale !== undefined) showStale(detail.isStale ? detail.asOf : null);
  badge.dataset.checked = detail.asOf ?? badge.dataset.checked;
  draw();
  if (back) look();
}

/** Say that what is shown is the last snapshot, of which moment; null = it is not. */
function showStale(asOf) {
  stale.hidden = !asOf;
  if (asOf) stale.textContent = t("down.snapshot", { at: time(asOf) });
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
  if (snapshot.change_id) note(snapshot.change_id);
  const detail = { version: String(snapshot.snapshot_version) };
  dispatchEvent(new CustomEvent("fm-snapshot", { detail })); // a screen with older data may want it
}

function switchTheme() {
  const root = document.documentElement;
  const dark = getComputedStyle(root).colorScheme === "dark" ||
    (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("fmw-theme", root.dataset.theme);
  dispatchEvent(new Event("fm-theme"));
}

function switchLanguage() {
  const other = config.lang === "ko" ? "en" : "ko";
  document.cookie = `fmw_lang=${other}; path=${config.base || "/"}; max-age=31536000; samesite=lax`;
  const here = new URL(location.href);
  here.searchParams.delete("lang");
  location.replace(here);
}

/** Shortcuts. Readers whose voice software types may switch those of one key off (WCAG 2.1.4). */
function keys(event) {
  if (event.key === "Escape") close(event);
  if ((event.ctrlKey || event.metaKey) && event.code === "KeyK") {
    event.preventDefault();
    jump();
    return;
  }
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]")
    && !event.target.closest("dialog:not([open])"); // that was closed just now: what it holds has the focus a moment longer
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !wanted.checked) return;
  const going = gone && Date.now() - gone < GO;
  gone = 0;
  if (going && SCREENS[event.code]) location.href = config.base + SCREENS[event.code];
  else if (event.code === "KeyG") gone = Date.now();
  else if (event.key === "?") document.querySelector(".fm-help").open = true;
  else if (event.key === "/") search(event);
}

function search(event) {
  event.preventDefault();
  const field = document.querySelector("[data-search]");
  if (field) field.focus();
  else jump();
}

async function jump() {
  (await import("fmw/jump.js")).open();
}

async function feedback() {
  (await import("fmw/feedback.js")).open();
}

/** Tell the request log, once, how long the reader waited for this screen. */
export function ready() {
  if (measured) return;
  measured = true;
  const load = performance.getEntriesByType("navigation")[0];
  if (document.visibilityState === "hidden" || !load) return; // a tab in the background waits for nobody
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const fetched = performance.getEntriesByType("resource");
  const told = {
    screen: config.screen,
    ready: performance.now(),
    first_byte: load.responseStart,
    first_paint: paint ? paint.startTime : null,
    size: fetched.reduce((sum, { transferSize }) => sum + transferSize, load.transferSize),
    is_narrow: innerWidth < 760,
  };
  const body = new Blob([JSON.stringify(told)], { type: "application/json" });
  navigator.sendBeacon(`${config.api}/rpc/report_page_load`, body);
}

function rememberKeys() {
  document.documentElement.dataset.keys = wanted.checked ? "on" : "off";
  localStorage.setItem("fmw-keys", document.documentElement.dataset.keys);
}

/** Close the header's pop-ups, except the one the event came from; Escape closes that, too. */
function close({ target, key }) {
  for (const box of document.querySelectorAll(".fm-header details[open], .fm-menu[open]")) {
    const inside = box.contains(target);
    if (inside && !key) continue;
    box.open = false;
    if (inside) box.querySelector("summary").focus();
  }
}

/** Take the focus out of a dialog that was closed; else keys go on into what nobody sees. */
function leave({ target }) {
  if (!target.open && target.contains(document.activeElement)) document.activeElement.blur(); // it may be open again
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

/** Say something for a moment. */
export function toast(text) {
  const box = document.getElementById("fm-toast");
  box.textContent = text;
  clearTimeout(box.timer);
  box.timer = setTimeout(() => (box.textContent = ""), 2500);
}

/** What a sheet of paper has to say beside the rows: which, of when, from where. */
function describe() {
  const chips = [...document.querySelectorAll(".fm-chips li > button:first-child:not(.fm-link)")];
  const filters = chips.map((chip) => chip.firstChild.textContent.trim());
  const rows = document.querySelector(".fm-count")?.textContent ?? "";
  const fresh = badge.querySelector(".fm-wide").textContent;
  const said = [document.title, rows, ...filters, fresh, decodeURI(location.href)].filter(Boolean);
  document.getElementById("main").dataset.printed = said.join("  ·  ");
}

/** Bring the header of this page to life. */
export function startFrame() {
  wanted.checked = localStorage.getItem("fmw-keys") !== "off";
  rememberKeys();
  wanted.addEventListener("change", rememberKeys);
  document.getElementById("fm-theme").addEventListener("click", switchTheme);
  document.getElementById("fm-lang").addEventListener("click", switchLanguage);
  document.getElementById("fm-jump").addEventListener("click", jump);
  document.getElementById("fm-feedback").addEventListener("click", feedback);
  addEventListener("beforeprint", describe);
  addEventListener("fm-answer", answered);
  document.addEventListener("keydown", keys);
  document.addEventListener("close", leave, true);
  document.addEventListener("click", ({ target }) => close({ target }));
  addEventListener("fm-look", () => document.hidden || look()); // the server says that something is new
  document.addEventListener("visibilitychange", () => document.hidden || look());
  setInterval(() => document.hidden || look(), EVERY);
  setInterval(() => document.hidden || (reachable && stale.hidden) || look(), SOON);
  if (badge.dataset.change) note(badge.dataset.change);
  if (badge.dataset.checked) draw();
  else look();
}
