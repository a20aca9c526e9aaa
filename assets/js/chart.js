// The chart builder: a click on a mark asks for the rows behind it (figure.js draws; this listens to what it has drawn), and the
// control that somebody works with keeps the focus, and what is typed into it, when the form is drawn anew.
(function () {
  "use strict";
  const heard = new WeakSet();

  // As it stands in the data: figure.js keeps plotly from reading markup in it.
  const read = (text) => (typeof text === "string" ? text.replace(/&lt;/g, "<").replace(/&amp;/g, "&") : text);

  function placeOf(point) {
    const trace = point.data;
    if (trace.type === "pie") return { key: read(point.label) };
    if (trace.type === "heatmap") return { key: read(point.x), down: read(point.y) };
    const lying = trace.orientation === "h";
    const keys = trace.text && trace.mode === "markers" ? trace.text : lying ? trace.y : trace.x;
    return { key: read(keys[point.pointNumber]), series: trace.meta };
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

  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  let held = ""; // id of the control of the form that has the focus
  let typed = null; // what somebody wrote into it: {text, sent}; a form drawn from an older answer may not have it

  function addButtonOf(id) {
    const card = /"card":"(\w+)"/.exec(id);
    return card && document.getElementById(`{"card":"${card[1]}","index":0,"type":"chart-do","verb":"add"}`);
  }

  function refocus() {
    if (!held || document.activeElement !== document.body || !document.getElementById("chart-form")) return;
    const again = document.getElementById(held) || addButtonOf(held);
    if (!again) return;
    const wrote = again.id === held ? typed : null;
    again.focus({ preventScroll: true });
    if (!wrote || again.value === wrote.text) return;
    setValue.call(again, wrote.text); // React sees only what goes by the element's own setter
    again.dispatchEvent(new Event("input", { bubbles: true }));
    if (wrote.sent) setTimeout(() => send(again), 0); // React has taken it in by then
  }

  // An input is read when it is left.
  function send(input) {
    input.blur();
    input.focus({ preventScroll: true });
  }

  document.addEventListener("focusin", ({ target }) => {
    held = target.closest("#chart-form") ? target.id : "";
    typed = null;
  });

  document.addEventListener("input", ({ target }) => {
    if (held && target.id === held && target instanceof HTMLInputElement) typed = { text: target.value, sent: false };
  });

  document.addEventListener("keydown", ({ key }) => {
    if (key === "Enter" && typed) typed.sent = true;
  });

  new MutationObserver((changes) => {
    for (const change of changes) if (change.attributeName) listen(change.target);
    refocus();
  }).observe(document.documentElement, { attributeFilter: ["data-drawn"], attributes: true, childList: true, subtree: true });
})();
