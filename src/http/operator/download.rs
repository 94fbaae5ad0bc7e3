//! Files that are written while they are sent.

use axum::{
    http::{
        HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

use crate::{app::Pieces, http::document::streamed};

/// An export as a file of this type and name. An error on its way breaks the connection, so that half of it is never taken
/// for the whole.
pub(super) fn download(kind: &'static str, name: &'static str, pieces: Pieces) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let mut response = streamed(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}
