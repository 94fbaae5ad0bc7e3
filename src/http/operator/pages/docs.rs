//! The page to read the API's document and to try it: Swagger UI, out of this program and from nowhere else.

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{IntoResponse, Response},
};
use utoipa_swagger_ui::{Config, serve};

use super::{asset, page};
use crate::http::{Problem, path::Path};

/// As for every page, but for the drawings that Swagger UI's own stylesheet holds as `data:`.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);
const STYLE: &str = include_str!("docs.css");
const SCRIPT: &str = include_str!("docs.js");

/// What is served of Swagger UI, byte for byte as it was released.
static RELEASED: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/api/openapi.json")));

#[derive(Template)]
#[template(path = "docs.html", config = "src/http/operator/pages/askama.toml")]
struct Docs;

/// `GET /api/docs`
pub(in crate::http::operator) async fn show() -> Response {
    ([(CONTENT_SECURITY_POLICY, POLICY)], page(&Docs)).into_response()
}

/// `GET /api/docs/{file}`
pub(in crate::http::operator) async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    match name.as_str() {
        "docs.css" => Ok(asset("text/css; charset=utf-8", STYLE)),
        "docs.js" => Ok(asset("text/javascript; charset=utf-8", SCRIPT)),
        "swagger-ui.css" => released(&name, "text/css; charset=utf-8"),
        "swagger-ui-bundle.js" => released(&name, "text/javascript; charset=utf-8"),
        _other => Err(Problem::new(StatusCode::NOT_FOUND, "there is no such file")),
    }
}

fn released(name: &str, kind: &'static str) -> Result<Response, Problem> {
    let found = serve(name, Arc::clone(&RELEASED)).ok().flatten();
    let missing = || Problem::new(StatusCode::NOT_FOUND, "there is no such file");
    Ok(asset(kind, found.ok_or_else(missing)?.bytes))
}
