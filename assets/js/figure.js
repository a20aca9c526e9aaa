// Draws every element with data-figure (layouts/figure.py) with window.Plotly, in the colours of the theme,
// and draws it again when the figure, the theme or the size changes. React owns the element; what is inside is ours.
(function () {
  "use strict";

  const TOKEN = /^var\((--[\w-]+)\)(?:\s*\/\s*([\d.]+))?$/;
  const LETTERS = 24; // of a label on an axis, in a legend or beside a part; the tooltip has them all
  const SHARE = 0.45; // of the width, at most, for the labels beside the marks
  const LETTER = 6.6; // pixels, as the pictures are made with
  const LINES = 3; // of the title of an axis
  const LINE = 15; // pixels
  const EDGE = 34; // pixels around them, the title of the axis among them
  const DATA = new Set(["x", "y", "z", "text", "customdata", "labels", "values", "ticktext", "tickvals", "categoryarray"]);
  const CONFIG = { displayModeBar: false, displaylogo: false, responsive: false, showTips: false, doubleClick: "reset" };
  const BUDGET_MS = 40; // of drawing before the browser may answer a click
  const hosts = new Map(); // element -> {json, plot, width, height}
  const waiting = new Set();
  let scheduled = false;

  // --- colours -----------------------------------------------------------------------------------

  function palette() {
    const style = getComputedStyle(document.documentElement);
    const known = new Map();
    return function (name) {
      if (!known.has(name)) known.set(name, style.getPropertyValue(name).trim());
      return known.get(name);
    };
  }

  function withOpacity(colour, opacity) {
    const hex = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(colour);
    return hex ? `rgba(${hex.slice(1).map((part) => parseInt(part, 16)).join(",")},${opacity})` : colour;
  }

  function resolved(value, token) {
    if (typeof value === "string") {
      const found = TOKEN.exec(value);
      if (!found) return value;
      const colour = token(found[1]) || "#888888";
      return found[2] ? withOpacity(colour, found[2]) : colour;
    }
    if (Array.isArray(value)) return value.map((each) => resolved(each, token));
    if (value === null || typeof value !== "object") return value;
    const copy = {};
    for (const [key, each] of Object.entries(value)) copy[key] = key === "name" || DATA.has(key) ? quoted(each) : resolved(each, token);
    return copy;
  }

  // What comes from data is text, never the markup that plotly reads in it. assets/js/chart.js reads it back.
  function quoted(value) {
    if (Array.isArray(value)) return value.some((each) => typeof each === "string") ? value.map(quoted) : value;
    return typeof value === "string" ? value.replace(/&/g, "&amp;").replace(/</g, "&lt;") : value;
  }

  // In a template: neither markup nor a placeholder.
  const literal = (text) => (typeof text === "string" ? quoted(text).replace(/%\{/g, "%&#123;") : text);

  // plotly would write in the tooltip what stands at the axis, cut.
  function namedWhole(trace) {
    if (typeof trace.hovertemplate !== "string") return trace;
    if (trace.type === "heatmap") return cellsNamedWhole(trace);
    const at = (x, y) => trace.hovertemplate.replace(/%\{([xy])\}/g, (given, key) => {
      const name = key === "x" ? x : y;
      return typeof name === "string" ? literal(name) : given;
    });
    return { ...trace, hovertemplate: trace.x.map((x, i) => at(x, trace.y[i])) };
  }

  // plotly takes one template for all cells of a heat map.
  function cellsNamedWhole(trace) {
    const own = trace.customdata;
    const moved = trace.hovertemplate.replace(/%\{customdata/g, "%{customdata[2]");
    const template = moved.replace(/%\{x\}/g, "%{customdata[0]}").replace(/%\{y\}/g, "%{customdata[1]}");
    const cells = trace.y.map((y, i) => trace.x.map((x, j) => [quoted(x), quoted(y), own && own[i][j]]));
    return { ...trace, customdata: cells, hovertemplate: template };
  }

  function short(text, most = LETTERS) {
    return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
  }

  // On a phone they leave most of the width to the marks.
  function roomFor(layout, width) {
    const letters = Math.max(8, Math.min(LETTERS, Math.floor((SHARE * width - EDGE) / LETTER)));
    if (layout.yaxis.type === "category") layout.margin.l = Math.min(layout.margin.l, EDGE + LETTER * letters);
    return letters;
  }

  // Long labels push no marks aside: they end in an ellipsis.
  function shortened(data, layout, width) {
    let isCut = false;
    for (const [axis, key, most] of [["xaxis", "x", LETTERS], ["yaxis", "y", roomFor(layout, width)]]) {
      if (!layout[axis] || layout[axis].type !== "category") continue;
      const long = data.flatMap((trace) => trace[key] || []).filter((each) => typeof each === "string" && each.length > most);
      isCut = isCut || long.length > 0;
      if (long.length) layout[axis].labelalias = Object.fromEntries(long.map((each) => [quoted(each), quoted(short(each, most))]));
    }
    return (isCut ? data.map(namedWhole) : data).map((trace) => {
      const whole = trace.name ? { ...trace, name: short(trace.name), meta: trace.name } : trace;
      return trace.type === "pie" && !trace.text ? { ...whole, text: trace.labels.map((label) => short(label)) } : whole;
    });
  }

  function merged(under, over) {
    const both = { ...under };
    for (const [key, value] of Object.entries(over || {})) {
      const plain = value !== null && typeof value === "object" && !Array.isArray(value);
      both[key] = plain && typeof both[key] === "object" && both[key] !== null ? merged(both[key], value) : value;
    }
    return both;
  }

  // Long titles of axes go on in more lines; the tooltip has what even those have no room for.
  function broken(title, room) {
    const most = Math.max(12, Math.floor(room / LETTER));
    const lines = [""];
    for (const word of title.split(/\s+/).flatMap((each) => each.match(new RegExp(`.{1,${most}}`, "gu")) || [])) {
      const last = lines[lines.length - 1];
      if (last && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
      else if (last) lines.push(word);
      else lines[0] = word;
    }
    if (lines.length <= LINES) return lines;
    return [...lines.slice(0, LINES - 1), short(`${lines.slice(LINES - 1).join(" ")} `.padEnd(most + 1), most)];
  }

  function wrapped(axis, room) {
    const text = axis && axis.title && axis.title.text;
    if (typeof text !== "string" || text.length * LETTER <= room) return 0;
    const lines = broken(text, room);
    axis.title.text = lines.join("\n"); // markup comes when the text has been quoted
    return (lines.length - 1) * LINE;
  }

  function withLongTitles(figure, width, height) {
    const { margin, xaxis, yaxis } = figure.layout;
    margin.b += wrapped(xaxis, width - margin.l - margin.r - (LINES - 1) * LINE); // the other title may take as much
    const tall = height - margin.t - margin.b;
    margin.l += wrapped(yaxis, tall);
    for (const { colorbar } of figure.data) wrapped(colorbar, tall);
    return figure;
  }

  function inLines(figure) {
    for (const each of [figure.layout.xaxis, figure.layout.yaxis, ...figure.data.map((trace) => trace.colorbar)]) {
      if (each && each.title && each.title.text) each.title.text = each.title.text.replace(/\n/g, "<br>");
    }
    return figure;
  }

  function themed(figure, width = Infinity, height = Infinity) {
    const axis = {
      gridcolor: "var(--line)", linecolor: "var(--line)", tickcolor: "var(--line)", zerolinecolor: "var(--line-strong)",
      zerolinewidth: 1, tickfont: { color: "var(--ink-muted)" }, title: { font: { color: "var(--ink-muted)", size: 12 }, standoff: 6 },
      exponentformat: "B", separatethousands: true,
    };
    const under = {
      autosize: true,
      margin: { l: 56, r: 16, t: 12, b: 44 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: "var(--ink-muted)" },
      colorway: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `var(--series-${n})`),
      hoverlabel: { bgcolor: "var(--surface-raised)", bordercolor: "var(--line-strong)", font: { color: "var(--ink)", size: 12 }, align: "left", namelength: -1 },
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", font: { color: "var(--ink)" } },
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      xaxis: {}, yaxis: {},
    };
    const layout = merged(under, figure.layout);
    for (const key of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(key)) layout[key] = merged(axis, layout[key]);
    }
    const bar = { tickfont: { color: "var(--ink-muted)", size: 12 }, title: { font: { color: "var(--ink-muted)", size: 12 } }, exponentformat: "B" };
    const data = figure.data.map((trace) => (trace.colorbar ? { ...trace, colorbar: merged(bar, trace.colorbar) } : trace));
    return inLines(resolved(withLongTitles({ data: shortened(data, layout, width), layout: layout }, width, height), palette()));
  }

  // --- drawing -----------------------------------------------------------------------------------

  function draw(host) {
    const known = hosts.get(host);
    if (!host.isConnected || !host.clientWidth || !host.clientHeight) return; // the ResizeObserver comes back to it
    const figure = themed(JSON.parse(known.json), host.clientWidth, host.clientHeight);
    known.width = host.clientWidth;
    known.height = host.clientHeight;
    Object.assign(figure.layout, { width: known.width, height: known.height });
    if (!known.plot) {
      known.plot = document.createElement("div");
      known.plot.className = "figure-plot";
      host.appendChild(known.plot);
      Plotly.newPlot(known.plot, figure.data, figure.layout, CONFIG);
    } else {
      Plotly.react(known.plot, figure.data, figure.layout, CONFIG);
    }
    host.dataset.drawn = "";
    const table = tableOf(host);
    if (table && !table.hidden) fillTable(host, table);
  }

  function drawWaiting() {
    scheduled = false;
    if (!window.Plotly) return; // the bundle's load event comes back to it
    const started = performance.now();
    for (const host of inView(waiting)) {
      waiting.delete(host);
      draw(host);
      if (performance.now() - started > BUDGET_MS) break;
    }
    if (waiting.size) schedule();
  }

  function inView(some) {
    const visible = (host) => host.getBoundingClientRect().top < innerHeight;
    return [...some].sort((a, b) => visible(b) - visible(a));
  }

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    setTimeout(drawWaiting, 0);
  }

  function want(host) {
    waiting.add(host);
    schedule();
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const known = hosts.get(target);
      if (known && (known.width !== target.clientWidth || known.height !== target.clientHeight)) want(target);
    }
  });

  function look(host) {
    const json = host.getAttribute("data-figure");
    const known = hosts.get(host);
    if (!json || (known && known.json === json)) return;
    if (known) known.json = json;
    else if (takeOver(host, json)) return;
    want(host);
  }

  // What was drawn for an element that goes moves into the one that takes its place, so that nothing flashes. True when it is the same
  // figure; else the last one stays until the new one is drawn.
  function takeOver(host, json) {
    const other = leaving(host, json);
    const known = other ? hosts.get(other) : {};
    const same = known.json === json;
    if (other) {
      sizes.unobserve(other);
      hosts.delete(other);
      waiting.delete(other);
      host.append(known.plot);
    }
    hosts.set(host, { ...known, json: json });
    sizes.observe(host);
    if (same) host.dataset.drawn = "";
    return same;
  }

  // An element with that figure, else one of that title, which is gone or part of the picture before Dash has started (assets/start).
  function leaving(host, json) {
    const goes = (other) => !other.isConnected || (other.closest("#picture") && !host.closest("#picture"));
    const found = [...hosts].filter(([other, { plot }]) => plot && goes(other));
    const same = found.find(([, known]) => known.json === json) || found.find(([other]) => other.dataset.figureTitle === host.dataset.figureTitle);
    return same && same[0];
  }

  function lookWithin(node) {
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node.matches("[data-figure]")) look(node);
    if (node.matches("[data-rows]")) writeRows(node);
    node.querySelectorAll("[data-figure]").forEach(look);
    node.querySelectorAll("[data-rows]").forEach(writeRows);
  }

  function forgetGone() {
    for (const [host, known] of hosts) {
      if (host.isConnected) continue;
      sizes.unobserve(host);
      hosts.delete(host);
      waiting.delete(host);
      if (known.plot) Plotly.purge(known.plot);
    }
  }

  // --- tables of many rows (data-rows) -----------------------------------------------------------

  function writeRows(into) {
    const { headings, cells, exact } = JSON.parse(into.getAttribute("data-rows"));
    const cell = (tag, text, isNumber) => Object.assign(document.createElement(tag), { textContent: text, className: isNumber ? "number" : "" });
    const table = document.createElement("table");
    table.className = "figure-own-table";
    const head = table.createTHead().insertRow();
    headings.forEach(([name, isNumber]) => head.appendChild(Object.assign(cell("th", name, isNumber), { scope: "col" })));
    const body = table.createTBody();
    cells.forEach((row, i) => {
      const line = body.insertRow();
      row.forEach((text, j) => {
        const made = line.appendChild(cell("td", text, headings[j][1]));
        if (exact[i] && exact[i][j]) made.title = exact[i][j];
      });
    });
    into.replaceChildren(table);
  }

  // --- as a table, as a picture ------------------------------------------------------------------

  function scopeOf(element) {
    return element.closest("[data-figure-scope]") || element.closest(".figure");
  }

  function tableOf(host) {
    const figure = host.closest(".figure");
    return figure && figure.querySelector(":scope > .figure-table");
  }

  function fillTable(host, into) {
    if (into.firstElementChild && !into.firstElementChild.matches(".figure-own-table")) return; // the page brought its own
    into.replaceChildren(window.dash_clientside.marks.table(JSON.parse(hosts.get(host).json), "figureMarks" in host.dataset));
  }

  function toggleTable(host, button) {
    const table = tableOf(host);
    table.hidden = !table.hidden;
    host.hidden = !table.hidden;
    if (!table.hidden) fillTable(host, table);
    const words = button.querySelector(".face-label") || button;
    words.textContent = table.hidden ? "Show as table" : "Show as chart";
    if (table.hidden) want(host);
  }

  function download(host, format) {
    const title = host.dataset.figureTitle || "Chart";
    const known = hosts.get(host);
    const size = { width: Math.max(known.width || 0, 640), height: Math.max(known.height || 0, 360) };
    const { data, layout } = themed(JSON.parse(known.json), size.width, size.height);
    const token = palette();
    const note = host.dataset.figureNote;
    const lines = broken(title, (size.width - layout.margin.l - layout.margin.r) / 1.5); // its letters are as much larger
    const room = (note ? 48 : 28) + 20 * lines.length; // above the marks, for the title
    const subtitle = note ? { subtitle: { text: quoted(note), font: { size: 12, color: token("--ink-muted") } } } : {};
    const place = { x: 0, xref: "paper", xanchor: "left", y: 1, yanchor: "top", pad: { t: 8 + 6 * lines.length } };
    const picture = merged(layout, {
      title: { text: lines.map(quoted).join("<br>"), ...place, font: { size: 16, color: token("--ink") }, ...subtitle },
      paper_bgcolor: token("--surface-raised") || token("--surface"),
      margin: { t: (layout.margin.t || 12) + room },
    });
    Plotly.downloadImage({ data: data, layout: picture, config: CONFIG }, {
      format: format, filename: title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "chart",
      width: size.width, height: size.height + room, scale: format === "png" ? 2 : 1,
    });
  }

  document.addEventListener("click", (event) => {
    const item = event.target.closest(".dropdown-item"); // Enter on a menu item hits the item, not the words in it
    const button = event.target.closest("[data-figure-action]") || (item && item.querySelector("[data-figure-action]"));
    const scope = button && scopeOf(button);
    const host = scope && scope.querySelector("[data-figure]");
    if (!host || !hosts.has(host)) return;
    const action = button.dataset.figureAction;
    if (action === "table") toggleTable(host, button);
    else if (window.Plotly) download(host, action);
  });

  // --- what to watch -----------------------------------------------------------------------------

  new MutationObserver((changes) => {
    let gone = false;
    for (const change of changes) {
      if (change.attributeName === "data-figure") look(change.target);
      if (change.attributeName === "data-rows") writeRows(change.target);
      change.addedNodes.forEach(lookWithin);
      gone = gone || change.removedNodes.length > 0;
    }
    if (gone) forgetGone();
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-figure", "data-rows"] });

  new MutationObserver(() => hosts.forEach((_, host) => want(host))).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });

  document.addEventListener("load", (event) => event.target.tagName === "SCRIPT" && waiting.size && schedule(), true);

  lookWithin(document.documentElement);
})();
