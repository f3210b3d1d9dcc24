// Facets with their counts, and the filters in force as chips: the same on every screen of rows.
import { count } from "./format.js";
import { label, t } from "./page.js";

const DEBOUNCE = 180; // milliseconds
const LISTED = 1000; // values of a facet that the gateway lists; there may be more
const SHOWN = 8; // values of a facet before "more"

/** {names, facets: {name: [{value, count}]}, chosen: {name: [value]}, word, isOpen, canClear} */
export const Facets = {
  props: { names: Array, facets: Object, chosen: Object, word: Function, isOpen: Boolean, canClear: Boolean },
  emits: ["toggle", "clear", "close"],
  template: `
    <div v-if="isOpen" class="fm-veil" @click="$emit('close')"></div>
    <aside class="fm-facets" :class="{ 'fm-open': isOpen }" :aria-label="t('filter.title')">
      <header class="fm-facets-head">
        <h2>{{ t("filter.title") }}</h2>
        <button v-if="canClear" type="button" class="fm-link fm-narrow" @click="$emit('clear')">{{ t("filter.clear") }}</button>
        <button type="button" class="fm-icon fm-narrow" :aria-label="t('filter.close')" @click="$emit('close')">✕</button>
      </header>
      <slot></slot>
      <fieldset v-for="name in names" v-show="values(name).length" :key="name" :data-facet="name">
        <legend>{{ label("field", name) }}</legend>
        <label v-for="item in offered(name)" :key="item.value" :class="{ 'fm-on': has(name, item.value) }">
          <input type="checkbox" :checked="has(name, item.value)" @change="$emit('toggle', name, item.value)">
          <span :title="item.value">{{ word(name, item.value) }}</span><b>{{ count(item.count) }}</b>
        </label>
        <button v-if="open[name] || hidden(name)" type="button" class="fm-link" :aria-expanded="!!open[name]"
                @click="open[name] = !open[name]">
          {{ open[name] ? t("filter.less") : t("filter.more", { n: count(hidden(name)) }) }}
        </button>
      </fieldset>
    </aside>`,
  data: () => ({ open: {} }),
  methods: {
    t, label, count,
    has(name, value) {
      return this.chosen[name].includes(value);
    },
    /** Values with their counts; chosen ones even when nothing is left of them. */
    values(name) {
      const found = (this.facets[name] ?? []).map((item) => ({ ...item, value: item.value ?? "" }));
      const lost = this.chosen[name].filter((value) => !found.some((item) => item.value === value));
      return [...found, ...lost.map((value) => ({ value, count: 0 }))];
    },
    offered(name) {
      const values = this.values(name);
      const isShort = values.length <= SHOWN + 1; // "more" takes a line itself
      return values.filter((item, index) => this.open[name] || isShort || index < SHOWN || this.has(name, item.value));
    },
    hidden(name) {
      return this.values(name).length - this.offered(name).length;
    },
  },
};

/** {chips: [{key, text, remove}]}: each a button that takes its filter away. The list is there even if it is empty:
 * an element that comes has the browser look at the styles of all that follow. */
export const Chips = {
  props: { chips: Array },
  emits: ["clear"],
  template: `
    <ul v-show="chips.length" class="fm-chips" :aria-label="t('filter.active')">
      <li v-for="chip in chips" :key="chip.key">
        <button type="button" :aria-label="t('filter.remove', { what: chip.text })" @click="chip.remove">
          {{ chip.text }} <span aria-hidden="true">✕</span>
        </button>
      </li>
      <li><button type="button" class="fm-link" @click="$emit('clear')">{{ t("filter.clear") }}</button></li>
    </ul>`,
  methods: { t },
};

/** The chips of a state {q, filters}; `change(part)` is called with what of the state becomes another. */
export function chipsOf({ q, filters }, word, change) {
  const without = (name, value) => filters[name].filter((one) => one !== value);
  const search = { key: "q", text: `“${q}”`, without: { q: "" } };
  const chosen = Object.entries(filters).flatMap(([name, values]) => values.map((value) => ({
    key: `${name}=${value}`,
    text: `${label("field", name)}: ${word(name, value)}`,
    without: { filters: { ...filters, [name]: without(name, value) } },
  })));
  return (q ? [search, ...chosen] : chosen).map((chip) => ({ ...chip, remove: () => change(chip.without) }));
}

/** How many rows there are with just `chosen` of a facet (nothing: all), as its counts [{value, count}] say; null = they do not. */
export function foretold(facet, chosen) {
  const counts = new Map(facet.map((item) => [item.value ?? "", item.count]));
  const values = chosen.length ? chosen : [...counts.keys()];
  const isKnown = chosen.length ? chosen.every((value) => counts.has(value)) : facet.length < LISTED;
  return isKnown ? values.reduce((sum, value) => sum + counts.get(value), 0) : null;
}

/** What screens do with their filters; each says how it `remember`s its state and `reload`s its rows. */
export const Filtering = {
  methods: {
    toggle(name, value) {
      const chosen = this.filters[name];
      const next = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
      const areCurrent = !this.loading && !this.error && !this.waiting && this.facets[name];
      const total = areCurrent ? foretold(this.facets[name], next) : null;
      this.change({ filters: { ...this.filters, [name]: next } });
      if (total !== null) this.total = total; // nobody has to wait for that
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
      this.waiting = null;
      this.remember();
      this.reload();
    },
    /** Put the state, as a query string, into the address. */
    address(query) {
      history.replaceState(null, "", query ? `?${query}` : location.pathname);
    },
    /** There is a snapshot of this version; what is shown may be older. */
    heard({ detail }) {
      if (this.version !== null) this.newest = detail.version;
    },
  },
};

/** The filters with nothing chosen. */
export const cleared = (filters) => Object.fromEntries(Object.keys(filters).map((name) => [name, []]));
