// How the table of features looks: columns, cells, theme.
import { time } from "fmw/format.js";
import { config, label, t } from "fmw/page.js";

function element(tag, className, text, more = {}) {
  return Object.assign(document.createElement(tag), { className, textContent: text, ...more });
}

const waiting = () => element("i", "fm-bone", "");

function name({ data, value }) {
  if (!data) return waiting();
  return element("a", "fm-name", value, { href: `${config.base}/f/${data.feature_id}`, title: value });
}

function status({ data, value }) {
  if (!data) return waiting();
  const chip = element("span", "fm-chip", value ?? t("value.none"));
  chip.dataset.status = (value ?? "").toLowerCase();
  return chip;
}

const COLUMNS = [
  { field: "feature_name", width: 190, cellRenderer: name },
  { field: "status", width: 122, cellRenderer: status },
  { field: "title", minWidth: 230, flex: 1 },
  { field: "feature_group", width: 125 },
  { field: "environment", width: 95 },
  { field: "owner", width: 95 },
  { field: "changed_at", width: 145, cellClass: "fm-time", valueFormatter: ({ value }) => time(value) },
  { field: "kind", width: 95 },
  { field: "since", width: 110 },
  { field: "source", width: 130 },
];

/** The columns, sorted as `sort` says: comma separated names, `-` for descending. */
export function columns(sort = "") {
  const keys = sort.split(",");
  return COLUMNS.map((column) => {
    const sortIndex = keys.findIndex((key) => key.replace("-", "") === column.field);
    const order = sortIndex < 0 ? {} : { sortIndex, sort: keys[sortIndex][0] === "-" ? "desc" : "asc" };
    return { ...column, ...order, headerName: label("field", column.field) };
  });
}

/** Options of the grid apart from its columns and events; `AG` is the AG Grid module. */
export function gridOptions(AG) {
  return {
    theme: AG.themeQuartz.withParams({
      backgroundColor: "var(--surface)", foregroundColor: "var(--ink)", textColor: "var(--ink)",
      headerBackgroundColor: "var(--raised)", headerTextColor: "var(--soft)", borderColor: "var(--line)",
      rowHoverColor: "var(--hover)", accentColor: "var(--accent)", browserColorScheme: "inherit",
      fontFamily: "inherit", headerFontFamily: "inherit", fontSize: 13, headerFontSize: 12.5,
      headerFontWeight: 600, rowHeight: 34, headerHeight: 36, cellHorizontalPadding: 12,
      wrapperBorder: false, wrapperBorderRadius: 0,
    }),
    rowModelType: "infinite",
    cacheBlockSize: 100,
    maxBlocksInCache: 10,
    maxConcurrentDatasourceRequests: 2,
    infiniteInitialRowCount: 30,
    defaultColDef: { sortable: true, resizable: true, suppressHeaderMenuButton: true },
    getRowId: ({ data }) => String(data.feature_id),
    animateRows: false,
    suppressMovableColumns: true,
    suppressNoRowsOverlay: true,
    localeText: { loadingOoo: t("state.loading"), loadingError: "–", ariaSortableColumn: t("grid.sortable") },
  };
}
