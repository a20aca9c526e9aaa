// The chart builder: a mark that is chosen (marks.js) asks for the rows behind it, and the control that somebody works with keeps the
// focus, and what is typed into it, when the form is drawn anew.
(function () {
  "use strict";
  const dash = (window.dash_clientside = window.dash_clientside || {});
  let pressed = null; // the button of a table of marks that asked last, by which one comes back

  document.addEventListener("mark-chosen", ({ target, detail }) => {
    if (!target.closest("#chart-preview")) return;
    pressed = target.matches("button") ? target : null;
    dash.set_props("chart-mark", { data: { ...detail, at: Date.now() } });
  });

  // The rows are there: who asked by a button gets to them.
  function shown() {
    if (pressed) requestAnimationFrame(() => requestAnimationFrame(reach)); // React has drawn by then
    return dash.no_update;
  }

  function reach() {
    const rows = document.querySelector("#chart-behind .figure-rows");
    if (rows && document.activeElement === pressed) rows.focus();
  }

  document.addEventListener("keydown", ({ key, target }) => {
    if (key === "Escape" && pressed && target.closest("#chart-behind")) pressed.focus();
  });

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

  new MutationObserver(refocus).observe(document.documentElement, { attributeFilter: ["data-drawn"], attributes: true, childList: true, subtree: true });

  // The name in the dialog follows the chart until somebody gives one of their own, however late the answer comes.
  function propose(title, name, proposed) {
    return name && name !== proposed ? [dash.no_update, dash.no_update] : [title, title];
  }

  dash.chart = { shown, propose };
})();
