// Explore: facets, search and sort decided by the gateway; all state lives in the URL.
import * as AG from "nicegui-aggrid";
import {
  ask, Chips, chipsOf, cleared, count, dayOf, Facets, featureUrl, filesOf, Filtering, headed, label, read,
  ready, shown, t, Tools, urgency,
} from "fmw";
import { addressOf, CHANGED, FACETS, orderOf, paramsOf, SORT, stateOf } from "fmw/features.js";
import { blockOf, columns, fit, gridOptions, OFFERED, paper, topRow, wanted } from "fmw/grid.js";

/** A state in an order that there is. */
const usable = (state) => (state.sort.split(",").every((key) => OFFERED.includes(key.replace(/^-/, ""))) ? state : { ...state, sort: SORT });

const HINTS = 5; // filters of an empty answer that are tried without

AG.ModuleRegistry.registerModules([AG.AllCommunityModule]);

export default {
  inheritAttrs: false, // NiceGUI's id would replace ours, which the skip link leads to
  mixins: [Filtering],
  components: { Chips, Facets, Tools },
  template: `
    <div id="main" class="fm-explore" tabindex="-1" @keydown.esc="drawer = false">
      <h1 class="fm-sr">{{ t("explore.title") }}</h1>
      <Facets :names="names" :facets="ranked" :chosen="filters" :word="shown" :is-open="drawer" :can-clear="chips.length > 0"
              @toggle="toggle" @clear="clear" @close="drawer = false">
        <fieldset class="fm-when">
          <label>{{ t("explore.changed") }}
            <select class="fm-input" :value="changed" @change="change({ changed: $event.target.value })">
              <option value="">{{ t("explore.changed_any") }}</option>
              <option v-for="days in CHANGED" :key="days" :value="days">{{ changedText(days) }}</option>
            </select></label>
          <label>{{ t("explore.as_of") }}
            <input type="date" class="fm-input" :value="asOf" :max="today" @change="change({ asOf: $event.target.value })"></label>
        </fieldset>
      </Facets>
      <section class="fm-results">
        <div class="fm-tools">
          <input type="search" class="fm-input" data-search autocomplete="off" :value="q"
                 :aria-label="t('search.label')" :placeholder="t('search.placeholder')"
                 @input="search($event.target.value)" @keydown.enter="apply" @keydown.down.prevent="enterGrid">
          <button type="button" class="fm-button fm-narrow" :aria-expanded="drawer" @click="drawer = true">
            {{ t("filter.title") }}<b v-if="chips.length"> {{ chips.length }}</b>
          </button>
          <p class="fm-count" aria-live="polite">{{ counted }}</p>
          <p class="fm-news" role="status"><button v-if="stale" type="button" class="fm-link" @click="reload">
            {{ t("explore.news") }}</button></p>
          <details class="fm-menu">
            <summary class="fm-button">{{ t("explore.columns") }}</summary>
            <fieldset class="fm-pop fm-checks">
              <legend class="fm-sr">{{ t("explore.columns") }}</legend>
              <label v-for="name in OFFERED" :key="name">
                <input type="checkbox" :checked="fields.includes(name)" @change="choose(name)">{{ label("field", name) }}</label>
              <button type="button" class="fm-link" @click="show([])">{{ t("explore.columns_usual") }}</button>
            </fieldset>
          </details>
          <Tools :files="files" />
        </div>
        <p v-if="asOf" class="fm-banner fm-past" role="status">{{ t("explore.past", { day: asOf }) }}
          <button type="button" class="fm-link" @click="change({ asOf: '' })">{{ t("explore.to_now") }}</button></p>
        <Chips :chips="chips" @clear="clear" />
        <div ref="box" class="fm-grid-box">
          <div ref="grid" class="fm-grid" :aria-busy="loading"></div>
          <div v-if="error" class="fm-cover" role="alert">
            <b>{{ error.message }}</b><p>{{ error.hint || t("state.error_next") }}</p>
            <button type="button" class="fm-button fm-primary" @click="reload">{{ t("state.retry") }}</button>
          </div>
          <div v-else-if="total === 0" class="fm-cover" role="status">
            <b>{{ t("explore.empty") }}</b><p>{{ t(chips.length ? "explore.empty_next" : asOf ? "explore.nothing_then" : "explore.nothing") }}</p>
            <button v-for="hint in hints" :key="hint.key" type="button" class="fm-button" @click="hint.remove">
              {{ t("explore.without", { what: hint.text, n: count(hint.rows) }) }}</button>
            <button v-if="chips.length" type="button" class="fm-button fm-primary" @click="clear">{{ t("filter.clear") }}</button>
          </div>
        </div>
      </section>
    </div>`,

  data() {
    return {
      ...usable(stateOf(location.search)),
      facets: {},
      fields: [], // shown as columns
      total: null,
      version: null, // of the snapshot the first rows came from
      newest: null, // the newest one heard of
      error: null,
      loading: false,
      drawer: false,
      hints: [],
      names: FACETS,
      today: dayOf(),
      CHANGED, OFFERED,
    };
  },

  computed: {
    state() {
      const { q, filters, sort, changed, asOf, cols } = this;
      return { q, filters, sort, changed, asOf, cols };
    },
    files() {
      const params = paramsOf(this.state, this.today);
      params.set("order", orderOf(this.sort));
      return filesOf("features", params, headed(this.fields));
    },
    /** The facets with trouble first. */
    ranked() {
      const status = [...(this.facets.status ?? [])].sort((a, b) => urgency(a.value) - urgency(b.value));
      return { ...this.facets, status };
    },
    stale() {
      return this.version !== null && this.newest !== this.version && !this.asOf;
    },
    counted() {
      if (this.error) return "";
      return this.total === null ? t("state.loading") : t("explore.count", { n: count(this.total) });
    },
    chips() {
      const { changed } = this;
      const chips = chipsOf(this, shown, this.change);
      return changed
        ? [...chips, { key: "changed", text: this.changedText(changed), without: { changed: "" }, remove: () => this.change({ changed: "" }) }]
        : chips;
    },
  },

  mounted() {
    this.keepFirst();
    addEventListener("fm-snapshot", this.heard);
    addEventListener("beforeprint", this.print);
    addEventListener("pagehide", this.leave);
    this.reload();
  },

  unmounted() {
    removeEventListener("fm-snapshot", this.heard);
    removeEventListener("beforeprint", this.print);
    removeEventListener("pagehide", this.leave);
    this.running?.abort();
    this.grid?.destroy();
  },

  methods: {
    t, label, count, shown,

    changedText(changed) {
      const days = Number.parseInt(changed, 10);
      return days === 1 ? t("explore.changed_today") : t(days > 0 ? "explore.changed_in" : "explore.changed_before", { n: Math.abs(days) });
    },
    clear() {
      this.change({ q: "", changed: "", filters: cleared(this.filters) });
    },
    /** Show or hide a column, beginning with those that are shown. */
    choose(name) {
      const chosen = this.fields.includes(name) ? this.fields.filter((one) => one !== name) : [...this.fields, name];
      this.show(OFFERED.filter((one) => chosen.includes(one)));
    },
    show(cols) {
      this.change({ cols });
      this.fit(this.$refs.grid.clientWidth);
    },
    fit(width) {
      if (!width) return;
      this.fields = wanted(width, this.cols);
      if (this.grid) fit(this.grid, width, this.fields);
    },
    sorted() {
      const keys = this.grid.getColumnState().filter((column) => column.sort);
      keys.sort((a, b) => a.sortIndex - b.sortIndex);
      this.sort = keys.map(({ colId, sort }) => (sort === "desc" ? `-${colId}` : colId)).join(",") || SORT;
      this.remember();
      if (this.loading) this.reload(); // what is under way comes in the old order
    },
    remember() {
      this.address(addressOf(this.state));
    },

    /** Ask for everything anew; what is still under way is abandoned, what is shown stays until then. */
    async reload() {
      if (this.running) this.forgetFirst();
      this.running?.abort();
      this.running = new AbortController();
      const { signal } = this.running;
      this.loading = true;
      this.error = null;
      this.hints = [];
      this.today = dayOf();
      const first = await this.block(0, true, signal).catch((error) => {
        if (!signal.aborted) this.error = error;
      });
      if (signal.aborted) return;
      this.loading = false;
      if (!first?.length) this.forgetFirst();
      if (!first) return;
      if (this.grid) this.grid.setGridOption("datasource", this.source(signal, first));
      else this.begin(signal, first);
    },
    /** Make the grid when there are rows for it, so that it is drawn once. */
    begin(signal, first) {
      const width = this.$refs.grid.clientWidth;
      this.fields = wanted(width, this.cols);
      this.grid = AG.createGrid(this.$refs.grid, {
        ...gridOptions(AG, width),
        columnDefs: columns(width, this.sort, this.cols),
        context: { asOf: () => this.asOf },
        datasource: this.source(signal, first),
        onFirstDataRendered: () => {
          this.forgetFirst();
          if (history.state?.row) this.grid.ensureIndexVisible(history.state.row, "top");
          ready();
        },
        onGridSizeChanged: ({ clientWidth }) => this.fit(clientWidth),
        onSortChanged: () => this.sorted(),
        onRowClicked: ({ data, event }) => data && this.visit(data.feature_id, event),
        onCellKeyDown: ({ data, event }) => data && event.key === "Enter" && this.visit(data.feature_id, event),
      });
    },
    /** The rows that came with the page stay, with the focus, until the grid has its own. */
    keepFirst() {
      const boot = document.getElementById("fm-boot");
      const rows = boot?.querySelector(".fm-first-rows");
      const focused = rows?.contains(document.activeElement) && document.activeElement;
      if (rows) this.$refs.box.append(rows);
      if (focused) focused.focus();
      boot?.remove();
    },
    forgetFirst() {
      const rows = this.$refs.box.querySelector(".fm-first-rows");
      const focused = rows?.contains(document.activeElement) && document.activeElement.closest("tr");
      rows?.remove();
      if (focused) this.grid?.setFocusedCell(focused.sectionRowIndex, "feature_name");
    },
    /** Where the grid gets its rows until `signal`; the first ones are there already. */
    source(signal, first) {
      let known = first;
      const getRows = async (block) => {
        try {
          const rows = known ?? (await this.block(block.startRow, false, signal));
          known = null;
          this.error = null;
          block.successCallback(rows, this.total);
        } catch (error) {
          if (!signal.aborted) this.error = error;
          block.failCallback(); // always: the grid counts what is under way, and asks two at a time
        }
      };
      return { getRows };
    },
    /** One block of rows; with the facets and the total on the first. */
    async block(offset, needFacets, signal) {
      const params = blockOf(this.state, offset, needFacets);
      const { body, version } = await ask("features", params, signal);
      this.newest = version;
      if (!needFacets) return body;
      this.version = version;
      this.facets = body.facets;
      this.total = body.total;
      if (this.total === 0 && this.chips.length > 1) this.suggest(signal);
      return body.rows;
    },
    /** Which single filter stands between the reader and rows. */
    async suggest(signal) {
      const tried = this.chips.slice(0, HINTS).map(async (chip) => {
        const params = paramsOf({ ...this.state, ...chip.without });
        params.set("select", "rows:count()");
        const [{ rows }] = await read("features", params, signal).catch(() => [{ rows: 0 }]);
        return { ...chip, rows };
      });
      const hints = (await Promise.all(tried)).filter(({ rows }) => rows > 0);
      if (!signal.aborted) this.hints = hints.sort((a, b) => b.rows - a.rows);
    },
    visit(id, event) {
      if (event.target.closest?.("a")) return; // the link itself does it
      const there = featureUrl(id, this.asOf);
      if (event.ctrlKey || event.metaKey) window.open(there);
      else location.href = there;
    },
    /** Keep the place for who comes back. */
    leave() {
      if (this.grid) history.replaceState({ row: topRow(this.grid) }, "");
    },
    /** Put the rows for paper beside the grid. */
    print() {
      this.$refs.box.querySelector(".fm-paper")?.remove();
      if (this.grid) this.$refs.box.append(paper(this.grid, this.total));
    },
    enterGrid() {
      if (this.total) this.grid?.setFocusedCell(0, "feature_name");
    },
  },
};
