// Requests that fail, in words: Dash tells only the console. While the server is out of reach one message says so; what the page itself
// still lacks is asked for again when it is back. What a person did is not repeated: it may have been done, and only the answer be lost.
(function () {
  "use strict";
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const LOOK_MS = 2000;
  const UNREACHED = [502, 503, 504]; // a proxy in front answers for a server that does not
  const ask = window.fetch;
  let said = null; // the message that the server is out of reach
  let looking = false;
  let timer = 0;
  let lacking = false; // whether a page, or news that it waits for, did not come
  let undone = false; // whether something that a person did was not answered
  let leaving = false; // the browser ends the requests of a page that is left

  window.addEventListener("pagehide", () => (leaving = true));
  window.addEventListener("pageshow", () => (leaving = false));
  window.addEventListener("online", () => said && look());

  window.fetch = async function (address, options) {
    const asked = String((address && address.url) || address);
    if (!asked.includes("/_dash-update-component")) return ask.call(window, address, options);
    let answer;
    try {
      answer = await ask.call(window, address, options);
    } catch (error) {
      lost(purpose(asked, options));
      throw error;
    }
    if (UNREACHED.includes(answer.status)) lost(purpose(asked, options));
    else if (!answer.ok) refused(answer.clone(), purpose(asked, options));
    return answer;
  };

  // "wait": a page, what it asks for as soon as it is there, rows of a grid, progress; none of it changes anything. "watch": the frame looks
  // after jobs, and will again. "act": what a person did.
  function purpose(asked, options) {
    const { output = "", changedPropIds = [] } = JSON.parse((options && options.body) || "{}");
    if (/^\.*shell-jobs/.test(output)) return "watch";
    const waits = !changedPropIds.length || /^\.*shell-content\.|getRowsResponse/.test(output) || /[?&](job|cacheKey)=/.test(asked);
    return waits ? "wait" : "act";
  }

  const isThere = () => ask.call(window, "/healthz", { cache: "no-store" }).then(({ ok }) => ok, () => false);

  function lost(what) {
    lacking = lacking || what === "wait";
    undone = undone || what === "act";
    if (!said && !looking && !leaving) look();
  }

  async function look() {
    clearTimeout(timer);
    if (looking) return;
    looking = true;
    const there = await isThere();
    looking = false;
    if (leaving) return;
    if (there) found();
    else {
      said = said || dash.shell.say({ kind: "critical", header: "The server cannot be reached", text: prospect() });
      timer = setTimeout(look, LOOK_MS);
    }
  }

  function prospect() {
    if (undone) return "What stands on this page stays. Repeat the last step once it is back.";
    return lacking ? "The page is asked for again once it is back." : "What stands on this page stays.";
  }

  function found() {
    const advice = undone ? "Repeat the last step if it is not done." : "You can go on.";
    if (said) dash.shell.say({ kind: "positive", header: "The server is back", text: advice });
    else if (undone) dash.shell.say({ kind: "warning", header: "Not done", text: `The connection broke. ${advice}` });
    if (said) said.remove();
    if (lacking) askAgain();
    [said, lacking, undone] = [null, false, false];
  }

  // A grid counts rows that never came as still coming, so it has to be made anew.
  function askAgain() {
    if (document.querySelector("#main .ag-root")) dash.set_props("shell-content", { children: null });
    dash.shell.again();
  }

  async function refused(answer, what) {
    const { title, detail } = await answer.json().catch(() => ({}));
    const text = detail || `The server answered with an error (${answer.status}). What stands on this page stays.`;
    if (what === "wait") delete document.documentElement.dataset.travelling;
    if ([...document.querySelectorAll(".toast-text")].some((each) => each.textContent === text)) return; // something asks every second
    dash.shell.say({ kind: "critical", header: title || "Not done", text, again: what === "wait" });
  }

  // A script of the page at *href* did not come: it is gone with an older version of the site, or the server is out of reach.
  async function missed(href) {
    if (await isThere()) location.assign(href);
    else lost("wait");
  }

  dash.connection = { missed };
})();
