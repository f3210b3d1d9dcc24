// Keep the home page's numbers current while it stays open.
import { report } from "fmw/api.js";
import { config } from "fmw/page.js";

const EVERY = 30000; // milliseconds; the server says at once when something is new, this is the net
const RETRY = 5000; // the same while the gateway is down or the reader is selecting text

const home = document.getElementById("fm-home");
let timer;

async function refresh() {
  clearTimeout(timer);
  const answer = document.hidden || selecting() ? null
    : await fetch(`${config.base}/home.html?lang=${config.lang}`).catch(() => null);
  if (answer?.ok) draw(await answer.text());
  const down = home.querySelector("[data-down]") !== null;
  report(!down);
  timer = setTimeout(refresh, down || selecting() ? RETRY : EVERY);
}

/** Put the fragment in place: our own template, every value escaped. The focus stays on its link. */
function draw(html) {
  const focused = home.contains(document.activeElement) && document.activeElement.getAttribute("href");
  const index = focused ? links(focused).indexOf(document.activeElement) : -1;
  home.innerHTML = html;
  if (focused) (links(focused)[index] ?? links(focused)[0])?.focus({ preventScroll: true });
}

const links = (href) => [...home.querySelectorAll("a")].filter((link) => link.getAttribute("href") === href);

function selecting() {
  const selection = getSelection();
  return !selection.isCollapsed && home.contains(selection.anchorNode);
}

addEventListener("fm-look", refresh);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
report(home.querySelector("[data-down]") === null);
timer = setTimeout(refresh, home.querySelector("[data-down]") ? RETRY : EVERY);
