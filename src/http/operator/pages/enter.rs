//! A link that brings a session that was prepared for somebody into their browser: how `mcnd demo` opens its dashboard.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};

use crate::http::{
    ClientAddress, Faces, Problem,
    operator::{cookie, guard::is_of_another_site},
    path::Path,
};

/// `GET /enter/{secret}`: once, from this machine alone, and not by a link of another site.
pub(in crate::http::operator) async fn enter(
    State(faces): State<Arc<Faces>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let app = &faces.app;
    if let Some(own) = cookie::session(&headers)
        && app.session_caller(own, address).await?.is_some()
    {
        return Ok(Redirect::to("/").into_response());
    }
    let trusted = address.is_loopback() && !is_of_another_site(&headers);
    let session = if trusted {
        app.take_up_session(&secret, address).await?
    } else {
        None
    };
    let session = session.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "this link is not good, or no longer: it opens once, on the machine that printed it",
        )
    })?;
    let keep = [(SET_COOKIE, cookie::keep(&session.secret))];
    Ok((keep, Redirect::to("/")).into_response())
}
