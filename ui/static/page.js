// What the server told this page, and the words of the reader's language.

/** {base, api, lang, words}: prefix of our URLs, the gateway, the language, where its words are. */
export const config = JSON.parse(document.getElementById("fm-config").textContent);

/** The address of a feature, now or at the end of a day. */
export const featureUrl = (id, asOf = "") => `${config.base}/f/${id}${asOf && `?as_of=${asOf}`}`;

/** A new element with these properties. */
export const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);

const words = await (await fetch(config.words)).json();

/** The text of `key`, its {placeholders} filled from `values`. */
export function t(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The text of `prefix.name`, or `name` itself where nobody translated it. */
export function label(prefix, name) {
  return words[`${prefix}.${name}`] ?? (prefix === "field" ? name.replace(/^attributes\./, "") : name);
}

/** A field's value as readers see it; nothing there is said in words. */
export const shown = (field, value) => (value ? label(`value.${field}`, value) : t("value.none"));
