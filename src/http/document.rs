//! What user list and feeds have in common as documents: addresses, validators, and bodies that break rather than lie.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, USER_AGENT},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc;

use super::conditional;
use crate::{app, config::Config, model::Timestamp};

/// Longer user agents are cut; nobody's is.
const USER_AGENT_CHARACTERS: usize = 200;

/// What every address in a document begins with: the public address, and the secret that the crawler came under.
pub(super) fn base(config: &Config, under: &str) -> String {
    let public = config
        .server
        .public_url
        .as_ref()
        .map_or("", url::Url::as_str);
    format!("{}{under}", public.trim_end_matches('/'))
}

/// How the client calls itself, without what could break a line.
pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(USER_AGENT)?.as_bytes()).into_owned();
    Some(
        text.chars()
            .filter(|character| !character.is_control())
            .take(USER_AGENT_CHARACTERS)
            .collect(),
    )
}

/// Whether the client has these very bytes. A document without a tag never counts as known.
pub(super) fn is_unchanged(
    headers: &HeaderMap,
    etag: Option<&str>,
    modified: Option<Timestamp>,
) -> bool {
    etag.is_some_and(|etag| conditional::is_unchanged(headers, etag, modified))
}

/// 304 with the headers that it must repeat.
pub(super) fn unchanged(etag: Option<&str>) -> Response {
    (StatusCode::NOT_MODIFIED, validators(etag)).into_response()
}

/// Headers of a document of this type.
pub(super) fn headers(kind: &'static str, etag: Option<&str>) -> HeaderMap {
    let mut headers = validators(etag);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers
}

fn validators(etag: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let mut add = |name: HeaderName, text: &str| {
        HeaderValue::from_str(text)
            .ok()
            .and_then(|value| headers.insert(name, value))
    };
    if let Some(etag) = etag {
        add(ETAG, etag);
    }
    headers
}

/// A moment as HTTP writes it (RFC 9110 5.6.7).
pub(super) fn http_date(moment: Timestamp) -> String {
    moment
        .to_utc()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// A body whose pieces are all there, so that its length is told ahead.
pub(super) struct Pieces {
    left: vec::IntoIter<Bytes>,
    bytes_left: u64,
}

impl From<Vec<Bytes>> for Pieces {
    fn from(pieces: Vec<Bytes>) -> Self {
        Self {
            bytes_left: pieces.iter().map(|piece| piece.len() as u64).sum(),
            left: pieces.into_iter(),
        }
    }
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.left.next();
        self.bytes_left -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.as_slice().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes_left)
    }
}

/// A body of pieces as they come. An error among them breaks the connection, so that half a document is never taken
/// for a whole one.
pub(super) fn streamed(pieces: mpsc::Receiver<app::Result<Bytes>>) -> Body {
    let pieces = stream::unfold(pieces, async |mut pieces| {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    });
    // Compression asks once more after the end.
    Body::from_stream(pieces.fuse())
}
