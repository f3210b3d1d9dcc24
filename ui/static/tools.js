// What every screen of rows offers for them: keep the view, share it, take the rows along.
import { url } from "fmw/api.js";
import { copy, toast } from "fmw/frame.js";
import { config, label, t } from "fmw/page.js";
import { all, forget, save } from "fmw/views.js";

/** The address of a file for spreadsheets of exactly these rows and fields, headed as on the screen. */
export function fileUrl(view, params, fields, format) {
  const all = new URLSearchParams(params);
  all.set("select", fields.map((name) => `"${label("field", name).replace(/["\\]/g, "")}":${name}`).join(","));
  all.set("format", format);
  if (format === "csv") all.set("bom", "1"); // else Excel takes Korean for another encoding
  return url(view, all);
}

/** Buttons: save the view, copy the link, CSV, XLSX. {files: {csv, xlsx}} */
export const Tools = {
  props: { files: Object },
  template: `
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
    <a class="fm-button" :href="files.xlsx" download>{{ t("file.xlsx") }}</a>`,
  data: () => ({ name: "", views: all(), base: config.base }),
  methods: {
    t,
    opened() {
      this.views = all();
      if (this.$refs.menu.open) this.$refs.name.focus();
    },
    keep() {
      this.views = save(this.name, location.pathname.slice(config.base.length) + location.search);
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
