// What more than one screen uses, imported as "fmw". The viewer serves it as one file (ui/modules.py);
// each module needs only those above it.
export * from "./page.js";
export * from "./format.js";
export * from "./api.js";
export * from "./visit.js";
export * from "./frame.js";
export * from "./tones.js";
export * from "./filters.js";
export * from "./difference.js";
export * from "./views.js";
export * from "./tools.js";
