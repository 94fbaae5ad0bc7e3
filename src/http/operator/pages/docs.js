// Shows the API's document. Requests that are tried go to this listener alone, with the session of whoever reads.
"use strict";

SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#reader",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
});
