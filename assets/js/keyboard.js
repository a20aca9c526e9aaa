// Keys: layouts/shell.py lists them for people under "?".
(function () {
  "use strict";
  const GO = { h: "/", d: "/data", c: "/charts", b: "/dashboards", m: "/models", j: "/jobs" };
  const PATIENCE_MS = 1200;
  let leader = 0; // when G was pressed
  let typed = null; // since the search was asked for, and until its input has the focus

  function isTyping(target) {
    return target.matches("input, textarea, select, [contenteditable]") || target.closest(".ag-root, .grid-stack-item");
  }

  function isBusy() {
    return document.querySelector(".modal.show");
  }

  function go(key) {
    const link = document.querySelector(`.navigation a[href="${GO[key]}"]`);
    if (link) link.click(); // not there: the role may not open it
  }

  function openSearch() {
    write("");
    window.dash_clientside.shell.open("search-dialog");
    setTimeout(() => (typed = null), PATIENCE_MS);
  }

  // A chart, on its own page or in the tile that has the focus, becomes a table with its marks, and a chart again.
  function turn() {
    const held = document.activeElement;
    const chart = held.closest(".board-tile") || document.getElementById("chart-preview");
    const button = chart && chart.querySelector("[data-figure-action=table]");
    if (!button) return;
    button.click();
    const mark = chart.querySelector(".figure-table:not([hidden]) .figure-mark[tabindex='0']");
    (mark || chart.querySelector("button:not(.figure-mark)")).focus();
  }

  function write(text) {
    typed = text;
    window.dash_clientside.set_props("search-text", { value: text });
  }

  function single(event) {
    const now = performance.now();
    const follows = now - leader < PATIENCE_MS;
    leader = 0;
    if (follows && GO[event.key]) return () => go(event.key);
    if (event.key === "?") return () => window.dash_clientside.shell.open("shell-shortcuts");
    if (event.key === "[") return () => window.dash_clientside.shell.fold();
    if (event.key === "/") return openSearch;
    if (event.key === "t") return turn;
    if (event.key === "g") leader = now;
    return null;
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!isBusy()) openSearch();
      return;
    }
    if (event.key === "Escape") window.dash_clientside.shell.closeDrawer();
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isBusy()) return;
    const act = typed !== null && event.key.length === 1 ? () => write(typed + event.key) : single(event);
    if (!act) return;
    event.preventDefault();
    act();
  });

  // --- in the search dialog: arrows walk the results, Enter opens the first, typing goes on -------------

  function step(hits, from, key) {
    if (key === "ArrowDown") return hits[Math.min(hits.indexOf(from) + 1, hits.length - 1)];
    return hits[hits.indexOf(from) - 1] || document.getElementById("search-text");
  }

  // Whoever types fast presses Enter before the answer to the last letter is there.
  function openFirst(text, until) {
    const answer = document.querySelector("#search-results > [data-answers]");
    const hit = answer && answer.dataset.answers === text && answer.querySelector(".search-hit");
    if (hit) hit.click();
    else if (performance.now() < until) setTimeout(openFirst, 30, text, until);
  }

  document.addEventListener("keydown", (event) => {
    const dialog = event.target.closest(".search-dialog");
    if (!dialog) return;
    const hits = [...dialog.querySelectorAll(".search-hit")];
    const input = document.getElementById("search-text");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = hits.length && step(hits, event.target, event.key);
      if (next) next.focus();
    } else if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      openFirst(input.value.trim(), performance.now() + PATIENCE_MS * 4);
    } else if (event.target !== input && (event.key.length === 1 || event.key === "Backspace") && !event.ctrlKey && !event.metaKey) {
      input.focus();
    }
  });

  // react-bootstrap gives the focus to the dialog; the search wants it in its input.
  document.addEventListener("focusin", (event) => {
    if (event.target.id === "search-text") typed = null;
    if (event.target.matches(".search-dialog.modal")) document.getElementById("search-text").focus();
    if (event.target.matches(".modal") && event.target.querySelector("#shell-relogin-password")) document.getElementById("shell-relogin-password").focus();
  });
})();
