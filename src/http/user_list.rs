//! The list that tells Dailymotion of every creator and where their feed is.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use super::{ClientAddress, Faces, Presented, Problem, Query, document, entry::admit_crawler};
use crate::app::{ListRequest, Visitor};

const TYPE: &str = "application/json; charset=utf-8";

/// `GET /users.json`
pub(super) async fn show_user_list(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let presented = Presented::in_headers(&headers);
    show(&faces, "", client, &query, &headers, &presented).await
}

/// `GET /c/{secret}/users.json`: feeds are named under the same secret.
pub(super) async fn show_user_list_by_secret(
    State(faces): State<Arc<Faces>>,
    Path(secret): Path<String>,
    client: ClientAddress,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let under = format!("/c/{secret}");
    let presented = Presented::Path(secret);
    show(&faces, &under, client, &query, &headers, &presented).await
}

async fn show(
    faces: &Arc<Faces>,
    under: &str,
    client: ClientAddress,
    query: &Query,
    headers: &HeaderMap,
    presented: &Presented,
) -> Result<Response, Problem> {
    let credential = admit_crawler(faces, client, headers, presented)?;
    let page = query.one("page")?.map_or(Ok(1), str::parse::<u32>);
    let page = page.map_err(|_odd| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "`page` must be a whole number from 1 up",
        )
    })?;
    let base = document::base(&faces.app.config(), under);
    let list = faces.app.open_user_list(ListRequest { page, base }).await?;
    if document::is_unchanged(headers, Some(&list.etag), None) {
        faces.app.user_list_unchanged(credential);
        return Ok(document::unchanged(Some(&list.etag)));
    }
    let visitor = Visitor {
        credential,
        address: client.0.to_string(),
        user_agent: document::user_agent(headers),
    };
    let answer_headers = document::headers(TYPE, Some(&list.etag));
    let chunks = faces.app.read_user_list(list, Some(visitor));
    Ok((answer_headers, document::streamed(chunks)).into_response())
}
