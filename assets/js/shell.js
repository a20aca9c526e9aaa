// The frame in the browser: going to a page and arriving there, dialogs, the drawer, messages, signing in again.
(function () {
  "use strict";
  const root = document.documentElement;
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const SIGNS = { positive: "circle-check", warning: "triangle-alert", critical: "circle-alert", neutral: "info" };
  const SECONDS = { positive: 6, neutral: 6, warning: 12 }; // a critical one stays until it is closed
  const NOT_PAGES = /^\/(api|assets|login|logout|download|upload|healthz|readyz|invitation|setup)(\/|$)/;

  // --- going to a page ---------------------------------------------------------------------------

  let shown = null; // the address on the screen
  let back = false; // whether Back or Forward brought us here
  let anchor = ""; // which part of the page a link named

  function push(href) {
    history.replaceState({ ...history.state, scroll: scrollY }, "");
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); // dcc.Location listens to it
  }

  function pageLink(event) {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
    return link.target || link.hasAttribute("download") || link.origin !== location.origin || NOT_PAGES.test(link.pathname) ? null : link;
  }

  document.addEventListener("click", (event) => {
    const link = pageLink(event);
    if (!link) return;
    if (link.hash && link.pathname === location.pathname && link.search === location.search) {
      afterDialog(() => reach(partCalled(link.hash))); // the browser itself has gone there, without the focus
      return;
    }
    event.preventDefault();
    back = false;
    anchor = link.hash;
    push(link.href);
  });

  window.addEventListener("popstate", () => {
    back = true;
    anchor = "";
  });

  function visit(href, rendered) {
    if (!href) return dash.no_update;
    const { pathname, search } = new URL(href);
    const address = pathname + search;
    const first = shown === null;
    const known = address === shown || (first && address === rendered);
    shown = address;
    if (first) requestAnimationFrame(begin);
    if (known) return dash.no_update;
    return fetched(href);
  }

  function fetched(href) {
    const { pathname, search } = new URL(href);
    root.dataset.travelling = "";
    return dash.bundles.ready(pathname).then(
      () => ({ address: pathname + search, at: Date.now() }),
      () => {
        dash.connection.missed(href);
        return dash.no_update;
      },
    );
  }

  // Asks for the page at the address in the bar once more.
  function again() {
    fetched(location.href).then((data) => data.at && dash.set_props("shell-visit", { data }));
  }

  // Writes an address that describes what the page already shows; Back returns to the one before. Who has left meanwhile stays where they went.
  function remember(address) {
    const here = location.pathname + location.search;
    const left = here !== shown || "travelling" in root.dataset || (address || "").split("?")[0] !== location.pathname;
    if (address === here || left) return;
    shown = address;
    push(address);
  }

  // --- arriving ----------------------------------------------------------------------------------

  let path = location.pathname; // of the page that had the focus last

  function name() {
    const title = document.querySelector("#main h1");
    if (title) document.title = title.textContent + " · AstralytiQ";
    return title;
  }

  // On a phone the last tabs lie outside of their row.
  function showTab() {
    document.querySelectorAll(".tab-link[aria-current]").forEach((tab) => {
      const row = tab.parentElement;
      if (tab.offsetLeft + tab.offsetWidth > row.scrollLeft + row.clientWidth) row.scrollLeft = tab.offsetLeft;
    });
  }

  function partCalled(hash) {
    try {
      return hash && document.getElementById(decodeURIComponent(hash.slice(1)));
    } catch {
      return null; // somebody wrote a % that stands for nothing
    }
  }

  function reach(part) {
    if (!part) return;
    part.scrollIntoView();
    part.focus({ preventScroll: true });
  }

  // One that closes gives the focus back to where it was opened.
  function afterDialog(action) {
    if (document.querySelector(".modal")) setTimeout(afterDialog, 50, action);
    else action();
  }

  function begin() {
    name();
    showTab();
    if (document.activeElement === document.body && !scrollY) reach(partCalled(location.hash)); // it was not there when the browser looked
    tellFold();
    window.early.live();
  }

  function arrive() {
    delete root.dataset.travelling;
    closeDrawer();
    showTab();
    const title = name();
    const part = partCalled(anchor);
    anchor = "";
    if (path === location.pathname && !part) return; // the same page with another query: whoever works in it keeps the focus
    path = location.pathname;
    window.scrollTo(0, (back && history.state && history.state.scroll) || 0);
    afterDialog(() => (part ? reach(part) : title && title.focus({ preventScroll: true })));
  }

  function arrived() {
    requestAnimationFrame(() => requestAnimationFrame(arrive)); // React has drawn by then
  }

  // --- dialogs and drawer: elements with data-opens, data-closes, data-drawer, data-sidebar, data-go --------------------------

  function marked(event, attribute) {
    const direct = event.target.closest(`[${attribute}]`);
    if (direct) return direct;
    const item = event.target.closest(".dropdown-item"); // Enter on a menu item hits the item, not the words in it
    return item && item.querySelector(`[${attribute}]`);
  }

  function open(id) {
    dash.set_props(id, { is_open: true });
  }

  document.addEventListener("click", (event) => {
    const opener = marked(event, "data-opens");
    const closer = marked(event, "data-closes");
    const drawer = event.target.closest("[data-drawer]");
    if (opener) open(opener.dataset.opens);
    if (closer) dash.set_props(closer.dataset.closes, { is_open: false });
    if (drawer && drawer !== root) (drawer.dataset.drawer === "open" ? openDrawer : closeDrawer)();
    if (event.target.closest("[data-sidebar=toggle]")) fold();
    if (event.target.closest("[data-go=back]")) history.back();
  });

  function openDrawer() {
    root.dataset.drawer = "open";
    document.querySelector(".frame").inert = true;
    document.querySelector(".navigation a").focus();
  }

  function closeDrawer() {
    if (!root.dataset.drawer) return;
    delete root.dataset.drawer;
    document.querySelector(".frame").inert = false;
    document.querySelector(".drawer-open button").focus();
  }

  function fold() {
    const folded = root.dataset.sidebar !== "folded";
    root.dataset.sidebar = folded ? "folded" : "";
    localStorage.setItem("sidebar", root.dataset.sidebar);
    tellFold();
  }

  function tellFold() {
    const button = document.querySelector("[data-sidebar=toggle]");
    if (button) button.setAttribute("aria-expanded", String(root.dataset.sidebar !== "folded"));
  }

  root.dataset.sidebar = localStorage.getItem("sidebar") || "";

  // --- messages ----------------------------------------------------------------------------------

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function card({ kind, header, text, href, again: offered }) {
    const made = element("div", `toast-card toast-${kind}`);
    if (kind === "critical") made.setAttribute("role", "alert");
    const words = element("div", "toast-words");
    words.append(element("strong", "toast-title", header), element("span", "toast-text", text));
    if (href) words.append(" ", Object.assign(element("a", "link", "Open"), { href }));
    if (offered) words.append(retry(made));
    const close = element("button", "btn btn-ghost btn-bare btn-sm");
    close.type = "button";
    close.append(element("span", "icon icon-x"), element("span", "visually-hidden", "Close message"));
    close.addEventListener("click", () => made.remove());
    made.append(element("span", `icon icon-${SIGNS[kind] || "info"}`), words, close);
    return made;
  }

  function retry(made) {
    const button = element("button", "btn btn-secondary btn-sm toast-again", "Try again");
    button.type = "button";
    button.addEventListener("click", () => {
      made.remove();
      again();
    });
    return button;
  }

  function leaveAfter(made, seconds) {
    let timer;
    const start = () => (timer = setTimeout(() => made.remove(), seconds * 1000));
    const stop = () => clearTimeout(timer);
    for (const event of ["mouseenter", "focusin"]) made.addEventListener(event, stop);
    for (const event of ["mouseleave", "focusout"]) made.addEventListener(event, start);
    start();
  }

  // A message: {kind, header, text, href}; with *again* it offers to ask for the page once more.
  function say(message) {
    const place = document.getElementById("shell-toasts");
    const made = card(message);
    place.append(made);
    if (SECONDS[message.kind]) leaveAfter(made, SECONDS[message.kind]);
    while (place.children.length > 4) place.firstElementChild.remove();
    return made;
  }

  // One message or several.
  function toast(messages) {
    [messages || []].flat().forEach(say);
    return dash.no_update;
  }

  // --- forms -------------------------------------------------------------------------------------

  function csrfToken() {
    const found = /(?:^|; )_csrf_token=([^;]*)/.exec(document.cookie);
    return found ? decodeURIComponent(found[1]) : "";
  }

  async function signInAgain(form) {
    const said = document.getElementById("shell-relogin-error");
    const answer = await fetch("/login", { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } }).catch(
      () => Response.json({ detail: "The server cannot be reached. Try again." }, { status: 503 }),
    );
    if (!answer.ok) {
      said.textContent = (await answer.json().catch(() => ({}))).detail || "That did not work. Try again.";
      return;
    }
    said.textContent = "";
    dash.set_props("shell-relogin-password", { value: "" });
    setTimeout(() => dash.set_props("relogin", { is_open: false }), 50); // the input must still be there when it is emptied
    toast({ kind: "positive", header: "Signed in again", text: "Repeat the last step, it was not done." });
  }

  document.addEventListener(
    "submit",
    (event) => {
      const token = event.target.querySelector("input[name=csrf_token]");
      if (token) token.value = csrfToken();
      if (event.target.id !== "shell-relogin-form") return;
      event.preventDefault();
      signInAgain(event.target);
    },
    true,
  );

  dash.shell = { visit, arrived, again, say, toast, remember, open, closeDrawer, fold };
})();
