// Big scripts that only some pages need: loaded once, before the page that needs them is asked for.
(function () {
  "use strict";
  const known = JSON.parse(document.getElementById("bundles").textContent);
  const loading = new Map(); // address -> Promise
  const here = (address, attribute) => [...document.querySelectorAll(`[${attribute}]`)].some((each) => each.getAttribute(attribute) === address);

  function element(tag, properties) {
    return new Promise((resolve, reject) => {
      const made = Object.assign(document.createElement(tag), properties);
      made.onload = () => resolve();
      made.onerror = () => reject(new Error(`Could not load ${properties.src || properties.href}`));
      document.head.append(made);
    });
  }

  function once(address, attribute, make) {
    if (!loading.has(address)) loading.set(address, here(address, attribute) ? Promise.resolve() : make());
    const promise = loading.get(address);
    promise.catch(() => loading.delete(address)); // asked for again, tried again
    return promise;
  }

  function load(name) {
    const { scripts, styles } = known.bundles[name];
    return Promise.all([
      ...styles.map((href) => once(href, "href", () => element("link", { rel: "stylesheet", href }))),
      ...scripts.map((src) => once(src, "src", () => element("script", { src, async: false }))),
    ]);
  }

  function ready(path) {
    const names = new Set(known.routes.filter(([pattern]) => new RegExp(pattern).test(path)).flatMap(([, names]) => names));
    return Promise.all([...names].map(load));
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.bundles = { ready };
})();
