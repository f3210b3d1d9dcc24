// One changed field: what it was, what it became.
import { label, shown, t } from "./page.js";

/** {change}: a row of the history with a field. */
export const Difference = {
  props: { change: Object },
  template: `
    <span class="fm-field" :title="change.field">{{ label("field", change.field) }}</span>
    <del>{{ shown(change.field, change.old_value) }}</del>
    <span aria-hidden="true">→</span><span class="fm-sr">{{ t("change.to") }}</span>
    <ins>{{ shown(change.field, change.new_value) }}</ins>`,
  methods: { label, shown, t },
};
