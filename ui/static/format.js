// Numbers and times as our readers write them; times are Korean wherever the browser is.
import { config, t } from "fmw/page.js";

const zone = { timeZone: "Asia/Seoul" };
const minute = new Intl.DateTimeFormat("sv-SE", { ...zone, dateStyle: "short", timeStyle: "short" });
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
