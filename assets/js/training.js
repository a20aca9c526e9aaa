// A training on its page: the ranking is drawn anew only when a model begins or is finished. In between only its bar moves, so that
// nothing flickers, the keyboard keeps its place, and what is marked stays marked.
(function () {
  "use strict";
  const dash = (window.dash_clientside = window.dash_clientside || {});

  // Read out once each: Dash would replace the earlier ones with every new one, and all would be read again.
  function announce(finished) {
    const log = document.getElementById("experiment-announced");
    const said = new Set([...log.children].map((line) => line.dataset.run));
    for (const [run, words] of finished) {
      if (said.has(String(run))) continue;
      const line = document.createElement("p");
      line.dataset.run = run;
      line.textContent = words;
      log.append(line);
    }
  }

  function move(place, { share, words }) {
    const bar = place.querySelector("[role=progressbar]");
    if (!bar) return; // just being drawn
    const percent = Math.round(share * 100);
    bar.setAttribute("aria-label", words);
    bar.setAttribute("aria-valuenow", percent);
    bar.firstElementChild.style.width = `${share * 100}%`;
    const [label, figures] = bar.previousElementSibling.children;
    label.textContent = words;
    figures.textContent = `${percent}\u00a0%`;
  }

  // The rows are new elements: the link that had the focus is found again by where it leads.
  function keepFocus(place) {
    const href = place.contains(document.activeElement) && document.activeElement.getAttribute("href");
    if (!href) return;
    const watching = new MutationObserver(() => {
      const link = [...place.querySelectorAll("a")].find((each) => each.getAttribute("href") === href);
      if (!link) return;
      watching.disconnect();
      link.focus({ preventScroll: true });
    });
    watching.observe(place, { childList: true, subtree: true });
  }

  function show(now) {
    const place = document.getElementById("experiment-ranking");
    if (!now || !place) return dash.no_update;
    announce(now.finished);
    if (place.dataset.key !== now.key) {
      place.dataset.key = now.key;
      keepFocus(place);
      return now.ranking;
    }
    if (now.training) move(place, now.training);
    return dash.no_update;
  }

  dash.training = { show };
})();
