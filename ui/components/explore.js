// Explore: facets, search and sort decided by the gateway; all state lives in the URL.
import * as AG from "nicegui-aggrid";
import { ask, filterParams, url } from "fmw/api.js";
import { copy } from "fmw/frame.js";
import { count } from "fmw/format.js";
import { BLOCK, columns, FIELDS, fit, gridOptions } from "fmw/grid.js";
import { config, label, shown, t } from "fmw/page.js";
import { urgency } from "fmw/tones.js";

const FACETS = ["status", "kind", "feature_group", "environment", "owner", "source"];
const SORT = "-changed_at"; // when the reader asks for nothing else
const SHOWN = 8; // values of a facet before "more"
const DEBOUNCE = 180; // milliseconds

AG.ModuleRegistry.registerModules([AG.AllCommunityModule]);

export default {
  inheritAttrs: false, // NiceGUI's id would replace ours, which the skip link leads to
  template: `
    <div id="main" class="fm-explore" tabindex="-1" @keydown.esc="drawer = false">
      <h1 class="fm-sr">{{ t("explore.title") }}</h1>
      <div v-if="drawer" class="fm-veil" @click="drawer = false"></div>
      <aside class="fm-facets" :class="{ 'fm-open': drawer }" :aria-label="t('explore.filters')">
        <header class="fm-facets-head">
          <h2>{{ t("explore.filters") }}</h2>
          <button v-if="chips.length" type="button" class="fm-link fm-narrow" @click="clear">{{ t("explore.clear") }}</button>
          <button type="button" class="fm-icon fm-narrow" :aria-label="t('explore.close')" @click="drawer = false">✕</button>
        </header>
        <fieldset v-for="name in facetNames" v-show="values(name).length" :key="name" :data-facet="name">
          <legend>{{ label("field", name) }}</legend>
          <label v-for="item in offered(name)" :key="item.value" :class="{ 'fm-on': has(name, item.value) }">
            <input type="checkbox" :checked="has(name, item.value)" @change="toggle(name, item.value)">
            <span :title="item.value">{{ word(name, item.value) }}</span><b>{{ count(item.count) }}</b>
          </label>
          <button v-if="values(name).length > limit" type="button" class="fm-link" @click="open[name] = !open[name]">
            {{ open[name] ? t("explore.less") : t("explore.more", { n: count(values(name).length - limit) }) }}
          </button>
        </fieldset>
      </aside>
      <section class="fm-results">
        <div class="fm-tools">
          <input type="search" class="fm-input" data-search autocomplete="off" ref="search" :value="q"
                 :aria-label="t('search.label')" :placeholder="t('search.placeholder')"
                 @input="search($event.target.value)" @keydown.enter="apply" @keydown.down.prevent="enterGrid">
          <button type="button" class="fm-button fm-narrow" :aria-expanded="drawer" @click="drawer = true">
            {{ t("explore.filters") }}<b v-if="chips.length"> {{ chips.length }}</b>
          </button>
          <p class="fm-count" aria-live="polite">{{ counted }}</p>
          <p class="fm-news" role="status"><button v-if="stale" type="button" class="fm-link" @click="reload">
            {{ t("explore.news") }}</button></p>
          <button type="button" class="fm-button" @click="copyLink">{{ t("copy.link") }}</button>
          <a class="fm-button" :href="csv" download>{{ t("explore.csv") }}</a>
        </div>
        <ul v-if="chips.length" class="fm-chips" :aria-label="t('explore.active')">
          <li v-for="chip in chips" :key="chip.name + chip.value">
            <button type="button" :aria-label="t('explore.remove', { what: chip.text })" @click="chip.remove">
              {{ chip.text }} <span aria-hidden="true">✕</span>
            </button>
          </li>
          <li><button type="button" class="fm-link" @click="clear">{{ t("explore.clear") }}</button></li>
        </ul>
        <div class="fm-grid-box">
          <div ref="grid" class="fm-grid"></div>
          <div v-if="error" class="fm-cover" role="alert">
            <b>{{ error.message }}</b><p>{{ error.hint || t("state.error_next") }}</p>
            <button type="button" class="fm-button fm-primary" @click="reload">{{ t("state.retry") }}</button>
          </div>
          <div v-else-if="total === 0" class="fm-cover" role="status">
            <b>{{ t("explore.empty") }}</b><p>{{ t(chips.length ? "explore.empty_next" : "explore.nothing") }}</p>
            <button v-if="chips.length" type="button" class="fm-button fm-primary" @click="clear">{{ t("explore.clear") }}</button>
          </div>
        </div>
      </section>
    </div>`,

  data() {
    const params = new URLSearchParams(location.search);
    return {
      q: params.get("q") ?? "",
      filters: Object.fromEntries(FACETS.map((name) => [name, params.getAll(name)])),
      sort: params.get("sort") || SORT,
      facets: {},
      open: {},
      total: null,
      version: null, // of the snapshot the first rows came from
      newest: null, // the newest one heard of
      error: null,
      drawer: false,
      limit: SHOWN,
      facetNames: FACETS,
    };
  },

  computed: {
    order() {
      return this.sort.split(",").map((key) => (key[0] === "-" ? `${key.slice(1)}.desc` : `${key}.asc`)).join(",");
    },
    csv() {
      const params = filterParams(this.filters, this.q);
      params.set("order", this.order);
      params.set("format", "csv");
      params.set("bom", "1");
      return url("features", params);
    },
    stale() {
      return this.version !== null && this.newest !== this.version;
    },
    counted() {
      if (this.error) return "";
      return this.total === null ? t("state.loading") : t("explore.count", { n: count(this.total) });
    },
    chips() {
      const search = { name: "q", value: this.q, text: `“${this.q}”`, remove: () => this.change({ q: "" }) };
      const chosen = FACETS.flatMap((name) => this.filters[name].map((value) => ({
        name, value,
        text: `${label("field", name)}: ${shown(name, value)}`,
        remove: () => this.toggle(name, value),
      })));
      return this.q ? [search, ...chosen] : chosen;
    },
  },

  mounted() {
    document.getElementById("fm-boot")?.remove();
    const width = this.$refs.grid.clientWidth;
    this.grid = AG.createGrid(this.$refs.grid, {
      ...gridOptions(AG, width),
      columnDefs: columns(width, this.sort),
      onGridSizeChanged: ({ api, clientWidth }) => fit(api, clientWidth),
      onSortChanged: () => this.sorted(),
      onRowClicked: ({ data, event }) => data && this.visit(data.feature_id, event),
      onCellKeyDown: ({ data, event }) => data && event.key === "Enter" && this.visit(data.feature_id, event),
    });
    addEventListener("fm-snapshot", this.heard);
    this.reload();
  },

  unmounted() {
    removeEventListener("fm-snapshot", this.heard);
    this.running?.abort();
    this.grid.destroy();
  },

  methods: {
    t, label, count, word: shown,

    has(name, value) {
      return this.filters[name].includes(value);
    },
    /** The facet's values with their counts; trouble first, chosen ones even when nothing is left. */
    values(name) {
      const found = (this.facets[name] ?? []).map((item) => ({ ...item, value: item.value ?? "" }));
      if (name === "status") found.sort((a, b) => urgency(a.value) - urgency(b.value));
      const lost = this.filters[name].filter((value) => !found.some((item) => item.value === value));
      return [...found, ...lost.map((value) => ({ value, count: 0 }))];
    },
    offered(name) {
      return this.values(name).filter((item, index) => this.open[name] || index < SHOWN || this.has(name, item.value));
    },
    toggle(name, value) {
      const chosen = this.filters[name];
      const next = this.has(name, value) ? chosen.filter((one) => one !== value) : [...chosen, value];
      this.change({ filters: { ...this.filters, [name]: next } });
    },
    clear() {
      this.change({ q: "", filters: Object.fromEntries(FACETS.map((name) => [name, []])) });
    },
    change(state) {
      Object.assign(this, state);
      this.apply();
    },
    search(text) {
      this.q = text;
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.apply(), DEBOUNCE);
    },
    apply() {
      clearTimeout(this.waiting);
      this.remember();
      this.reload();
    },
    sorted() {
      const keys = this.grid.getColumnState().filter((column) => column.sort);
      keys.sort((a, b) => a.sortIndex - b.sortIndex);
      this.sort = keys.map(({ colId, sort }) => (sort === "desc" ? `-${colId}` : colId)).join(",") || SORT;
      this.remember();
    },
    remember() {
      const params = new URLSearchParams();
      if (this.q) params.set("q", this.q);
      for (const name of FACETS) for (const value of this.filters[name]) params.append(name, value);
      if (this.sort !== SORT) params.set("sort", this.sort);
      history.replaceState(null, "", params.size ? `?${params}` : location.pathname);
    },

    /** Ask for everything anew; what is still under way is abandoned. */
    reload() {
      this.running?.abort();
      this.running = new AbortController();
      this.error = null;
      const { signal } = this.running;
      let needFacets = true;
      const getRows = async (block) => {
        try {
          const rows = await this.block(block.startRow, needFacets, signal);
          needFacets = false;
          block.successCallback(rows, this.total);
        } catch (error) {
          if (signal.aborted) return;
          this.error = error;
          block.failCallback();
        }
      };
      this.grid.setGridOption("datasource", { getRows });
    },
    /** One block of rows; with the facets and the total on the first. */
    async block(offset, needFacets, signal) {
      const params = filterParams(this.filters, this.q);
      params.set("select", [...FIELDS, "feature_id"].join(","));
      params.set("order", this.order);
      params.set("limit", BLOCK);
      params.set("offset", offset);
      if (needFacets) params.set("facets", FACETS.join(","));
      const { body, version } = await ask("features", params, signal);
      this.newest = version;
      if (!needFacets) return body;
      this.version = version;
      this.facets = body.facets;
      this.total = body.total;
      return body.rows;
    },
    heard({ detail }) {
      if (this.version !== null) this.newest = detail.version;
    },

    visit(id, event) {
      if (event.target.closest?.("a")) return; // the link itself does it
      const there = `${config.base}/f/${id}`;
      if (event.ctrlKey || event.metaKey) window.open(there);
      else location.href = there;
    },
    enterGrid() {
      if (this.total) this.grid.setFocusedCell(0, "feature_name");
    },
    copyLink() {
      copy(location.href);
    },
  },
};
