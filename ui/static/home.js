// Keep the home page's numbers current while it stays open.
import { all, config, count, load, read, ready, report, t } from "fmw";

const EVERY = 30000; // milliseconds; the server says at once when something is new, this is the net
const RETRY = 5000; // the same while the gateway is down or the reader is selecting text

const home = document.getElementById("fm-home");
let timer;

async function refresh() {
  clearTimeout(timer);
  const answer = document.hidden || selecting() ? null
    : await fetch(`${config.base}/home.html?lang=${config.lang}`).catch(() => null);
  if (answer?.ok) await draw(await answer.text());
  const down = home.querySelector("[data-down]") !== null;
  report(!down);
  timer = setTimeout(refresh, down || selecting() ? RETRY : EVERY);
}

/** Put the fragment in place: our own template, every value escaped. The focus stays on its link. */
async function draw(html) {
  const focused = home.contains(document.activeElement) && document.activeElement.getAttribute("href");
  const index = focused ? links(focused).indexOf(document.activeElement) : -1;
  home.innerHTML = html;
  await tellUnseen(); // the focus may go there
  if (focused && document.activeElement === document.body) (links(focused)[index] ?? links(focused)[0])?.focus({ preventScroll: true });
}

/** How much changed since the last visit; nothing is said on the first one. */
async function tellUnseen() {
  const link = home.querySelector("[data-unseen]");
  const since = load()?.since;
  if (!link || !since) return;
  const counted = await read("feature_history", `select=n:count()&change_id=gt.${since}`).catch(() => []);
  if (!counted.length) return;
  link.textContent = t("home.unseen", { n: count(counted[0].n) });
  link.hidden = false;
}

function showViews() {
  const bar = document.getElementById("fm-views");
  const views = all();
  bar.hidden = !views.length;
  bar.replaceChildren(t("views.title"), ...views.map(({ name, url }) =>
    Object.assign(document.createElement("a"), { textContent: name, href: config.base + url, className: "fm-button" })));
}

const links = (href) => [...home.querySelectorAll("a")].filter((link) => link.getAttribute("href") === href);

function selecting() {
  const selection = getSelection();
  return !selection.isCollapsed && home.contains(selection.anchorNode);
}

addEventListener("fm-look", refresh);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
showViews();
tellUnseen();
ready();
report(home.querySelector("[data-down]") === null);
timer = setTimeout(refresh, home.querySelector("[data-down]") ? RETRY : EVERY);
