// How the table of features looks: columns, cells, theme.
import { FACETS, orderOf, paramsOf } from "fmw/features.js";
import { chip, count, featureUrl, label, make, shown, t, time } from "fmw";

const NARROW = 520; // pixels: below, a row has two lines, as app.css says, too
const LINE = 34;
const TWO_LINES = 54;

const waiting = () => make("i", { className: "fm-bone" });

function nameCell({ data, value, context }) {
  if (!data) return waiting();
  const cell = make("div", { className: "fm-cell" });
  const more = [data.title === value ? null : data.title, data.feature_group].filter(Boolean).join(" · ");
  cell.append(
    make("a", { className: "fm-name", textContent: value, title: value, href: featureUrl(data.feature_id, context.asOf()) }),
    make("small", { textContent: more }), // where there is no room for these columns
  );
  return cell;
}

const statusCell = ({ data, value }) => (data ? chip(value) : waiting());

const words = ({ colDef, value }) => (value ? shown(colDef.field, value) : "");

// `from`: the least width of the grid, in pixels, that has room for the column without scrolling.
const COLUMNS = [
  { from: 0, field: "feature_name", minWidth: 150, flex: 1, cellRenderer: nameCell },
  { from: 0, field: "status", width: 92, cellRenderer: statusCell, valueFormatter: words },
  { from: NARROW, field: "title", minWidth: 170, flex: 1, tooltipField: "title" },
  { from: 620, field: "feature_group", width: 100, tooltipField: "feature_group" },
  { from: 980, field: "environment", width: 112, valueFormatter: words },
  { from: 860, field: "owner", width: 132, tooltipField: "owner" },
  { from: 740, field: "changed_at", width: 144, sortingOrder: ["desc", "asc"], cellClass: "fm-time", valueFormatter: ({ value }) => time(value) },
  { from: 1090, field: "kind", width: 128, valueFormatter: words },
  { from: 1240, field: "since", width: 108 },
  { from: 1380, field: "source", width: 136, tooltipField: "source" },
  // only for who asks for them
  { from: Infinity, field: "until", width: 108 },
  { from: Infinity, field: "default_value", width: 120, tooltipField: "default_value" },
  { from: Infinity, field: "description", width: 280, tooltipField: "description" },
  { from: Infinity, field: "created_at", width: 144, cellClass: "fm-time", valueFormatter: ({ value }) => time(value) },
];

/** The names a reader may choose from, in the order of the columns. */
export const OFFERED = COLUMNS.map(({ field }) => field);

/** The names shown: those the reader chose, else those that have room in `width` pixels. */
export function wanted(width, chosen) {
  const known = chosen.filter((field) => OFFERED.includes(field));
  return known.length ? known : COLUMNS.filter(({ from }) => from <= width).map(({ field }) => field);
}

/** The fields to ask for: those of any width, or those chosen, and what cells and links need. */
const fieldsOf = (chosen) =>
  [...new Set([...wanted(Number.MAX_VALUE, chosen), "feature_name", "title", "feature_group", "status", "feature_id"])];

/** The columns of a grid `width` pixels wide, sorted as `sort` says: names with commas, `-` descends. */
export function columns(width, sort, chosen) {
  const keys = sort.split(",");
  const visible = wanted(width, chosen);
  return COLUMNS.map(({ from: _, ...column }) => {
    const sortIndex = keys.findIndex((key) => key.replace("-", "") === column.field);
    const order = sortIndex < 0 ? {} : { sortIndex, sort: keys[sortIndex][0] === "-" ? "desc" : "asc" };
    return { ...column, ...order, hide: !visible.includes(column.field), headerName: label("field", column.field) };
  });
}

/** Show the columns `visible` in a grid `width` pixels wide. */
export function fit(api, width, visible) {
  api.setColumnsVisible(OFFERED.filter((field) => !visible.includes(field)), false);
  api.setColumnsVisible(visible, true);
  if (api.getGridOption("rowHeight") !== rowHeight(width)) api.setGridOption("rowHeight", rowHeight(width));
}

/** The rows around those in sight, `total` there are, as a table for paper: a grid draws no others. */
export function paper(api, total) {
  const names = api.getAllDisplayedColumns();
  const table = make("table", { className: "fm-table fm-paper" });
  const heads = names.map((name) => make("th", { textContent: api.getDisplayNameForColumn(name, "header") }));
  table.createTHead().insertRow().append(...heads);
  const body = table.createTBody();
  const has = (index) => index >= 0 && api.getDisplayedRowAtIndex(index)?.data;
  let first = Math.max(0, api.getFirstDisplayedRowIndex());
  while (has(first - 1)) first -= 1; // blocks further away were let go, or never asked for
  for (let index = first; has(index); index += 1) {
    const rowNode = api.getDisplayedRowAtIndex(index);
    const text = (colKey) => api.getCellValue({ rowNode, colKey, useFormatter: true }) ?? "";
    body.insertRow().append(...names.map((name) => make("td", { textContent: text(name) })));
  }
  const range = { from: count(first + 1), to: count(first + body.rows.length), total: count(total) };
  if (body.rows.length < total) table.createCaption().textContent = t("explore.paper", range);
  return table;
}

const rowHeight = (width) => (width < NARROW ? TWO_LINES : LINE);

/** The index of the row at the top of what is in sight. */
export const topRow = (api) => Math.round(api.getVerticalPixelRange().top / api.getGridOption("rowHeight"));

const BLOCK = 100; // rows of one question to the gateway

/** The question for a block of rows; with the facets and the total, or without. */
export function blockOf(state, offset, needFacets) {
  const params = paramsOf(state);
  params.set("select", fieldsOf(state.cols).join(","));
  params.set("order", orderOf(state.sort));
  params.set("limit", BLOCK);
  params.set("offset", offset);
  if (needFacets) params.set("facets", FACETS.join(","));
  return params;
}

/** Options of a grid `width` pixels wide apart from columns and events; `AG` is the AG Grid module. */
export function gridOptions(AG, width) {
  return {
    theme: AG.themeQuartz.withParams({
      backgroundColor: "var(--surface)", foregroundColor: "var(--ink)", textColor: "var(--ink)",
      headerBackgroundColor: "var(--raised)", headerTextColor: "var(--soft)", borderColor: "var(--line)",
      rowHoverColor: "var(--hover)", accentColor: "var(--accent)", browserColorScheme: "inherit",
      fontFamily: "inherit", headerFontFamily: "inherit", fontSize: 13, headerFontSize: 12.5,
      headerFontWeight: 600, headerHeight: 36, cellHorizontalPadding: 12,
      wrapperBorder: false, wrapperBorderRadius: 0,
    }),
    rowModelType: "infinite",
    rowHeight: rowHeight(width),
    cacheBlockSize: BLOCK,
    maxBlocksInCache: 10,
    maxConcurrentDatasourceRequests: 2,
    infiniteInitialRowCount: 1,
    defaultColDef: { sortable: true, sortingOrder: ["asc", "desc"], resizable: true, suppressHeaderMenuButton: true },
    getRowId: ({ data }) => String(data.feature_id),
    animateRows: false,
    suppressAnimationFrame: true,
    enableBrowserTooltips: true,
    suppressMovableColumns: true,
    suppressNoRowsOverlay: true,
    localeText: { loadingOoo: t("state.loading"), loadingError: "–", ariaSortableColumn: t("grid.sortable") },
  };
}
