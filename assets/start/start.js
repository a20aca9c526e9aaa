// What happens first: the picture of the page, then, once it is painted, the scripts; Dash is handed what came with the page instead of
// letting it ask, and its page takes the place of the picture.
(function () {
  "use strict";
  const inline = { "_dash-layout": "first-layout", "_dash-dependencies": "first-dependencies" };
  const PATIENCE_MS = 3000; // for charts that cannot be drawn, because nobody sees them yet
  const UNSEEN_MS = 500;
  const read = (id) => document.getElementById(id).textContent;
  const opening = JSON.parse(read("opening"));
  const entry = document.getElementById("react-entry-point");

  function show() {
    const picture = window.pictureOf(JSON.parse(read("first-layout")));
    entry.after(picture);
    new MutationObserver((_changes, observer) => {
      if (!entry.querySelector(":scope > :not(._dash-loading, ._dash-loading-callback)")) return;
      observer.disconnect();
      queueMicrotask(() => window.early.replace(picture)); // after figure.js has seen the page and moved what is drawn
    }).observe(entry, { childList: true, subtree: true });
  }

  function hand() {
    const ask = window.fetch;
    const handing = function (address, ...rest) {
      const name = String(address && address.url ? address.url : address).split("?")[0].split("/").pop();
      const element = document.getElementById(inline[name]);
      if (!element) return ask.call(window, address, ...rest);
      const text = element.textContent;
      element.remove();
      if (window.fetch === handing && !Object.values(inline).some((id) => document.getElementById(id))) window.fetch = ask;
      return Promise.resolve(new Response(text, { status: 200, headers: { "Content-Type": "application/json" } }));
    };
    window.fetch = handing;
  }

  function load(sources) {
    return Promise.all(
      sources.map(
        (src) =>
          new Promise((resolve, reject) => {
            document.head.append(Object.assign(document.createElement("script"), { src, async: false, onload: resolve, onerror: reject }));
          }),
      ),
    );
  }

  // Not named in the head: the browser would compile them while it has the style sheet to read, and paint later.
  function fetchAhead(sources) {
    for (const href of sources.splice(0)) {
      document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "script", href }));
    }
  }

  // Charts in the picture come before Dash: they are what the page was opened for.
  function drawn() {
    const until = performance.now() + PATIENCE_MS;
    return new Promise((resolve) => {
      (function look() {
        const waits = document.querySelector("#picture [data-figure]:not([data-drawn])");
        if (waits && performance.now() < until) setTimeout(look, 4);
        else resolve();
      })();
    });
  }

  async function start() {
    await load(opening.first);
    await drawn();
    await load(opening.then);
    window.renderer = new DashRenderer();
  }

  function fail() {
    const words = document.createElement("p");
    words.setAttribute("role", "alert");
    words.textContent = "A part of this page did not arrive. Load it again.";
    entry.replaceChildren(words);
  }

  // After two frames the picture is on the screen; a tab in the background has no frames, so a timer does as well.
  function painted() {
    return Promise.race([
      new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      new Promise((resolve) => setTimeout(resolve, UNSEEN_MS)),
    ]);
  }

  const wanted = [...opening.first, ...opening.then];
  const style = performance.getEntriesByType("resource").find((each) => each.name.includes("/app.css"));
  if (style && !style.transferSize) fetchAhead(wanted); // it was in the cache, and so are they
  if (opening.picture) show();
  hand();
  painted()
    .then(() => fetchAhead(wanted))
    .then(start)
    .catch(fail);
})();
