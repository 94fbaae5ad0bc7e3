//! What every answer of the operators' face tells browsers, refusals and unknown addresses included.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};

use crate::http::Faces;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Everything a page needs is its own: no script within it, nothing from elsewhere, nobody frames it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// With `no-referrer` a form would be sent with `Origin: null`.
const PROTECTIONS: [(HeaderName, HeaderValue); 5] = [
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
];
/// A year, in seconds.
const TLS_ALONE: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the protections to an answer. Where the request came over TLS, browsers are told to come no other way.
pub(in crate::http) async fn protect(
    State(faces): State<Arc<Faces>>,
    request: Request,
    next: Next,
) -> Response {
    let over_tls = came_over_tls(&faces, request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in PROTECTIONS {
        headers.insert(name, value);
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(POLICY);
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if over_tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, TLS_ALONE);
    }
    response
}

/// Whether a request came over TLS as far as the proxy in front.
pub(super) fn came_over_tls(faces: &Faces, headers: &HeaderMap) -> bool {
    let told = headers.get(X_FORWARDED_PROTO);
    faces.app.config().server.behind_proxy && told.is_some_and(|scheme| scheme == "https")
}
