"use strict";

// The documentation page: the description beside it, drawn by vendored files only.
window.addEventListener("DOMContentLoaded", () => {
  window.SwaggerUIBundle({
    url: document.getElementById("api-docs").dataset.openapi,
    dom_id: "#api-docs",
    deepLinking: true,
    validatorUrl: null,
    persistAuthorization: false,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
});
