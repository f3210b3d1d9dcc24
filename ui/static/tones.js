// What a status word means to a reader; the words are in tones.json (ui/tones.py reads them, too).
import { make, shown } from "./page.js";
import words from "./tones.json" with { type: "json" };

const URGENT = ["bad", "warn", "info"];
const tones = new Map(Object.entries(words).flatMap(([tone, list]) => list.map((word) => [word, tone])));

/** good, info, warn, bad or off; "" for a word nobody listed. */
export const tone = (status) => tones.get((status ?? "").toLowerCase().replace(/\s+/g, "")) ?? "";

/** A status as it is shown everywhere. */
export function chip(status) {
  const made = make("span", { className: "fm-chip", textContent: shown("status", status) });
  made.dataset.tone = tone(status);
  return made;
}

/** Sort key: trouble first, then what is on its way, everything else as it stands. */
export function urgency(status) {
  const index = URGENT.indexOf(tone(status));
  return index < 0 ? URGENT.length : index;
}
