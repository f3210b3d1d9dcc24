// How the table of features looks: columns, cells, theme.
import { time } from "fmw/format.js";
import { config, label, shown, t } from "fmw/page.js";
import { tone } from "fmw/tones.js";

const NARROW = 520; // pixels: below, a row has two lines, as app.css says, too
const LINE = 34;
const TWO_LINES = 54;

function element(tag, className, text, more = {}) {
  return Object.assign(document.createElement(tag), { className, textContent: text, ...more });
}

const waiting = () => element("i", "fm-bone", "");

function name({ data, value }) {
  if (!data) return waiting();
  const cell = element("div", "fm-cell", "");
  const more = [data.title === value ? null : data.title, data.feature_group].filter(Boolean).join(" · ");
  cell.append(
    element("a", "fm-name", value, { href: `${config.base}/f/${data.feature_id}`, title: value }),
    element("small", "", more), // where there is no room for these columns
  );
  return cell;
}

function status({ data, value }) {
  if (!data) return waiting();
  const chip = element("span", "fm-chip", shown("status", value));
  chip.dataset.tone = tone(value);
  return chip;
}

const words = ({ colDef, value }) => (value ? shown(colDef.field, value) : "");

// `from`: the least width of the grid, in pixels, that has room for the column without scrolling.
const COLUMNS = [
  { from: 0, field: "feature_name", minWidth: 150, flex: 1, cellRenderer: name },
  { from: 0, field: "status", width: 92, cellRenderer: status },
  { from: NARROW, field: "title", minWidth: 170, flex: 1, tooltipField: "title" },
  { from: 620, field: "feature_group", width: 100, tooltipField: "feature_group" },
  { from: 960, field: "environment", width: 84, valueFormatter: words },
  { from: 860, field: "owner", width: 132, tooltipField: "owner" },
  { from: 740, field: "changed_at", width: 144, cellClass: "fm-time", valueFormatter: ({ value }) => time(value) },
  { from: 1050, field: "kind", width: 96, valueFormatter: words },
  { from: 1200, field: "since", width: 108 },
  { from: 1330, field: "source", width: 136, tooltipField: "source" },
];

export const FIELDS = COLUMNS.map(({ field }) => field);

/** The columns of a grid `width` pixels wide, sorted as `sort` says: names with commas, `-` descends. */
export function columns(width, sort) {
  const keys = sort.split(",");
  return COLUMNS.map(({ from, ...column }) => {
    const sortIndex = keys.findIndex((key) => key.replace("-", "") === column.field);
    const order = sortIndex < 0 ? {} : { sortIndex, sort: keys[sortIndex][0] === "-" ? "desc" : "asc" };
    return { ...column, ...order, hide: from > width, headerName: label("field", column.field) };
  });
}

/** Show what has room in `width` pixels. */
export function fit(api, width) {
  if (!width) return;
  const [shown, hidden] = [true, false].map((room) => COLUMNS.filter(({ from }) => from <= width === room));
  api.setColumnsVisible(hidden.map(({ field }) => field), false);
  api.setColumnsVisible(shown.map(({ field }) => field), true);
  if (api.getGridOption("rowHeight") !== rowHeight(width)) api.setGridOption("rowHeight", rowHeight(width));
}

const rowHeight = (width) => (width < NARROW ? TWO_LINES : LINE);

export const BLOCK = 100; // rows of one question to the gateway

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
    infiniteInitialRowCount: 30,
    defaultColDef: { sortable: true, resizable: true, suppressHeaderMenuButton: true },
    getRowId: ({ data }) => String(data.feature_id),
    animateRows: false,
    enableBrowserTooltips: true,
    suppressMovableColumns: true,
    suppressNoRowsOverlay: true,
    localeText: { loadingOoo: t("state.loading"), loadingError: "–", ariaSortableColumn: t("grid.sortable") },
  };
}
