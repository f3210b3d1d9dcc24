// Overview: how many features there were each day, and how many came, changed and went.
import { ask, config, count, dayOf, filesOf, label, plus, quoted, read, ready, t, Tools } from "fmw";

const DAYS = [7, 30, 60, 180];
const USUAL = 60;
const COLUMNS = ["day", "total", "created", "updated", "removed"];
const COUNTED = ["created", "updated", "removed"];
const sumOf = (name) => (name === "day" ? name : `${name}.sum()`);
const OPS = { created: "C", updated: "U", removed: "D" };

export default {
  inheritAttrs: false, // NiceGUI's id would replace ours, which the skip link leads to
  components: { Tools },
  template: `
    <div id="main" class="fm-page" tabindex="-1">
      <div class="fm-tools fm-flat">
        <h1>{{ t("overview.title") }}</h1>
        <div class="fm-periods" role="group" :aria-label="t('changes.period')">
          <button v-for="n in DAYS" :key="n" type="button" :aria-pressed="days === n" @click="change({ days: n })">
            {{ t("overview.days", { n }) }}</button>
        </div>
        <label class="fm-pick">{{ t("field.feature_group") }}
          <select class="fm-input" :value="group" @change="change({ group: $event.target.value })">
            <option value="">{{ t("overview.all") }}</option>
            <option v-for="name in groups" :key="name">{{ name }}</option>
          </select></label>
        <span class="fm-space"></span>
        <Tools :files="files" />
      </div>
      <div v-if="error" class="fm-panel fm-cover-still" role="alert">
        <b>{{ error.message }}</b><p>{{ error.hint || t("state.error_next") }}</p>
        <button type="button" class="fm-button fm-primary" @click="load">{{ t("state.retry") }}</button>
      </div>
      <div v-show="!error">
        <section class="fm-panel">
          <h2>{{ t("overview.chart") }}</h2>
          <p v-if="rows && !rows.length" class="fm-empty">{{ t("home.no_trend") }}</p>
          <div v-show="!rows || rows.length" ref="chart" class="fm-chart" role="img" :aria-label="summary"></div>
          <p class="fm-note">{{ summary }}</p>
        </section>
        <section class="fm-panel">
          <h2>{{ t("overview.table") }}</h2>
          <p class="fm-note">{{ t("overview.note") }}</p>
          <div class="fm-wide-table" tabindex="0" role="region" :aria-label="t('overview.table')">
            <table class="fm-table fm-numbers">
              <thead><tr><th v-for="name in COLUMNS" :key="name" scope="col">{{ label("day", name) }}</th></tr></thead>
              <tbody>
                <tr v-for="row in newest" :key="row.day">
                  <th scope="row"><a :href="changes(row.day)">{{ row.day }}</a></th>
                  <td>{{ count(row.total) }}</td>
                  <td v-for="name in COUNTED" :key="name">
                    <a v-if="row[name]" :href="changes(row.day, name)">{{ count(row[name]) }}</a><span v-else class="fm-quiet">0</span></td>
                </tr>
              </tbody>
            </table>
          </div>
        </section>
      </div>
    </div>`,

  data() {
    const params = new URLSearchParams(location.search);
    const days = Number(params.get("days"));
    return {
      days: DAYS.includes(days) ? days : USUAL,
      group: params.get("group") ?? "",
      today: dayOf(), groups: [], rows: null, error: null, version: null, DAYS, COLUMNS, COUNTED,
    };
  },

  computed: {
    params() {
      const params = new URLSearchParams({ day: `gt.${plus(this.today, -this.days)}`, order: "day.asc" });
      if (this.group) params.set("feature_group", `eq.${this.group}`);
      return params;
    },
    files() {
      const params = new URLSearchParams(this.params);
      params.set("order", `${quoted(label("day", "day"))}.asc`);
      return filesOf("daily_counts", params, COLUMNS.map((name) => [label("day", name), sumOf(name)]));
    },
    newest() {
      return [...(this.rows ?? [])].reverse();
    },
    summary() {
      if (!this.rows?.length) return "";
      const sum = (name) => count(this.rows.slice(1).reduce((all, row) => all + row[name], 0));
      const [first, last] = [this.rows[0], this.rows.at(-1)];
      return t("overview.summary", {
        from: first.day, to: last.day, first: count(first.total), last: count(last.total),
        created: sum("created"), updated: sum("updated"), removed: sum("removed"),
      });
    },
  },

  mounted() {
    document.getElementById("fm-boot")?.remove();
    this.sized = new ResizeObserver(() => this.chart?.resize());
    this.sized.observe(this.$refs.chart);
    addEventListener("fm-theme", this.draw);
    addEventListener("fm-snapshot", this.heard);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.draw);
    this.load();
  },

  unmounted() {
    this.sized.disconnect();
    removeEventListener("fm-theme", this.draw);
    removeEventListener("fm-snapshot", this.heard);
    matchMedia("(prefers-color-scheme: dark)").removeEventListener("change", this.draw);
    this.chart?.dispose();
  },

  methods: {
    t, label, count,

    change(state) {
      Object.assign(this, state);
      const params = new URLSearchParams();
      if (this.days !== USUAL) params.set("days", this.days);
      if (this.group) params.set("group", this.group);
      history.replaceState(null, "", params.size ? `?${params}` : location.pathname);
      this.load();
    },
    heard({ detail }) {
      if (this.version && detail.version !== this.version) this.load();
    },
    async load() {
      this.running?.abort();
      this.running = new AbortController();
      const { signal } = this.running;
      this.today = dayOf();
      const params = new URLSearchParams(this.params);
      params.set("select", COLUMNS.map((name) => `${name}:${sumOf(name)}`).join(","));
      this.error = null;
      try {
        const [{ body, version }, groups] = await Promise.all([
          ask("daily_counts", params, signal),
          this.groups.length ? null : read("groups", "select=feature_group&order=feature_group", signal),
        ]);
        if (groups) this.groups = groups.map((row) => row.feature_group);
        Object.assign(this, { rows: body, version });
        this.$nextTick(ready);
        await this.draw();
      } catch (error) {
        if (!signal.aborted) this.error = error;
      }
    },
    changes(day, name) {
      const query = new URLSearchParams({ since: day, until: day });
      if (name) query.set("op", OPS[name]);
      if (this.group) query.set("feature_group", this.group);
      return `${config.base}/changes?${query}`;
    },

    /** Draw the chart; its library comes after the numbers, which are in the table already. */
    async draw() {
      if (!this.rows?.length || !this.$refs.chart) return;
      const { echarts } = await import("nicegui-echart");
      if (!this.$refs.chart) return; // the reader has left, or there is an error now
      this.chart ??= echarts.init(this.$refs.chart, null, { renderer: "svg" });
      this.chart.off("click");
      this.chart.on("click", ({ dataIndex }) => (location.href = this.changes(this.rows[dataIndex].day)));
      this.chart.setOption(optionsOf(this.rows), { notMerge: true });
    },
  },
};

/** What ECharts draws, in the colours of the page. */
function optionsOf(rows) {
  const style = getComputedStyle(document.body);
  const probe = Object.assign(document.createElement("i"), { hidden: true });
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`; // light-dark() is resolved only where it is used
    return getComputedStyle(probe).color;
  };
  const [ink, soft, line, surface] = ["ink", "soft", "line", "surface"].map(colour);
  const colours = { created: colour("good"), updated: colour("accent"), removed: colour("bad"), total: ink };
  probe.remove();
  const bars = COUNTED.map((name) => ({
    name: label("day", name), type: "bar", stack: "changes", xAxisIndex: 1, yAxisIndex: 1, barMaxWidth: 18, cursor: "pointer",
    itemStyle: { color: colours[name] }, data: rows.map((row) => row[name]),
  }));
  const days = (gridIndex, axisLabel) => ({ gridIndex, type: "category", data: rows.map((row) => row.day), axisLabel,
    axisLine: { lineStyle: { color: line } }, axisTick: { show: false } });
  const numbers = (gridIndex, name, more) => ({ gridIndex, type: "value", name, nameGap: 10, minInterval: 1, ...more,
    nameTextStyle: { color: soft, align: "right" }, axisLabel: { color: soft, formatter: count }, splitLine: { lineStyle: { color: line } } });
  const totals = rows.map((row) => row.total);
  return {
    animation: false,
    textStyle: { fontFamily: style.fontFamily },
    grid: [{ left: 60, right: 12, top: 52, height: "42%" }, { left: 60, right: 12, bottom: 26, height: "20%" }],
    legend: { top: 0, left: 0, textStyle: { color: ink }, itemWidth: 14, itemHeight: 9 },
    tooltip: { trigger: "axis", backgroundColor: surface, borderColor: line, textStyle: { color: ink }, valueFormatter: count },
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    xAxis: [days(0, { show: false }), days(1, { color: soft, formatter: (day) => day.slice(5), hideOverlap: true })],
    yAxis: [numbers(0, label("day", "total"), { scale: true }), numbers(1, t("overview.per_day"), { splitNumber: 2 })],
    series: [
      ...bars,
      { name: label("day", "total"), type: "line", data: totals, showSymbol: rows.length < 15, symbolSize: 6, z: 5,
        lineStyle: { width: 2, color: colours.total }, itemStyle: { color: colours.total } },
    ],
  };
}
