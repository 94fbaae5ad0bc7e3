//! JSON answers, and the tags by which edits know what they change.

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, ETAG, IF_MATCH},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::http::Problem;

pub(super) const TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// What a route of the API answers.
pub(super) type Answer<T> = Result<Json<T>, Problem>;

/// A JSON answer.
pub(super) struct Json<T> {
    value: T,
    status: StatusCode,
    tag: Option<String>,
    secrets: &'static [&'static str],
}

/// The members of an answer that are told this once and kept nowhere.
#[derive(Clone, Copy)]
pub(super) struct Secrets(pub(super) &'static [&'static str]);

impl<T> Json<T> {
    /// 200 with a value.
    pub(super) fn of(value: T) -> Self {
        Self {
            value,
            status: StatusCode::OK,
            tag: None,
            secrets: &[],
        }
    }

    /// 201 with what was made.
    pub(super) fn made(value: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            ..Self::of(value)
        }
    }

    /// With these members told this once: an answer that is repeated later has null in their places.
    pub(super) fn telling_once(self, secrets: &'static [&'static str]) -> Self {
        Self { secrets, ..self }
    }

    /// With the edition of the thing as its tag, which an edit names with `If-Match`.
    pub(super) fn tagged(self, edition: &str) -> Self {
        Self {
            tag: Some(format!("\"{edition}\"")),
            ..self
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let body = match serde_json::to_vec(&self.value) {
            Ok(body) => body,
            Err(error) => return Problem::internal(error).into_response(),
        };
        let mut response = (self.status, [(CONTENT_TYPE, TYPE)], body).into_response();
        response.extensions_mut().insert(Secrets(self.secrets));
        if let Some(tag) = self.tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// The edition that an edit's caller has seen (RFC 9110 13.1.1); none when any will do.
///
/// # Errors
/// 428 without `If-Match`, 400 for several tags.
pub(super) fn edition(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(tag) = headers.get(IF_MATCH) else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "send the `ETag` of what you have seen as `If-Match`, or `*`",
        ));
    };
    let tag = tag.to_str().unwrap_or_default().trim();
    if tag == "*" {
        return Ok(None);
    }
    let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let one = inner.filter(|tag| !tag.contains('"'));
    one.map(|edition| Some(edition.to_owned()))
        .ok_or_else(|| Problem::bad_request("`If-Match` must be one `ETag` as it was sent, or `*`"))
}
