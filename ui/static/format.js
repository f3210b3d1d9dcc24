// Numbers, times and calendar days (`2026-11-23`) as our readers write them: Korean, wherever the browser is.
import { config, t } from "./page.js";

const DAY = 86400000; // milliseconds; Korea has no summer time
const zone = { timeZone: "Asia/Seoul" };
const minute = new Intl.DateTimeFormat("sv-SE", { ...zone, dateStyle: "short", timeStyle: "short" });
const date = new Intl.DateTimeFormat("sv-SE", { ...zone, dateStyle: "short" });
const hour = new Intl.DateTimeFormat("sv-SE", { ...zone, timeStyle: "short" });
const number = new Intl.NumberFormat("ko-KR");

export const count = (n) => number.format(n);

/** `2026-11-23 09:00` in Korean time; nothing for null. */
export const time = (iso) => (iso ? minute.format(new Date(iso)) : "");

/** `09:00` in Korean time. */
export const clock = (iso) => hour.format(new Date(iso));

/** A day `2026-11-23` with its weekday, in the reader's language. */
export function dayText(day) {
  const long = { timeZone: "UTC", year: "numeric", month: "long", day: "numeric", weekday: "short" };
  return new Date(day).toLocaleDateString(config.lang, long);
}

/** How long ago, in one unit. */
export function age(iso, now = Date.now()) {
  const minutes = Math.max(0, Math.floor((now - new Date(iso)) / 60000));
  if (minutes < 1) return t("age.now");
  if (minutes < 60) return t("age.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("age.hours", { n: Math.floor(minutes / 60) });
  return t("age.days", { n: Math.floor(minutes / 1440) });
}

/** The day of an instant; without one, today. */
export const dayOf = (instant = Date.now()) => date.format(new Date(instant));

/** The day `n` days after `day`, or before it. */
export const plus = (day, n) => new Date(Date.parse(day) + n * DAY).toISOString().slice(0, 10);

/** Whole days from one day to a later one. */
export const between = (from, to) => (Date.parse(to) - Date.parse(from)) / DAY;

/** Whether a text is a day that exists. */
export const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && plus(text, 0) === text;

/** The instant a day begins, and the last one that still belongs to it. */
export const beginOf = (day) => `${day}T00:00:00+09:00`;
export const endOf = (day) => `${day}T23:59:59.999999+09:00`;
