// Every kind of read that postgrest-js can send, once each; the results as one JSON object.
// Usage: node calls.mjs FOLDER-OF-PACKAGES ADDRESS [SCHEMA]
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, address, schema] = process.argv.slice(2);
const { PostgrestClient } = createRequire(join(folder, "package.json"))("@supabase/postgrest-js");
const client = new PostgrestClient(address, { schema });
const from = (columns = "feature_id", options) =>
  client.from("features").select(columns, options);

const calls = {
  all: () => client.from("features").select(),
  star: () => from("*"),
  schema: () => client.schema("sample").from("features").select("feature_id"),
  other_schema: () => client.schema("nowhere").from("features").select(),
  columns: () => from("feature_id, status").eq("feature_id", 4),
  renamed: () => from("번호:feature_id::text,attributes->team->>name").eq("feature_id", 1),
  quoted: () => from('"가격 (원)"').eq("feature_id", 1),
  group: () => client.from("결제").select("feature_id"),
  aggregates: () => from("feature_group,n:count(),feature_id.max()").order("feature_group"),

  eq: () => from().eq("status", "중지"),
  eq_reserved: () => from().eq("feature_name", 'a\\b "c", d\ne'),
  eq_empty: () => from().eq("feature_name", ""),
  neq: () => from().neq("status", "중지"),
  gt_lte: () => from().gt("feature_id", 2).lte("feature_id", 4),
  gte_lt: () => from().gte("changed_at", "2025-01-02T03:04:05.000Z").lt("feature_id", 2),
  like: () => from().like("feature_name", "%환%"),
  ilike: () => from().ilike("feature_group", "USER%"),
  like_all: () => from().likeAllOf("feature_group", ["User%", "%Login"]),
  like_any: () => from().likeAnyOf("feature_group", ["User%", "알%"]),
  ilike_all: () => from().ilikeAllOf("feature_group", ["user%", "%login"]),
  ilike_any: () => from().ilikeAnyOf("feature_group", ["user%", "결%"]),
  is_null: () => from().is("status", null),
  in: () => from().in("feature_name", ["환불", "=1+1", "a,b"]),
  in_numbers: () => from().in("feature_id", [1, 2, 3]),
  in_quote: () => from().in("feature_name", ['e"f', "환불"]),
  in_empty: () => from().in("feature_id", []),
  not: () => from().not("attributes", "is", null).not("feature_id", "eq", 1),
  not_in: () => from().not("feature_id", "in", "(1,2)"),
  or: () => from().or("feature_id.eq.1,and(status.eq.중지,feature_id.gt.4)"),
  contains: () => from().contains("attributes", { tags: ["b"] }),
  contained: () => from().containedBy("attributes", { n: -3 }),
  path: () => from().eq("attributes->team->>name", "정산"),
  match: () => from().match({ status: "운영", feature_group: "결제" }),
  filter: () => from().filter("feature_name", "match", "^[=1]"),
  distinct: () => from().filter("status", "isdistinct", "운영"),
  text_search: () => from().textSearch("feature_name", "a b", { config: "simple" }),
  range_filter: () => from().rangeGt("since", "[2024-01-01,)"),

  order: () => from().order("feature_id", { ascending: false }).limit(2),
  order_twice: () =>
    from().order("feature_group").order("status", { ascending: false, nullsFirst: false }),
  nulls_first: () => from().order("status", { nullsFirst: true }).limit(1),
  range: () => from().range(1, 3),
  count_exact: () => from("feature_id", { count: "exact" }).limit(2),
  count_planned: () => from("feature_id", { count: "planned" }).limit(2),
  count_estimated: () => from("feature_id", { count: "estimated" }).limit(2),
  head: () => from("*", { count: "exact", head: true }).eq("feature_id", 1),
  beyond: () => from("feature_id", { count: "exact" }).range(10, 12),

  single: () => from("feature_id").eq("feature_id", 3).single(),
  single_of_many: () => from().single(),
  maybe_single: () => from().eq("feature_id", 3).maybeSingle(),
  maybe_none: () => from().eq("feature_id", 99).maybeSingle(),
  maybe_of_many: () => from().maybeSingle(),
  csv: () => from("feature_id,status").eq("feature_id", 4).csv(),
  explain: () => from().explain(),
  geojson: () => from().geojson(),

  no_view: () => client.from("fetures").select(),
  no_column: () => from().eq("nope", 1),
  bad_value: () => from().eq("feature_id", "x"),
  embedded: () => from("feature_id,groups(*)"),
};

const results = {};
for (const [name, call] of Object.entries(calls)) {
  const { data, error, count, status } = await call();
  results[name] = { data, code: error?.code ?? null, count, status };
}
process.stdout.write(JSON.stringify(results));
