// The marks of a figure as a table, and, where the page can show them (data-figure-marks), a button for the rows behind each. One of the
// buttons is in the order of Tab; the arrow keys go from mark to mark. What is chosen, there or by a click on the picture, is told by
// the event "mark-chosen".
(function () {
  "use strict";
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const places = new WeakMap(); // button -> where its mark stands, as core/dashboards/clicks.py reads it

  function axisTitle(layout, name, fallback) {
    const axis = layout[name];
    const title = axis && axis.title;
    return (title && (title.text || (typeof title === "string" && title))) || fallback;
  }

  // {head, rows}, a row {names, values, place}.
  function read(figure) {
    const layout = figure.layout || {};
    const first = figure.data[0] || {};
    if (first.type === "pie") return readPie(first, layout.meta || ["Part", "Amount"]);
    const titles = [axisTitle(layout, "xaxis", "x"), axisTitle(layout, "yaxis", "y")];
    if (first.type === "heatmap") return readHeatmap(first, titles);
    const many = figure.data.length > 1;
    const { head, rows } = (first.mode === "markers" && Array.isArray(first.text) ? readPoints : readSeries)(figure.data, titles, layout);
    return { head: [...(many ? ["Series"] : []), ...head], rows: rows.map((row) => (many ? { ...row, names: [row.place.series, ...row.names] } : row)) };
  }

  function readPie({ labels, values }, head) {
    return { head: head, rows: labels.map((label, i) => ({ names: [label], values: [values[i]], place: { key: label } })) };
  }

  function readHeatmap(trace, [across, down]) {
    const value = (trace.colorbar && trace.colorbar.title && trace.colorbar.title.text) || "Value";
    const cells = trace.y.flatMap((y, i) => trace.x.map((x, j) => ({ names: [y, x], values: [trace.z[i][j]], place: { key: x, down: y } })));
    return { head: [down, across, value], rows: cells };
  }

  function readPoints(traces, titles, layout) {
    const rows = traces.flatMap(({ name, text, x, y }) =>
      text.map((key, i) => ({ names: [key], values: [x[i], y[i]], place: { key: key, series: name } })),
    );
    return { head: [...(layout.meta || ["Point"]), ...titles], rows: rows };
  }

  // A bar that stands on a number line between two edges is named by them.
  function readSeries(traces, [across, up]) {
    const lying = traces[0] && traces[0].orientation === "h";
    const rows = traces.flatMap((trace) => {
      const keys = (lying ? trace.y : trace.x) || [];
      const values = (lying ? trace.x : trace.y) || [];
      const isBin = trace.type === "bar" && typeof keys[0] === "number" && typeof (trace.customdata || [])[0] === "string";
      const names = isBin ? trace.customdata : keys;
      return keys.map((key, i) => ({ names: [names[i]], values: [values[i]], place: { key: key, series: trace.name || "" } }));
    });
    return { head: lying ? [up, across] : [across, up], rows: rows };
  }

  function words(value) {
    if (value === null || value === undefined) return "–";
    return typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 6 }) : String(value);
  }

  function cell(tag, value) {
    const made = Object.assign(document.createElement(tag), { textContent: words(value) });
    if (typeof value === "number") made.className = "number";
    return made;
  }

  // withButtons: a last column with a button for each mark that is drawn.
  function table(figure, withButtons) {
    const { head, rows } = read(figure);
    const made = Object.assign(document.createElement("table"), { className: "figure-own-table" });
    const headRow = made.createTHead().insertRow();
    const numbers = rows.length ? rows[0].names.length : head.length; // where they begin
    head.forEach((name, i) => headRow.appendChild(Object.assign(cell("th", name), { scope: "col", className: i < numbers ? "" : "number" })));
    if (withButtons) headRow.insertCell();
    const body = made.createTBody();
    rows.forEach((row) => {
      const line = body.insertRow();
      [...row.names, ...row.values].forEach((value) => line.appendChild(cell("td", value)));
      if (withButtons) line.insertCell().append(...(row.values.includes(null) ? [] : [button(head, row)]));
    });
    const first = body.querySelector("button");
    if (first) first.tabIndex = 0;
    return made;
  }

  function button(head, { names, place }) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "figure-action figure-mark", textContent: "Show rows", tabIndex: -1 });
    made.setAttribute("aria-label", `Show rows of ${names.map((name, i) => `${head[i]} ${words(name)}`).join(", ")}`);
    places.set(made, place);
    return made;
  }

  function choose(from, place) {
    from.dispatchEvent(new CustomEvent("mark-chosen", { bubbles: true, detail: place }));
  }

  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest(".figure-mark");
    if (pressed) choose(pressed, places.get(pressed));
  });

  // --- the marks of the picture itself (figure.js draws them) --------------------------------------

  const heard = new WeakSet(); // plots

  // As it stands in the data: figure.js keeps plotly from reading markup in it.
  const unquoted = (text) => (typeof text === "string" ? text.replace(/&lt;/g, "<").replace(/&amp;/g, "&") : text);

  function placeOf(point) {
    const trace = point.data;
    if (trace.type === "pie") return { key: unquoted(point.label) };
    if (trace.type === "heatmap") return { key: unquoted(point.x), down: unquoted(point.y) };
    const lying = trace.orientation === "h";
    const keys = trace.text && trace.mode === "markers" ? trace.text : lying ? trace.y : trace.x;
    return { key: unquoted(keys[point.pointNumber]), series: trace.meta };
  }

  function listen(host) {
    const plot = "figureMarks" in host.dataset && host.querySelector(".figure-plot");
    if (!plot || heard.has(plot) || !plot.on) return;
    heard.add(plot);
    plot.on("plotly_click", ({ points }) => choose(plot, placeOf(points[0])));
  }

  new MutationObserver((changes) => changes.forEach(({ target }) => listen(target))).observe(document.documentElement, {
    attributeFilter: ["data-drawn"], attributes: true, subtree: true,
  });

  // --- from button to button -------------------------------------------------------------------------

  const STEPS = {
    ArrowDown: (at) => at + 1, ArrowUp: (at) => at - 1, PageDown: (at) => at + 10, PageUp: (at) => at - 10, Home: () => 0, End: () => Infinity,
  };

  document.addEventListener("keydown", (event) => {
    const step = event.target.matches(".figure-mark") && !event.ctrlKey && !event.altKey && !event.metaKey && STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...event.target.closest("table").querySelectorAll(".figure-mark")];
    all[Math.max(0, Math.min(step(all.indexOf(event.target)), all.length - 1))].focus();
  });

  document.addEventListener("focusin", ({ target }) => {
    if (!target.matches(".figure-mark")) return;
    target.closest("table").querySelectorAll(".figure-mark[tabindex='0']").forEach((other) => (other.tabIndex = -1));
    target.tabIndex = 0;
  });

  dash.marks = { table, choose };
})();
