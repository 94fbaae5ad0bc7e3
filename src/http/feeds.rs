//! Feeds as Dailymotion reads them: one per creator.
//!
//! Nothing here decides which videos are listed; see `app::open_feed`.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{ClientAddress, Faces, Presented, Problem, Query, document, entry::admit_crawler};
use crate::app::{FeedBody, FeedRequest, Visitor};

const TYPE: &str = "application/rss+xml; charset=utf-8";

/// `GET /feeds/{creator}.xml`
pub(super) async fn show_feed(
    State(faces): State<Arc<Faces>>,
    Path(file): Path<String>,
    client: ClientAddress,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let presented = Presented::in_headers(&headers);
    show(&faces, &file, "", client, &query, &headers, &presented)
        .await
        .map_err(Problem::in_plain_text)
}

/// `GET /c/{secret}/feeds/{creator}.xml`
pub(super) async fn show_feed_by_secret(
    State(faces): State<Arc<Faces>>,
    Path((secret, file)): Path<(String, String)>,
    client: ClientAddress,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let under = format!("/c/{secret}");
    let presented = Presented::Path(secret);
    show(&faces, &file, &under, client, &query, &headers, &presented)
        .await
        .map_err(Problem::in_plain_text)
}

async fn show(
    faces: &Arc<Faces>,
    file: &str,
    under: &str,
    client: ClientAddress,
    query: &Query,
    headers: &HeaderMap,
    presented: &Presented,
) -> Result<Response, Problem> {
    let credential = admit_crawler(faces, client, headers, presented)?;
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "there is no such feed");
    let creator = file
        .strip_suffix(".xml")
        .and_then(|id| id.parse().ok())
        .ok_or_else(unknown)?;
    let after = query.one("after")?.map(str::parse).transpose();
    let after = after.map_err(|why| Problem::new(StatusCode::BAD_REQUEST, why))?;
    let base = document::base(&faces.app.config(), under);
    let mut feed = faces
        .app
        .open_feed(FeedRequest {
            creator,
            after,
            base,
        })
        .await?;
    let visitor = Visitor {
        credential,
        address: client.0.to_string(),
        user_agent: document::user_agent(headers),
    };
    if document::is_unchanged(headers, feed.etag.as_deref(), Some(feed.changed_at())) {
        faces.app.feed_unchanged(&feed, &visitor);
        return Ok(document::unchanged(feed.etag.as_deref()));
    }
    let body = match faces.app.read_feed(&mut feed, Some(visitor)).await? {
        FeedBody::Whole(pieces) => Body::new(document::Pieces::from(pieces)),
        FeedBody::Streamed(pieces) => document::streamed(pieces),
    };
    let modified = document::http_date(feed.changed_at());
    Ok((
        document::headers(TYPE, feed.etag.as_deref()),
        [(header::LAST_MODIFIED, modified)],
        body,
    )
        .into_response())
}
