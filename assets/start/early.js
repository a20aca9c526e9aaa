// What is done to the picture before Dash has started is done to the page when it has: clicks and keys are kept, and the focus moves over.
(function () {
  "use strict";
  const FIELDS = ".form-control:not([type=hidden]), .form-select";
  const CONTROLS = `button, .btn, summary, label, a[href], ${FIELDS}`;
  let waiting = [];

  const words = (control) => (control.matches(FIELDS) ? "" : (control.getAttribute("aria-label") || control.textContent).trim());

  // A control of the picture is known by its words, and by how many with the same words stand before it; a field by its place alone.
  function twin(control, picture) {
    const said = words(control);
    const alike = (place) => [...place.querySelectorAll(said ? CONTROLS : FIELDS)].filter((each) => words(each) === said);
    const index = alike(picture).indexOf(control);
    return () => alike(document.getElementById("react-entry-point"))[index];
  }

  document.addEventListener(
    "click",
    (event) => {
      const picture = waiting && event.target.closest("#picture");
      const control = picture && event.target.closest(CONTROLS);
      if (!control || control.matches("a[href]")) return; // a link works by itself
      event.preventDefault();
      const find = twin(control, picture);
      waiting.push(() => {
        const found = find();
        if (!found) return; // the page is another by now
        found.focus();
        if (!found.matches(FIELDS)) found.click();
      });
    },
    true,
  );

  // Only what assets/js/keyboard.js listens to: the browser's own keys are the browser's.
  document.addEventListener(
    "keydown",
    (event) => {
      const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
      const command = ctrlKey || metaKey;
      if (!waiting || altKey || (command ? key.toLowerCase() !== "k" : key.length !== 1 || key === " ")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      waiting.push(() => {
        const target = document.activeElement || document.body;
        target.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, metaKey, shiftKey, bubbles: true, cancelable: true }));
      });
    },
    true,
  );

  window.early = {
    live() {
      const acts = waiting || [];
      waiting = null;
      acts.forEach((act) => act());
    },

    replace(picture) {
      const held = document.activeElement;
      const find = picture.contains(held) && held.matches(CONTROLS) ? twin(held, picture) : () => null;
      picture.remove();
      const found = find();
      if (found) found.focus({ preventScroll: true });
    },
  };
})();
