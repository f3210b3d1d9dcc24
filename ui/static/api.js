// The gateway's read grammar (PostgREST's), spoken from the browser.
import { config, t } from "./page.js";

const PATIENCE = 30000; // milliseconds; the gateway cancels its own queries before that
const HANGING = 3000; // after so many the snapshot files are tried; a gateway that lives has begun by then
const GONE = [502, 503, 504];

/** What the gateway answered instead of rows; `status` 0 = no answer at all. */
export class ApiError extends Error {
  constructor(status, message, hint = null) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

/** One value inside in.(...), quoted where the grammar wants it. */
export function quoted(value) {
  const plain = value !== "" && !/[,()"\\:.{}\s]/.test(value);
  return plain ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** Text whose signs mean nothing in a pattern. */
export const literally = (text) => text.replace(/[\\%_]/g, "\\$&");

/** Filters {column: [values]} and search text as parameters; "" stands for a missing value. */
export function filterParams(filters, q) {
  const params = new URLSearchParams();
  if (q) params.set("q", q);
  for (const [column, values] of Object.entries(filters)) {
    const known = values.filter((value) => value !== "").map(quoted).join(",");
    if (values.length === 0) continue;
    if (!values.includes("")) params.append(column, `in.(${known})`);
    else if (known) params.append("or", `(${column}.is.null,${column}.in.(${known}))`);
    else params.append(column, "is.null");
  }
  return params;
}

export const url = (view, params) => `${config.api}/${view}?${params}`;

/** The JSON of a view: its rows, or with facets {rows, facets, total}. Throws ApiError. */
export const read = async (view, params, signal) => (await ask(view, params, signal)).body;

/** The same as {body, version}: the version of the snapshot the answer was made from, as text.
 * While the gateway is away, the snapshot files answer in its place, if they can. */
export async function ask(view, params, signal) {
  try {
    return await live(view, params, signal, HANGING);
  } catch (error) {
    if (!(error instanceof ApiError) || !(error.status === 0 || GONE.includes(error.status))) throw error;
    const { answer } = await import("fmw/snapshot.js");
    const found = await answer(view, params).catch(({ hint }) => {
      error.hint = hint ?? error.hint;
    });
    if (signal?.aborted) throw error;
    if (found) {
      report(false, found.asOf, true);
      return found;
    }
    if (!error.isLate) throw error;
    return await live(view, params, signal, PATIENCE);
  }
}

async function live(view, params, signal, milliseconds) {
  const all = new URLSearchParams({ format: "json" });
  for (const [name, value] of new URLSearchParams(params)) all.append(name, value);
  const hanging = new AbortController();
  const timer = setTimeout(() => hanging.abort(), milliseconds);
  const ends = [hanging.signal, AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])];
  try {
    const answer = await fetch(url(view, all), { signal: AbortSignal.any(ends) });
    clearTimeout(timer); // it has begun; its rows may take longer
    const isStale = answer.headers.get("Warning")?.startsWith("110") ?? false;
    report(!GONE.includes(answer.status), answer.headers.get("X-Data-As-Of"), isStale);
    if (!answer.ok) throw await problem(answer);
    return { body: await answer.json(), version: answer.headers.get("X-Snapshot-Version") };
  } catch (error) {
    if (signal?.aborted || error instanceof ApiError) throw error;
    report(false);
    throw Object.assign(new ApiError(0, t("down.title")), { isLate: hanging.signal.aborted });
  } finally {
    clearTimeout(timer);
  }
}

/** Tell the frame whether the gateway answers, how old its data is, and whether that is all there is for now,
 * if that is known. */
export function report(reachable, asOf = null, isStale) {
  dispatchEvent(new CustomEvent("fm-answer", { detail: { reachable, asOf, isStale } }));
}

async function problem(answer) {
  const body = await answer.json().catch(() => ({}));
  const message = GONE.includes(answer.status) ? t("down.title") : (body.message ?? answer.statusText);
  return new ApiError(answer.status, message, body.hint);
}
