// Korean calendar days as `2026-11-23`, whatever zone the browser is in.

const DAY = 86400000; // milliseconds; Korea has no summer time
const format = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Seoul", dateStyle: "short" });

/** The day of an instant; without one, today. */
export const dayOf = (instant = Date.now()) => format.format(new Date(instant));

/** The day `n` days after `day`, or before it. */
export const plus = (day, n) => new Date(Date.parse(day) + n * DAY).toISOString().slice(0, 10);

/** Whole days from one day to a later one. */
export const between = (from, to) => (Date.parse(to) - Date.parse(from)) / DAY;

/** Whether a text is a day that exists. */
export const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && plus(text, 0) === text;

/** The instant a day begins, and the last one that still belongs to it. */
export const beginOf = (day) => `${day}T00:00:00+09:00`;
export const endOf = (day) => `${day}T23:59:59.999999+09:00`;
