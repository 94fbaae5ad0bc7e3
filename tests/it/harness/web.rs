//! A site that others' feeds come from: one document that a test changes, and a count of who asked how.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::sync::watch;
use tokio_util::sync::DropGuard;

use super::site::serve;

/// A running site. Dropped, it stops.
pub(crate) struct Site {
    address: SocketAddr,
    shared: Shared,
    _stop: DropGuard,
}

type Shared = Arc<Served>;

struct Served {
    document: Mutex<Document>,
    /// Whether answers go out.
    answers: watch::Sender<bool>,
}

/// What the site answers with, whatever is asked.
struct Document {
    status: u16,
    body: String,
    etag: Option<String>,
    /// The credentials of each request, as they came, and whether it was conditional.
    asked: Vec<(Option<String>, bool)>,
}

impl Site {
    /// A site with this document.
    pub(crate) async fn new(body: impl Into<String>) -> Self {
        let shared = Arc::new(Served {
            document: Mutex::new(Document {
                status: 200,
                body: body.into(),
                etag: Some("\"1\"".to_owned()),
                asked: Vec::new(),
            }),
            answers: watch::Sender::new(true),
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let (address, stop) = serve(router).await;
        Self {
            address,
            shared,
            _stop: stop,
        }
    }

    /// The address of the document, in plain HTTP.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Puts another document in its place, with another tag.
    pub(crate) fn put(&self, body: impl Into<String>) {
        let mut document = self.shared.document.lock().unwrap();
        document.body = body.into();
        document.etag = Some(format!("\"{}\"", document.asked.len() + 2));
        document.status = 200;
    }

    /// Takes the tag away, so that every answer is whole.
    pub(crate) fn forget_tag(&self) {
        self.shared.document.lock().unwrap().etag = None;
    }

    /// Answers everything with this status.
    pub(crate) fn fail(&self, status: u16) {
        self.shared.document.lock().unwrap().status = status;
    }

    /// Lets whoever asks wait from now on, until it is told to answer again.
    pub(crate) fn answers(&self, at_once: bool) {
        self.shared.answers.send_replace(at_once);
    }

    /// The credentials of each request so far, and whether it was conditional.
    pub(crate) fn asked(&self) -> Vec<(Option<String>, bool)> {
        self.shared.document.lock().unwrap().asked.clone()
    }
}

async fn answer(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let text = |name| {
        let value = headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let known = text(header::IF_NONE_MATCH);
    let asked = (text(header::AUTHORIZATION), known.is_some());
    shared.document.lock().unwrap().asked.push(asked);
    let mut answers = shared.answers.subscribe();
    answers.wait_for(|at_once| *at_once).await.unwrap();
    let document = shared.document.lock().unwrap();
    let status = StatusCode::from_u16(document.status).unwrap();
    if known.is_some() && known == document.etag && status == StatusCode::OK {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let mut answer = (status, document.body.clone()).into_response();
    if let Some(etag) = &document.etag {
        answer
            .headers_mut()
            .insert(header::ETAG, etag.parse().unwrap());
    }
    answer
}
