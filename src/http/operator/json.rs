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

const TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// What a route of the API answers.
pub(super) type Answer<T> = Result<Json<T>, Problem>;

/// A JSON answer.
pub(super) struct Json<T> {
    value: T,
    status: StatusCode,
    tag: Option<String>,
}

impl<T> Json<T> {
    /// 200 with a value.
    pub(super) fn of(value: T) -> Self {
        Self {
            value,
            status: StatusCode::OK,
            tag: None,
        }
    }

    /// 201 with what was made.
    pub(super) fn made(value: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            ..Self::of(value)
        }
    }

    /// 202 with what goes on in the background.
    pub(super) fn accepted(value: T) -> Self {
        Self {
            status: StatusCode::ACCEPTED,
            ..Self::of(value)
        }
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
