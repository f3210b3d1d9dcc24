// Answers from the snapshot files, for the time when the gateway does not: the part of its grammar
// that our screens speak, over all rows in memory.
import { config, t } from "fmw";

const FOLDER = /^\d+-(\d{8}T\d{12}Z)\/?$/; // version and moment of writing; only whole ones have such a name
const WORDS = ["feature_name", "title", "description", "feature_group", "owner"];
const files = new Map();

/** {body, version, asOf} for a read, from the newest snapshot. Throws where it cannot be known from it. */
export async function answer(view, params) {
  const asked = new URLSearchParams(params);
  if (asked.has("as_of")) throw Object.assign(new Error("as_of"), { hint: t("down.no_past") });
  const folder = await newest();
  const [rows, [{ checked_at: asOf }]] = await Promise.all([load(folder, view), load(folder, "snapshot")]);
  return { body: evaluate(rows, asked), version: folder.split("-")[0], asOf };
}

async function newest() {
  const list = await get(`${config.snap}/`);
  const names = list.map(({ name }) => name.replace(/\/$/, "")).filter((name) => FOLDER.test(name));
  names.sort((a, b) => (FOLDER.exec(a)[1] < FOLDER.exec(b)[1] ? 1 : -1));
  if (!names.length) throw new Error("no snapshot");
  return names[0];
}

function load(folder, view) {
  const path = `${config.snap}/${folder}/${view}.json`;
  if (!files.has(path)) files.set(path, get(path).catch((error) => files.delete(path) && Promise.reject(error)));
  return files.get(path);
}

async function get(path) {
  const got = await fetch(path);
  if (!got.ok) throw new Error(`${path}: ${got.status}`);
  return got.json();
}

/** What the gateway would answer to `asked` (a URLSearchParams) if a view had these rows. */
export function evaluate(rows, asked) {
  const { select, order, limit, offset, facets, q, filters } = read(asked);
  const found = (text) => !q || q.every((word) => WORDS.some((name) => has(text[name], word)));
  const kept = rows.filter((row) => found(row) && filters.every(({ test }) => test(row)));
  const shaped = shape(kept, select);
  shaped.sort(comparing(order));
  const page = shaped.slice(offset, offset + limit);
  const body = page.map((row) => project(row, select));
  if (!facets.length) return body;
  const others = (name) => rows.filter((row) => found(row) && filters.every(({ column, test }) => column === name || test(row)));
  return { rows: body, facets: Object.fromEntries(facets.map((name) => [name, counted(others(name), name)])), total: kept.length };
}

function read(asked) {
  const take = (name) => (asked.get(name) ? parts(asked.get(name)) : []);
  const filters = [];
  for (const [name, value] of asked) {
    if (["select", "order", "limit", "offset", "facets", "q", "format", "bom"].includes(name)) continue;
    filters.push(["or", "and"].includes(name) ? either(name, value) : condition(name, value));
  }
  return {
    select: take("select").map(item),
    order: take("order").map((key) => key.split(".")),
    limit: asked.has("limit") ? Number(asked.get("limit")) : Infinity,
    offset: Number(asked.get("offset") ?? 0),
    facets: take("facets"),
    q: asked.get("q")?.toLowerCase().split(/\s+/).filter(Boolean),
    filters,
  };
}

/** `name:column`, `name:column.sum()`, `name:count()` or `column`. */
function item(text) {
  const [, alias, column, call] = /^(?:("(?:[^"\\]|\\.)*"|[^:]*):)?(.*?)(?:\.?(sum|count)\(\))?$/.exec(text);
  return { name: alias ? unquoted(alias) : column, column, call };
}

/** Rows with what is selected of them; with sums and counts, one row for each group. */
function shape(rows, select) {
  const keys = select.filter(({ call }) => !call);
  const sums = select.filter(({ call }) => call);
  if (!sums.length) return [...rows];
  const groups = new Map();
  const groupOf = (row) => {
    const key = JSON.stringify(keys.map(({ column }) => row[column]));
    const zeros = Object.fromEntries(sums.map(({ name }) => [name, 0]));
    if (!groups.has(key)) groups.set(key, { ...row, ...zeros });
    return groups.get(key);
  };
  if (!keys.length) groupOf({}); // of no rows, too, the count is known: 0
  for (const row of rows) {
    const group = groupOf(row);
    for (const { name, column, call } of sums) group[name] += call === "count" ? 1 : row[column];
  }
  return [...groups.values()];
}

function project(row, select) {
  if (!select.length) return row;
  return Object.fromEntries(select.map(({ name, column, call }) => [name, (call ? row[name] : row[column]) ?? null]));
}

function counted(rows, name) {
  const counts = new Map();
  for (const row of rows) counts.set(row[name], (counts.get(row[name]) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}

/** Compare rows by keys [column, "desc"]; nothing stands last, or first where the order descends. */
function comparing(keys) {
  return (a, b) => {
    for (const [column, direction] of keys) {
      const [x, y] = direction === "desc" ? [b[column], a[column]] : [a[column], b[column]];
      if (x === y) continue;
      if (x === null) return 1;
      return y === null || x < y ? -1 : 1;
    }
    return 0;
  };
}

/** `or=(a,b)` or `and=(a,b)`, whose parts may be such themselves. */
function either(name, value) {
  const tests = parts(value.slice(1, -1)).map((part) => {
    const [, inner, list] = /^(or|and)(\(.*\))$/.exec(part) ?? [];
    if (inner) return either(inner, list);
    const dot = part.indexOf(".");
    return condition(part.slice(0, dot), part.slice(dot + 1));
  });
  const columns = new Set(tests.map(({ column }) => column));
  const test = name === "or" ? (row) => tests.some((one) => one.test(row)) : (row) => tests.every((one) => one.test(row));
  return { column: columns.size === 1 ? [...columns][0] : null, test };
}

function condition(column, text) {
  const dot = text.indexOf(".");
  const [operator, value] = [text.slice(0, dot), text.slice(dot + 1)];
  const test = TESTS[operator]?.(value);
  if (!test) throw new Error(`${column}=${text} is not known here`);
  return { column, test: (row) => test(row[column]) };
}

const TESTS = {
  is: (value) => (value === "null" ? (cell) => cell === null : null),
  eq: (value) => (cell) => cell !== null && String(cell) === unquoted(value),
  in: (value) => {
    const values = parts(value.slice(1, -1)).map(unquoted);
    return (cell) => cell !== null && values.includes(String(cell));
  },
  ilike: (value) => {
    const words = unquoted(value).replace(/^\*|\*$/g, "").replace(/\\(.)/g, "$1");
    return (cell) => has(cell, words.toLowerCase());
  },
  gt: (value) => compared(value, (order) => order > 0),
  gte: (value) => compared(value, (order) => order >= 0),
  lt: (value) => compared(value, (order) => order < 0),
  lte: (value) => compared(value, (order) => order <= 0),
};

/** Numbers, instants and days compare as such, other texts letter by letter. */
function compared(value, fits) {
  const plain = unquoted(value);
  const isInstant = /^\d{4}-\d\d-\d\dT/.test(plain);
  const wanted = isInstant ? Date.parse(plain) : plain;
  return (cell) => {
    if (cell === null) return false;
    const own = isInstant ? Date.parse(cell) : typeof cell === "number" ? cell : String(cell);
    const other = typeof own === "number" ? Number(wanted) : wanted;
    return fits(own < other ? -1 : own > other ? 1 : 0);
  };
}

const has = (cell, word) => cell !== null && cell !== undefined && String(cell).toLowerCase().includes(word);

const unquoted = (text) => (text[0] === '"' ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text);

/** Split at the commas that are in no quotes and no brackets. */
function parts(text) {
  const found = [""];
  let depth = 0;
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"|[\s\S]/g)) {
    depth += piece === "(" ? 1 : piece === ")" ? -1 : 0;
    if (piece === "," && !depth) found.push("");
    else found[found.length - 1] += piece;
  }
  return found.filter(Boolean);
}
