// The theme menu: what is chosen holds at once here, and is kept with the account. The index sets the first one.
(function () {
  "use strict";

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-choose-theme]");
    if (!choice) return;
    document.documentElement.dataset.theme = choice.dataset.chooseTheme;
    window.dash_clientside.set_props("shell-theme", { data: choice.dataset.chooseTheme });
    choice.closest(".dropdown")?.querySelector(".btn").click();
  });
})();
