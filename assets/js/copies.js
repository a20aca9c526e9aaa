// Buttons with data-copies="id": what stands in that input goes onto the clipboard.
(function () {
  "use strict";

  async function copy(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    throw new Error("no clipboard"); // over plain HTTP, away from this machine
  }

  // For a moment: React keeps the button when the next link is shown, and would keep these words with it.
  function say(button, text) {
    const words = button.lastElementChild;
    const before = (button.dataset.words = button.dataset.words || words.textContent);
    words.textContent = text;
    setTimeout(() => (words.textContent = before), 2500);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const input = document.getElementById(button.dataset.copies);
    copy(input.value).then(
      () => say(button, "Copied"),
      () => {
        input.select();
        say(button, "Press Ctrl+C");
      },
    );
  });
})();
