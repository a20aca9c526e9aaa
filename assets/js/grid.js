// What the grids of rows ask for by name: dash-ag-grid looks its functions up here.
(function () {
  "use strict";
  const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
  const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6, useGrouping: false });

  // Years and short codes read badly with a comma, so only numbers of five digits and more get one.
  function numberText(value) {
    if (value !== 0 && (Math.abs(value) >= 1e15 || Math.abs(value) < 1e-6)) return value.toPrecision(6);
    return (Math.abs(value) >= 10_000 ? grouped : plain).format(value);
  }

  function cellText({ value }) {
    if (value === undefined) return ""; // its block is still coming
    if (value === null) return "–";
    if (typeof value === "boolean") return value ? "Yes" : "No";
    return typeof value === "number" ? numberText(value) : value;
  }

  // In full, where the cell shows less: a rounded number, or a text that may be cut off.
  function cellTip({ value }) {
    if (typeof value === "number") return cellText({ value }).replaceAll(",", "") === String(value) ? null : String(value);
    return typeof value === "string" && value.length > 12 ? value : null;
  }

  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  functions.cellText = cellText;
  functions.cellTip = cellTip;
  functions.rowNumber = ({ node }) => (node && node.data ? grouped.format(node.rowIndex + 1) : "");
})();
