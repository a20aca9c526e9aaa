// The chart builder: a click on a mark asks for the rows behind it. figure.js draws; this listens to what it has drawn.
(function () {
  "use strict";
  const heard = new WeakSet();

  function placeOf(point) {
    const trace = point.data;
    if (trace.type === "pie") return { key: point.label };
    if (trace.type === "heatmap") return { key: point.x, down: point.y };
    if (trace.text && trace.mode === "markers") return { key: trace.text[point.pointNumber], series: trace.name };
    const keys = trace.orientation === "h" ? trace.y : trace.x;
    return { key: keys[point.pointNumber], series: trace.name };
  }

  function listen(host) {
    const plot = host.closest("#chart-preview") && host.querySelector(".figure-plot");
    if (!plot || heard.has(plot) || !plot.on) return;
    heard.add(plot);
    plot.on("plotly_click", ({ points }) => {
      const place = placeOf(points[0]);
      window.dash_clientside.set_props("chart-mark", { data: { ...place, at: Date.now() } });
    });
  }

  new MutationObserver((changes) => changes.forEach((change) => listen(change.target))).observe(document.documentElement, {
    attributeFilter: ["data-drawn"],
    attributes: true,
    subtree: true,
  });
})();
