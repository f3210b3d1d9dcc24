// What every screen of rows offers for them: keep the view, share it, take the rows along.
import { quoted, url } from "./api.js";
import { dayOf } from "./format.js";
import { copy, toast } from "./frame.js";
import { config, label, t } from "./page.js";
import { all, forget, MOST, save } from "./views.js";

/** Columns of a file, headed as on the screen. */
export const headed = (names) => names.map((name) => [label("field", name), name]);

/** The addresses {csv, xlsx} of files of exactly these rows; columns are [heading, what to select]. */
export function filesOf(view, params, columns) {
  return Object.fromEntries(["csv", "xlsx"].map((format) => [format, fileUrl(view, params, columns, format)]));
}

function fileUrl(view, params, columns, format) {
  const asked = new URLSearchParams(params);
  asked.set("select", columns.map(([heading, what]) => `${quoted(heading)}:${what}`).join(","));
  asked.set("format", format);
  asked.set("filename", `${document.title.split(" · ")[0]} ${asked.get("as_of")?.slice(0, 10) ?? dayOf()}`);
  if (format === "csv") asked.set("bom", "1"); // else Excel takes Korean for another encoding
  return url(view, asked);
}

/** Buttons: save the view, copy the link, CSV, XLSX. {files: {csv, xlsx}} */
export const Tools = {
  props: { files: Object },
  template: `
    <div class="fm-share">
    <details class="fm-menu" ref="menu" @toggle="opened">
      <summary class="fm-button">{{ t("views.save") }}</summary>
      <div class="fm-pop">
        <form class="fm-row" @submit.prevent="keep">
          <input ref="name" v-model="name" class="fm-input" maxlength="60" required
                 :aria-label="t('views.name')" :placeholder="t('views.name')">
          <button type="submit" class="fm-button fm-primary">{{ t("views.keep") }}</button>
        </form>
        <p class="fm-note">{{ t("views.where") }}</p>
        <ul v-if="views.length" class="fm-views">
          <li v-for="view in views" :key="view.name">
            <a :href="base + view.url">{{ view.name }}</a>
            <button type="button" class="fm-icon" :aria-label="t('views.forget', { name: view.name })" @click="drop(view.name)">✕</button>
          </li>
        </ul>
      </div>
    </details>
    <button type="button" class="fm-button" @click="copyLink">{{ t("copy.link") }}</button>
    <a class="fm-button" :href="files.csv" download>{{ t("file.csv") }}</a>
    <a class="fm-button" :href="files.xlsx" download>{{ t("file.xlsx") }}</a>
    <slot></slot>
    </div>`,
  data: () => ({ name: "", views: all(), base: config.base }),
  methods: {
    t,
    opened() {
      this.views = all();
      if (this.$refs.menu.open) this.$refs.name.focus();
    },
    keep() {
      if (!this.name.trim()) return;
      const views = save(this.name, location.pathname.slice(config.base.length) + location.search);
      if (!views) return toast(t("views.full", { n: MOST }));
      this.views = views;
      toast(t("views.saved", { name: this.name.trim() }));
      this.name = "";
      this.$refs.menu.open = false;
    },
    drop(name) {
      this.views = forget(name);
    },
    copyLink() {
      copy(location.href);
    },
  },
};
