//! A collector of traces: keeps what it is sent.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, routing::post};

/// What a collector was sent.
#[derive(Clone, Default)]
pub(crate) struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    /// Takes OTLP over HTTP at `/v1/traces`.
    pub(crate) fn router(&self) -> Router {
        let kept = self.clone();
        let take =
            move |body: Bytes| async move { kept.0.lock().unwrap().extend_from_slice(&body) };
        Router::new().route("/v1/traces", post(take))
    }

    /// Everything that it was sent.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    /// Whether it was sent these words; names and values are plain text in its messages.
    pub(crate) fn holds(&self, words: &str) -> bool {
        let kept = self.bytes();
        kept.windows(words.len())
            .any(|bytes| bytes == words.as_bytes())
    }
}
