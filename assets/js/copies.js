// Buttons with data-copies="id": what stands in that input goes onto the clipboard.
(function () {
  "use strict";

  async function copy(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    throw new Error("no clipboard"); // over plain HTTP, away from this machine
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const input = document.getElementById(button.dataset.copies);
    const words = button.lastElementChild;
    copy(input.value).then(
      () => (words.textContent = "Copied"),
      () => {
        input.select();
        words.textContent = "Press Ctrl+C";
      },
    );
  });
})();
