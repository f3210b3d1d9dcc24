// Lets node import the viewer's modules by the names the browser has for them: fmw, fmw/jump.js.
import { register } from "node:module";

register(`data:text/javascript,${encodeURIComponent(`
  const files = ${JSON.stringify(new URL("../../../ui/static/", import.meta.url).href)};
  export const resolve = (name, context, next) => next(name.replace(/^fmw$/, "fmw/index.js").replace(/^fmw\\//, files), context);
`)}`);

// What the server and the browser give a page, as far as the modules under test look.
const { default: words } = await import("../../../ui/i18n/ko.json", { with: { type: "json" } });
const config = { base: "/viewer", api: "/api/v1", snap: "/viewer/snap", lang: "ko", words: "/ko.json", screen: "home" };
const kept = new Map();
globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(config) }) };
globalThis.fetch = async () => ({ json: async () => words });
globalThis.localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, String(value)),
  clear: () => kept.clear(),
};
