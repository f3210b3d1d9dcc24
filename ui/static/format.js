// Numbers and times as our readers write them; times are Korean wherever the browser is.
import { t } from "fmw/page.js";

const zone = { timeZone: "Asia/Seoul" };
const minute = new Intl.DateTimeFormat("sv-SE", { ...zone, dateStyle: "short", timeStyle: "short" });
const day = new Intl.DateTimeFormat("sv-SE", { ...zone, dateStyle: "short" });
const number = new Intl.NumberFormat("ko-KR");

export const count = (n) => number.format(n);

/** `2026-11-23 09:00` in Korean time; nothing for null. */
export const time = (iso) => (iso ? minute.format(new Date(iso)) : "");

/** How long ago, in one unit. */
export function age(iso, now = Date.now()) {
  const minutes = Math.max(0, Math.floor((now - new Date(iso)) / 60000));
  if (minutes < 1) return t("age.now");
  if (minutes < 60) return t("age.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("age.hours", { n: Math.floor(minutes / 60) });
  return t("age.days", { n: Math.floor(minutes / 1440) });
}

/** The number of the Korean calendar day since an instant; the day itself is 1. */
export function dayNumber(iso, now = new Date()) {
  return (Date.parse(day.format(now)) - Date.parse(day.format(new Date(iso)))) / 86400000 + 1;
}
