// Shows the API's document. Requests that are tried go to this listener alone, with the session of whoever reads.
"use strict";

SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#reader",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
});

// What Swagger UI leaves out for those who do not see, or do not point.
new MutationObserver(() => {
  for (const button of document.querySelectorAll(".copy-to-clipboard button:not([aria-label])")) {
    button.setAttribute("aria-label", "Copy");
  }
  for (const code of document.querySelectorAll(".highlight-code pre:not([tabindex]), pre.example:not([tabindex]), .highlight-code .microlight:not([tabindex])")) {
    code.tabIndex = 0;
  }
}).observe(document.getElementById("reader"), { childList: true, subtree: true });
