// Small histograms: elements with data-bars, a JSON list of [words, count]. The highest bar fills the height.
(function () {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = 56;
  const STEP = 10; // width of a bar with its gap; the drawing is stretched to the card
  const count = new Intl.NumberFormat("en-US");

  function part(tag, attributes) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  function bar([words, amount], place, highest) {
    const group = part("g", { class: "bar" });
    const height = amount ? Math.max(1.5, (amount / highest) * HEIGHT) : 0;
    const title = part("title", {});
    title.textContent = `${words}: ${count.format(amount)}`;
    group.append(
      title,
      part("rect", { class: "bar-hit", x: place * STEP, y: 0, width: STEP, height: HEIGHT }),
      part("rect", { class: "bar-mark", x: place * STEP + 0.5, y: HEIGHT - height, width: STEP - 1, height }),
    );
    return group;
  }

  function draw(place) {
    const bars = JSON.parse(place.dataset.bars);
    const highest = Math.max(1, ...bars.map(([, amount]) => amount));
    const svg = part("svg", { viewBox: `0 0 ${bars.length * STEP} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.append(...bars.map((each, index) => bar(each, index, highest)));
    place.replaceChildren(svg);
    place.dataset.drawn = place.dataset.bars.length;
  }

  function drawNew() {
    document.querySelectorAll("[data-bars]:not([data-drawn])").forEach(draw);
  }

  new MutationObserver(drawNew).observe(document.documentElement, { childList: true, subtree: true });
  drawNew();
})();
