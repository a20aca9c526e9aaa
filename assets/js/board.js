// A dashboard in the browser: the filter editor, and, at the address that ends in /edit, tiles that are moved and resized by mouse and
// keyboard. React owns the tiles; GridStack gets them anew whenever React has added or removed one.
(function () {
  "use strict";
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const ROW = 64; // pixels; assets/board.css has the same
  const LEAST = 2;
  const narrow = matchMedia("(max-width: 767px)");
  const get = (id) => document.getElementById(id);
  const board = () => document.querySelector(".board.grid-stack");

  // --- the filter editor: opens under what was pressed --------------------------------------------------

  function openEditor(under) {
    const editor = get("filter-editor");
    editor.popover = "auto";
    editor.showPopover();
    const place = under.getBoundingClientRect();
    editor.style.left = `${Math.max(8, Math.min(place.left, innerWidth - editor.offsetWidth - 8))}px`;
    editor.style.top = `${place.bottom + 4}px`;
    find("");
    requestAnimationFrame(() => get("filter-column").focus());
  }

  function find(text) {
    const box = get("filter-find");
    if (box && !text) box.value = "";
    document.querySelectorAll("#filter-values .form-check").forEach((each) => {
      each.hidden = !each.textContent.toLowerCase().includes(text.toLowerCase());
    });
  }

  document.addEventListener("click", (event) => {
    const pill = event.target.closest("[data-filter-edit]");
    const add = event.target.closest("#filter-add");
    if (pill) dash.set_props("filter-column", { value: pill.dataset.filterEdit });
    if (pill || add) openEditor(pill || add);
    if (event.target.closest("#filter-apply")) get("filter-editor").hidePopover();
  });

  document.addEventListener("input", (event) => {
    if (event.target.id === "filter-find") find(event.target.value);
  });

  // --- tiles say that they wait; the last picture stays ------------------------------------------------

  function wait(waits) {
    document.querySelectorAll(".board-tile").forEach((tile) => {
      if (waits && tile.dataset.state !== "loading") {
        tile.dataset.answered = tile.dataset.state;
        tile.dataset.state = "loading";
      } else if (!waits && tile.dataset.answered) {
        if (tile.dataset.state === "loading") tile.dataset.state = tile.dataset.answered; // else React has said what came
        delete tile.dataset.answered;
      }
    });
  }

  const root = document.documentElement;
  const dashboardOf = (path) => (/^\/dashboards\/\d+$/.exec(path) || [null])[0];
  new MutationObserver(() => {
    const stays = "travelling" in root.dataset && dashboardOf(location.pathname) && document.querySelector(".board");
    wait(Boolean(stays));
  }).observe(root, { attributeFilter: ["data-travelling"] });

  // --- the rows behind a mark (marks.js) ----------------------------------------------------------------

  document.addEventListener("mark-chosen", ({ target, detail }) => {
    const tile = target.closest(".board-tile");
    const isTouched = target.matches(".figure-plot") && matchMedia("(pointer: coarse)").matches; // to read the tooltip
    if (tile && !isTouched) dash.set_props("dashboard-mark", { data: { ...detail, tile: Number(tile.dataset.tile), at: Date.now() } });
  });

  // --- arranging: state --------------------------------------------------------------------------------

  let grid = null;
  let base = 0; // the revision that we started from
  let known = []; // the places that the server holds
  let past = [];
  let future = [];
  let asked = null; // what was sent and is not answered yet
  let queue = []; // what is to be sent after that
  let refused = []; // charts that were not added; all else that is not saved is in `known`
  let opened = 0; // when the page that we arrange was made
  let quiet = false; // while we ourselves put tiles into their places

  const number = (tile, name) => Number(tile.getAttribute(`gs-${name}`) || (name === "w" || name === "h" ? 1 : 0));

  function places() {
    return [...board().querySelectorAll(":scope > .board-tile")].map((tile) => ({
      id: Number(tile.dataset.tile), chart_id: Number(tile.dataset.chart),
      x: number(tile, "x"), y: number(tile, "y"), w: number(tile, "w"), h: number(tile, "h"),
    }));
  }

  const sameAs = (some, others) => JSON.stringify(sorted(some)) === JSON.stringify(sorted(others));
  const sorted = (some) => [...some].sort((a, b) => a.y - b.y || a.x - b.x || (a.id || 0) - (b.id || 0));

  // --- arranging: asking the server, one change at a time -----------------------------------------------

  function ask(change) {
    if (asked) {
      const last = queue[queue.length - 1];
      if (last && !last.add && !change.add) change.force = queue.pop().force || change.force; // only where it came to rest counts
      queue.push(change);
      return;
    }
    asked = change;
    state("Saving");
    const { places, add, force } = change;
    dash.set_props("dashboard-arranged", { data: { base: force ? null : base, places: places, add: add, shown: shownTiles(), at: Date.now() } });
  }

  const shownTiles = () => [...board().querySelectorAll(":scope > .board-tile")].map((tile) => Number(tile.dataset.tile));

  function save(wanted, force) {
    ask({ places: wanted, force: force });
  }

  function remember() {
    past.push(known);
    future = [];
    tools();
  }

  function changed() {
    const now = places();
    if (quiet || sameAs(now, known)) return;
    remember();
    known = now;
    save(now);
  }

  function step(from, to) {
    if (!from.length || asked) return;
    to.push(known);
    known = from.pop();
    arrange(known);
    save(known);
    tools();
  }

  const undo = () => step(past, future);
  const redo = () => step(future, past);

  // The server has answered, or failed to: called when dashboard-saved or dashboard-saving changes.
  function saved(answer, saving) {
    if (!answer) return dash.no_update;
    if (answer.gone) return end();
    if (answer.at && answer.at !== opened) start(answer);
    else if (answer.revision !== base) accept(answer);
    else if (!saving && asked) waitFor(asked);
    return asked ? "Saving" : "Saved";
  }

  function accept(answer) {
    base = answer.revision;
    asked = null;
    get("board-unsaved").hidden = true;
    if (queue.length) ask(queue.shift());
    else known = answer.places;
    settle();
  }

  // Somebody has deleted the dashboard, and what is drawn in its place says so: there is nothing left to save to.
  function end() {
    [past, future, queue, refused] = [[], [], [], []];
    asked = null;
    get("board-unsaved").hidden = true;
    settle();
    return "Deleted";
  }

  function waitFor(change) {
    setTimeout(() => asked === change && failed(), 300); // the answer itself may come right after the news that it came
  }

  function failed() {
    const lost = [asked, ...queue];
    refused.push(...lost.filter(({ add }) => add).map(({ add }) => add));
    queue = [];
    asked = null;
    if (lost.some(({ force }) => force) && !lost[0].force) return keep(); // decided while it was on its way
    get("board-unsaved").hidden = false;
    state("Not saved");
  }

  function keep() {
    save(known, true);
    refused.splice(0).forEach((add) => ask({ places: known, add: add }));
  }

  function state(words) {
    dash.set_props("board-state", { children: words });
  }

  // --- arranging: GridStack ------------------------------------------------------------------------------

  function start(answer) {
    opened = answer.at;
    base = answer.revision;
    known = answer.places;
    [past, future, queue, refused] = [[], [], [], []];
    asked = null;
    whenDrawn(rebuild);
  }

  function whenDrawn(action) {
    requestAnimationFrame(() => requestAnimationFrame(action));
  }

  // React has drawn what the server answered: take other tiles over.
  function settle() {
    whenDrawn(() => {
      const held = new Set(grid ? grid.engine.nodes.map((node) => node.el) : []);
      const tiles = board() ? [...board().querySelectorAll(":scope > .board-tile")] : [];
      if (tiles.length !== held.size || tiles.some((tile) => !held.has(tile))) rebuild();
    });
  }

  function rebuild() {
    if (grid) grid.destroy(false);
    grid = null;
    const here = board();
    if (!here || !window.GridStack) return;
    tools();
    if (narrow.matches || !here.querySelector(".board-tile")) return;
    put(here);
    grid = GridStack.init({
      cellHeight: ROW, margin: 6, column: 12, float: true, minRow: 4, animate: false, alwaysShowResizeHandle: true,
      draggable: { handle: ".tile-head", cancel: ".menu" }, resizable: { handles: "e,se,s,sw,w" },
    }, here);
    grid.on("change", changed);
    grid.on("resizestop dragstop", (_, tile) => announce(tile));
  }

  // The places that the server holds, as GridStack reads them.
  function put(here) {
    here.querySelectorAll(":scope > .board-tile").forEach((tile) => {
      const place = known.find((each) => each.id === Number(tile.dataset.tile));
      if (!place) return;
      for (const name of ["x", "y", "w", "h"]) tile.setAttribute(`gs-${name}`, place[name]);
      tile.setAttribute("gs-id", place.id);
      tile.setAttribute("gs-min-w", LEAST);
      tile.setAttribute("gs-min-h", LEAST);
    });
  }

  function arrange(wanted) {
    if (!grid) return;
    quiet = true;
    grid.batchUpdate();
    for (const place of wanted) {
      const tile = board().querySelector(`[data-tile="${place.id}"]`);
      if (tile) grid.update(tile, { x: place.x, y: place.y, w: place.w, h: place.h });
    }
    grid.batchUpdate(false);
    quiet = false;
  }

  function tools() {
    const set = (id, off) => get(id) && (get(id).disabled = off);
    set("board-undo", !past.length);
    set("board-redo", !future.length);
  }

  narrow.addEventListener("change", () => board() && rebuild());

  // --- arranging: keyboard, buttons ----------------------------------------------------------------------

  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function announce(tile) {
    const at = (name) => number(tile, name);
    const text = `${tile.dataset.name}: column ${at("x") + 1}, row ${at("y") + 1}, ${at("w")} columns wide, ${at("h")} rows high.`;
    get("board-announcer").textContent = text;
  }

  function press(event, tile) {
    const move = MOVES[event.key];
    if (event.key === "Delete" || event.key === "Backspace") remove(tile);
    else if (move && grid) {
      const [right, down] = move;
      const node = tile.gridstackNode;
      if (event.shiftKey) grid.update(tile, { w: Math.max(LEAST, Math.min(12 - node.x, node.w + right)), h: Math.max(LEAST, node.h + down) });
      else grid.update(tile, { x: Math.max(0, Math.min(12 - node.w, node.x + right)), y: Math.max(0, node.y + down) });
      announce(tile);
    } else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (!board()) return;
    const inField = event.target.closest("input, textarea, select, .modal");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !inField) {
      event.preventDefault();
      (event.shiftKey ? redo : undo)();
    } else if (event.target.matches(".board-tile") && !event.ctrlKey && !event.altKey && !event.metaKey) press(event, event.target);
  });

  function remove(tile) {
    const wanted = known.filter((each) => each.id !== Number(tile.dataset.tile));
    get("board-announcer").textContent = `${tile.dataset.name} removed.`;
    remember();
    known = wanted;
    save(wanted);
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!board()) return;
    const chosen = target.closest("[data-board-add]");
    const item = target.closest(".dropdown-item"); // Enter on a menu item hits the item, not the words in it
    const button = target.closest("[data-board-action]") || (item && item.querySelector("[data-board-action]"));
    const action = button && button.dataset.boardAction;
    if (chosen) {
      remember();
      ask({ places: known, add: Number(chosen.dataset.boardAdd) });
      get("board-announcer").textContent = `${chosen.dataset.name} added.`;
    } else if (action === "remove") remove(button.closest(".board-tile"));
    else if (action === "keep") keep();
    else if (action === "load") location.reload();
    else if (target.closest("#board-undo")) undo();
    else if (target.closest("#board-redo")) redo();
  });

  // The filters are being applied, or no longer.
  function busy(waits) {
    wait(Boolean(waits));
  }

  dash.board = { saved, busy };
})();
