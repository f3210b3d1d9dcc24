// What a status word means to a reader; the words are in tones.json (ui/tones.py reads them, too).
import words from "fmw/tones.json" with { type: "json" };

const TROUBLE = ["bad", "warn"];
const tones = new Map(Object.entries(words).flatMap(([tone, list]) => list.map((word) => [word, tone])));

/** good, info, warn, bad or off; "" for a word nobody listed. */
export const tone = (status) => tones.get((status ?? "").toLowerCase().replace(/\s+/g, "")) ?? "";

/** Sort key: trouble first, everything else as it stands. */
export function urgency(status) {
  const index = TROUBLE.indexOf(tone(status));
  return index < 0 ? TROUBLE.length : index;
}
