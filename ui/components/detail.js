// Detail: one feature's values now, and every change that led to them.
import {
  ask, between, config, copy, count, dayOf, Difference, endOf, featureUrl, isDay, label, quoted, read, ready,
  shown, t, time, toast, tone, url,
} from "fmw";

const PAGE = 200; // rows of history at a time
const FIELDS = ["kind", "feature_group", "feature_name", "environment", "status", "owner", "since", "until",
  "default_value", "title", "description", "url", "source", "created_at", "changed_at", "removed_at"];

export default {
  inheritAttrs: false, // NiceGUI's id would replace ours, which the skip link leads to
  components: { Difference },
  props: { feature: String },

  template: `
    <div id="main" class="fm-page fm-detail" tabindex="-1">
      <nav class="fm-crumbs" :aria-label="t('detail.path')">
        <a :href="explore({})">{{ t("explore.title") }}</a>
        <template v-if="row">
          <a v-if="row.kind" :href="explore({ kind: row.kind })">{{ shown("kind", row.kind) }}</a>
          <a :href="explore({ feature_group: row.feature_group })">{{ row.feature_group }}</a>
          <span aria-current="page">{{ row.feature_name }}</span>
        </template>
      </nav>
      <div v-if="error" class="fm-panel fm-cover-still" role="alert">
        <b>{{ error.message }}</b><p>{{ error.hint || t("state.error_next") }}</p>
        <button v-if="asOf" type="button" class="fm-button" @click="travel('')">{{ t("explore.to_now") }}</button>
        <button type="button" class="fm-button fm-primary" @click="load">{{ t("state.retry") }}</button>
      </div>
      <div v-else-if="missing" class="fm-panel fm-cover-still" role="status">
        <h1>{{ absence }}</h1><p>{{ t(asOf ? "detail.absent_next" : "detail.missing_next") }}</p>
        <button v-if="asOf" type="button" class="fm-button" @click="travel('')">{{ t("explore.to_now") }}</button>
        <a class="fm-button fm-primary" :href="explore({})">{{ t("detail.to_explore") }}</a>
      </div>
      <template v-else-if="row">
        <p v-if="asOf" class="fm-banner" role="status"><b>{{ t("detail.past", { day: asOf }) }}</b>
          <button type="button" class="fm-link" @click="travel('')">{{ t("explore.to_now") }}</button></p>
        <p v-else-if="row.removed_at" class="fm-banner" role="status">
          <b>{{ t("detail.removed") }}</b> {{ t("detail.removed_at", { at: time(row.removed_at) }) }}
        </p>
        <header class="fm-title">
          <div>
            <h1>{{ row.feature_name }}</h1>
            <p v-if="row.title && row.title !== row.feature_name" class="fm-subtitle">{{ row.title }}</p>
            <p class="fm-facts">
              <span class="fm-chip" :data-tone="tone(row.status)">{{ shown("status", row.status) }}</span>
              <span v-if="duration && !row.removed_at && !asOf">{{ duration }}</span>
              <span v-if="row.environment" class="fm-quiet">{{ shown("environment", row.environment) }}</span>
            </p>
          </div>
          <div class="fm-actions">
            <button type="button" class="fm-button" @click="copyName">{{ t("copy.name") }}</button>
            <button type="button" class="fm-button" @click="copyLink">{{ t("copy.link") }}</button>
            <a class="fm-button" :href="raw.csv" download>CSV</a>
            <a class="fm-button" :href="raw.json" target="_blank">JSON</a>
            <label class="fm-pick">{{ t("explore.as_of") }}
              <input type="date" class="fm-input" :value="asOf" :max="today" @change="travel($event.target.value)"></label>
          </div>
        </header>
        <div class="fm-columns">
          <section class="fm-panel">
            <h2>{{ asOf ? t("detail.then", { day: asOf }) : t("detail.now") }}</h2>
            <table class="fm-table fm-values">
              <tbody>
                <tr v-for="item in values" :key="item.name" :data-field="item.name">
                  <th scope="row" :title="item.name">{{ item.label }}</th>
                  <td><a v-if="item.link" :href="item.text" rel="noreferrer noopener" target="_blank">{{ item.text }}</a>
                    <span v-else-if="item.text">{{ item.text }}</span>
                    <span v-else class="fm-quiet">{{ t("value.none") }}</span></td>
                </tr>
              </tbody>
            </table>
            <template v-if="aliases.length">
              <h2>{{ t("detail.aliases") }}</h2>
              <ul class="fm-aliases"><li v-for="one in aliases" :key="one.domain + one.alias">
                <span class="fm-quiet">{{ label("field", one.domain) }}</span> {{ one.alias }}</li></ul>
            </template>
            <template v-if="near.length">
              <h2>{{ t("detail.near", { group: row.feature_group }) }}</h2>
              <ul class="fm-near"><li v-for="one in near" :key="one.feature_id">
                <a :href="there(one.feature_id)" :aria-current="one.feature_id === row.feature_id ? 'page' : null">{{ one.feature_name }}
                  <small>{{ about(one) }}</small></a>
                <span class="fm-chip" :data-tone="tone(one.status)">{{ shown("status", one.status) }}</span></li></ul>
            </template>
          </section>
          <section class="fm-panel">
            <h2>{{ t("detail.history") }}</h2>
            <p v-if="!runs.length" class="fm-empty">{{ t("detail.no_history") }}</p>
            <ol class="fm-timeline">
              <li v-for="run in runs" :key="run.key" :data-op="run.op" :class="{ 'fm-later': asOf && Date.parse(run.at) > end }">
                <p class="fm-run"><time :datetime="run.at">{{ time(run.at) }}</time>
                  <span class="fm-op" :data-op="run.op">{{ label("op", run.op) }}</span>
                  <span class="fm-quiet">{{ run.id === null ? t("detail.by_hand") : t("detail.run", { id: run.id }) }}</span></p>
                <ul v-if="run.fields.length">
                  <li v-for="change in run.fields" :key="change.change_id + change.field">
                    <Difference :change="change" />
                  </li>
                </ul>
              </li>
            </ol>
            <button v-if="more" type="button" class="fm-button" @click="older">{{ t("detail.older") }}</button>
          </section>
        </div>
      </template>
    </div>`,

  data() {
    const asOf = new URLSearchParams(location.search).get("as_of") ?? "";
    return {
      row: null, history: [], more: false, error: null, missing: !this.feature, aliases: [], before: [], after: [],
      asOf: isDay(asOf) ? asOf : "", shownFor: null, today: dayOf(),
    };
  },

  computed: {
    end() {
      return Date.parse(endOf(this.asOf));
    },
    moment() {
      return this.asOf ? { as_of: endOf(this.asOf) } : {};
    },
    absence() {
      if (this.asOf) return t("detail.absent", { day: this.asOf });
      return this.feature ? t("detail.missing", { id: this.feature }) : t("detail.missing_any");
    },
    near() {
      const isAlone = !this.before.length && !this.after.length;
      return isAlone || this.row.removed_at ? [] : [...this.before, this.row, ...this.after];
    },
    raw() {
      const params = { feature_id: `eq.${this.feature}`, ...this.moment };
      const view = this.row?.removed_at ? "removed_features" : "features";
      const [csv, json] = [{ format: "csv", bom: 1 }, { format: "json" }].map((form) => url(view, new URLSearchParams({ ...params, ...form })));
      return { csv, json };
    },
    values() {
      const known = FIELDS.filter((name) => name in this.row).map((name) => entry(name, this.row[name]));
      const others = Object.entries(this.row.attributes ?? {}).map(([name, value]) => entry(name, value));
      return [...known, ...others.map((item) => ({ ...item, name: `attributes.${item.name}`, label: item.name }))];
    },
    /** Changes of the same run and kind together, newest first. */
    runs() {
      const groups = [];
      for (const change of this.history) {
        const key = `${change.run_id ?? change.changed_at}/${change.op}`;
        if (groups.at(-1)?.key !== key)
          groups.push({ key, id: change.run_id, op: change.op, at: change.changed_at, fields: [] });
        if (change.field) groups.at(-1).fields.push(change);
      }
      return groups;
    },
    /** How long the status is what it is; null while older history is not loaded.
     * A status never changed may be older than our first record of the feature: "at least". */
    duration() {
      const change = this.history.find(({ field, op }) => field === "status" || op === "C");
      if (!change) return null;
      const n = between(dayOf(change.changed_at), this.today) + 1; // the day itself is the first
      return t(change.op === "C" && n > 1 ? "detail.days_least" : "detail.days", { n: count(n) });
    },
  },

  mounted() {
    document.getElementById("fm-boot")?.remove();
    addEventListener("fm-snapshot", this.heard);
    document.addEventListener("keydown", this.keys);
    if (this.feature) this.load();
  },

  unmounted() {
    removeEventListener("fm-snapshot", this.heard);
    document.removeEventListener("keydown", this.keys);
  },

  methods: {
    t, label, shown, time, tone,

    async load() {
      this.running?.abort();
      this.running = new AbortController();
      const { signal } = this.running;
      const { asOf } = this;
      try {
        const [row, history] = await Promise.all([this.find(signal), this.changes(0, signal)]);
        Object.assign(this, { row, history, missing: !row, error: null, shownFor: asOf, today: dayOf() });
        if (!row) return;
        document.title = `${row.feature_name} · FMW`;
        this.$nextTick(ready);
        this.surround(row, signal);
      } catch (error) {
        if (signal.aborted) return;
        // else keep what is shown, if it is what was asked for; the badge has been told
        if (!this.row || this.shownFor !== asOf) this.error = error;
      }
    },
    async find(signal) {
      const wanted = { feature_id: `eq.${this.feature}`, limit: 1 };
      const { body, version } = await ask("features", { ...wanted, ...this.moment }, signal);
      this.version = version;
      return body[0] ?? (this.asOf ? null : (await read("removed_features", wanted, signal))[0]) ?? null;
    },
    /** What stands beside it in its group, and what else it is called; the page does without, too. */
    async surround({ feature_id: id, feature_name: name, feature_group: group }, signal) {
      const beside = (sign, direction) => read("features", {
        feature_group: `eq.${group}`, select: "feature_id,feature_name,title,environment,status", limit: 3,
        or: `(feature_name.${sign}.${quoted(name)},and(feature_name.eq.${quoted(name)},feature_id.${sign}.${id}))`,
        order: `feature_name.${direction},feature_id.${direction}`, ...this.moment,
      }, signal).catch(() => []);
      const standard = `in.(${[name, group].map(quoted).join(",")})`;
      const [before, after, aliases] = await Promise.all([
        beside("lt", "desc"), beside("gt", "asc"), read("aliases", { standard, order: "domain,alias" }, signal).catch(() => []),
      ]);
      if (signal.aborted) return;
      const mine = { feature_name: name, feature_group: group };
      Object.assign(this, { before: before.reverse(), after, aliases: aliases.filter((one) => mine[one.domain] === one.standard) });
    },
    /** Another day's state of the same feature; "" = now. */
    travel(day) {
      this.asOf = isDay(day) ? day : "";
      history.replaceState(null, "", this.asOf ? `?as_of=${this.asOf}` : location.pathname);
      this.load();
    },
    keys({ key, target, ctrlKey, metaKey, altKey }) {
      const to = key === "[" ? this.before.at(-1) : key === "]" ? this.after[0] : null;
      const busy = ctrlKey || metaKey || altKey || target.closest?.("input, textarea, select, dialog");
      if (to && !busy && document.documentElement.dataset.keys === "on") location.href = this.there(to.feature_id);
    },
    about({ feature_name: name, title, environment }) {
      return [title !== name && title, environment && shown("environment", environment)].filter(Boolean).join(" · ");
    },
    there(id) {
      return featureUrl(id, this.asOf);
    },
    heard({ detail }) {
      if (this.version && detail.version !== this.version) this.load();
    },
    async changes(offset, signal) {
      const params = { feature_id: `eq.${this.feature}`, order: "change_id.desc", limit: PAGE, offset };
      const changes = await read("feature_history", params, signal);
      this.more = changes.length === PAGE;
      return changes;
    },
    async older() {
      try {
        this.history.push(...(await this.changes(this.history.length)));
      } catch (error) {
        toast(error.message); // what is there stays
      }
    },
    explore(filters) {
      const query = new URLSearchParams(filters).toString();
      return `${config.base}/explore${query && "?"}${query}`;
    },
    copyName() {
      copy(this.row.feature_name);
    },
    copyLink() {
      copy(location.href);
    },
  },
};

/** One line of the table; only http(s) addresses become links. */
function entry(name, value) {
  const text = name.endsWith("_at") ? time(value)
    : value !== null && typeof value === "object" ? plain(value)
    : value === null || value === "" ? "" : shown(name, String(value));
  return { name, label: label("field", name), text, link: /^https?:\/\//i.test(text) };
}

/** A list or object of simple values without JSON's signs; a deeper one as it is. */
function plain(value) {
  if (Object.values(value).some((item) => item !== null && typeof item === "object")) return JSON.stringify(value);
  if (Array.isArray(value)) return value.join(", ");
  return Object.entries(value).map(([name, item]) => `${name}: ${item}`).join(", ");
}
