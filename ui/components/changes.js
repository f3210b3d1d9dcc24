// Changes: what became different, when and from what; all state lives in the URL.
import {
  ask, between, Chips, chipsOf, cleared, clock, config, count, dayOf, dayText, Difference, Facets, featureUrl,
  filesOf, Filtering, headed, label, load, markRead, ready, shown, t, time, toast, Tools,
} from "fmw";
import { addressOf, daysOf, FACETS, grouped, pageOf, PERIODS, stateOf } from "fmw/history.js";

const FIELDS = ["changed_at", "op", "kind", "feature_group", "feature_name", "environment", "title", "field", "old_value", "new_value"];

export default {
  inheritAttrs: false, // NiceGUI's id would replace ours, which the skip link leads to
  mixins: [Filtering],
  components: { Chips, Difference, Facets, Tools },
  template: `
    <div id="main" class="fm-explore fm-scrolls" tabindex="-1" @keydown.esc="drawer = false">
      <h1 class="fm-sr">{{ t("changes.title") }}</h1>
      <Facets :names="names" :facets="facets" :chosen="filters" :word="word" :is-open="drawer" :can-clear="chips.length > 0"
              @toggle="toggle" @clear="clear" @close="drawer = false" />
      <section class="fm-results">
        <div class="fm-periods" role="group" :aria-label="t('changes.period')">
          <button v-for="name in PERIODS" :key="name" type="button" :aria-pressed="period === name" @click="choose(name)">
            {{ label("period", name) }}</button>
          <span v-if="period === 'range'" class="fm-range">
            <input type="date" class="fm-input" :aria-label="t('changes.since')" :value="since" :max="until || today"
                   @change="change({ since: $event.target.value, after: '' })"> –
            <input type="date" class="fm-input" :aria-label="t('changes.until')" :value="until" :min="since" :max="today"
                   @change="change({ until: $event.target.value, after: '' })">
          </span>
          <span v-else-if="period !== 'visit'" class="fm-quiet fm-wide">{{ days.since }} – {{ days.until }}</span>
          <button v-if="period === 'visit' && total" type="button" class="fm-button" @click="mark">{{ t("changes.mark") }}</button>
        </div>
        <div class="fm-tools">
          <input type="search" class="fm-input" data-search autocomplete="off" :value="q"
                 :aria-label="t('changes.search')" :placeholder="t('changes.search')"
                 @input="search($event.target.value)" @keydown.enter="apply">
          <button type="button" class="fm-button fm-narrow" :aria-expanded="drawer" @click="drawer = true">
            {{ t("filter.title") }}<b v-if="chips.length"> {{ chips.length }}</b>
          </button>
          <p class="fm-count" aria-live="polite">{{ counted }}</p>
          <p class="fm-news" role="status"><button v-if="stale" type="button" class="fm-link" @click="reload">
            {{ t("explore.news") }}</button></p>
          <Tools :files="files"><a class="fm-button" :href="feed" type="application/atom+xml">Atom</a></Tools>
        </div>
        <Chips :chips="chips" @clear="clear" />
        <div class="fm-days" :aria-busy="loading">
          <div v-if="error" class="fm-cover-still" role="alert">
            <b>{{ error.message }}</b><p>{{ error.hint || t("state.error_next") }}</p>
            <button type="button" class="fm-button fm-primary" @click="reload">{{ t("state.retry") }}</button>
          </div>
          <div v-else-if="total === 0" class="fm-cover-still" role="status">
            <b>{{ t(period === "visit" ? "changes.none_new" : "changes.empty") }}</b>
            <p>{{ t(chips.length ? "explore.empty_next" : "changes.empty_next") }}</p>
            <button v-if="chips.length" type="button" class="fm-button fm-primary" @click="clear">{{ t("filter.clear") }}</button>
            <button v-else-if="period !== 'month'" type="button" class="fm-button" @click="choose('month')">{{ t("period.month") }}</button>
          </div>
          <section v-for="day in grouped" v-else :key="day.day" class="fm-day">
            <h2><time :datetime="day.day">{{ dayText(day.day) }}</time>
              <span v-if="ago(day.day)" class="fm-quiet">{{ ago(day.day) }}</span></h2>
            <section v-for="run in day.runs" :key="run.key" class="fm-panel">
              <h3 class="fm-run"><time :datetime="run.at" :title="time(run.at)">{{ clock(run.at) }}</time>
                <span>{{ run.source }}</span>
                <span class="fm-quiet">{{ run.id === null ? t("detail.by_hand") : t("detail.run", { id: run.id }) }}</span>
                <span class="fm-quiet fm-end">{{ featuresOf(run) }}</span></h3>
              <ul class="fm-entries">
                <li v-for="one in run.changes" :key="one.change_id">
                  <span class="fm-op" :data-op="one.op">{{ label("op", one.op) }}</span>
                  <div>
                    <p><a :href="featureUrl(one.feature_id)">{{ one.feature_name }}</a>
                      <small>{{ about(one) }}</small></p>
                    <p v-for="change in one.fields" :key="change.field"><Difference :change="change" /></p>
                  </div>
                </li>
              </ul>
            </section>
          </section>
          <button v-if="more" type="button" class="fm-button fm-more" :aria-disabled="loading" @click="older">{{ t("detail.older") }}</button>
        </div>
      </section>
    </div>`,

  data() {
    return {
      ...stateOf(location.search),
      rows: [], facets: {}, total: null, more: false, loading: true, error: null, drawer: false,
      version: null, newest: null, newestShown: 0,
      seen: load()?.since ?? 0, today: dayOf(), names: FACETS, PERIODS,
    };
  },

  computed: {
    state() {
      const { period, since, until, after, q, filters } = this;
      return { period, since, until, after, q, filters };
    },
    days() {
      return daysOf(this.state, this.today);
    },
    grouped() {
      return grouped(this.rows);
    },
    params() {
      return pageOf(this.state, this.seen, this.today);
    },
    files() {
      return filesOf("feature_history", this.params, headed(FIELDS));
    },
    /** A feed has no last visit and no end: it is of the same filters. */
    feed() {
      const query = addressOf({ ...this.state, period: "week", since: "", until: "", after: "" });
      return `${config.base}/changes.atom${query && "?"}${query}`;
    },
    stale() {
      return this.version !== null && this.newest !== this.version;
    },
    counted() {
      if (this.error) return "";
      return this.total === null ? t("state.loading") : t("changes.count", { n: count(this.total) });
    },
    chips() {
      return chipsOf(this, this.word, this.change);
    },
  },

  mounted() {
    document.getElementById("fm-boot")?.remove();
    addEventListener("fm-snapshot", this.heard);
    this.reload();
  },

  unmounted() {
    removeEventListener("fm-snapshot", this.heard);
    this.running?.abort();
  },

  methods: {
    t, label, count, time, clock, dayText, featureUrl,

    word(name, value) {
      if (name === "op") return label("op", value);
      if (name === "field") return value ? label("field", value) : t("changes.no_field");
      return shown(name, value);
    },
    /** How many features a run changed; of the last one shown there may be more. */
    featuresOf(run) {
      const isCut = this.more && run === this.grouped.at(-1).runs.at(-1);
      return t(isCut ? "changes.features_least" : "changes.features", { n: count(run.changes.length) });
    },
    about(change) {
      const title = change.title === change.feature_name ? "" : change.title;
      const where = change.environment && shown("environment", change.environment);
      return [title, change.feature_group, where].filter(Boolean).join(" · ");
    },
    ago(day) {
      const days = between(day, this.today);
      return days === 0 ? t("period.today") : days === 1 ? t("changes.yesterday") : "";
    },
    choose(period) {
      const { since, until } = this.days; // a range begins as what was shown before
      this.change({ period, after: "", ...(period === "range" ? { since: since || this.today, until } : { since: "", until: "" }) });
    },
    clear() {
      this.change({ q: "", filters: cleared(this.filters) });
    },
    remember() {
      this.address(addressOf(this.state));
    },
    mark() {
      this.seen = markRead(this.newestShown).since;
      toast(t("changes.marked"));
      this.reload();
    },

    async reload() {
      this.running?.abort();
      this.running = new AbortController();
      this.today = dayOf();
      await this.fetch(0);
    },
    older() { // no disabled button: it would lose the focus
      return this.loading || this.fetch(this.rows.length);
    },
    async fetch(offset) {
      const { signal } = this.running;
      const known = load()?.newest ?? 0;
      const params = pageOf(this.state, this.seen, this.today, offset);
      this.loading = true;
      this.error = null;
      try {
        const { body, version } = await ask("feature_history", params, signal);
        if (offset && version !== this.version) return this.reload(); // the pages would not fit together
        const rows = offset ? body : body.rows;
        const newestShown = Math.max(known, ...rows.map((row) => row.change_id));
        if (!offset) Object.assign(this, { facets: body.facets, total: body.total, version, newest: version, newestShown, rows: [] });
        this.rows.push(...rows);
        this.more = this.rows.length < this.total && rows.length > 0;
        this.$nextTick(ready);
      } catch (error) {
        if (signal.aborted) return;
        if (offset) toast(error.message); // what is there stays
        else this.error = error;
      }
      this.loading = false;
    },
  },
};
