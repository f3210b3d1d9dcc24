// Keep the home page's numbers current while it stays open.
import { report } from "fmw/api.js";
import { config } from "fmw/page.js";

const EVERY = 30000; // milliseconds
const RETRY = 5000; // the same while the gateway is down

const home = document.getElementById("fm-home");

async function refresh() {
  const busy = document.hidden || home.contains(document.activeElement);
  const answer = busy ? null : await fetch(`${config.base}/home.html?lang=${config.lang}`).catch(() => null);
  if (answer?.ok) home.innerHTML = await answer.text(); // our own template: every value is escaped
  wait();
}

function wait() {
  const down = home.querySelector("[data-down]") !== null;
  report(!down);
  setTimeout(refresh, down ? RETRY : EVERY);
}

wait();
