//! A receiver of webhooks: keeps what it is sent, and answers as it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
use tokio_util::sync::DropGuard;

use super::site::serve;

/// Bytes that SHA-256 takes in one go.
const BLOCK: usize = 64;

/// A running receiver. Dropped, it stops.
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    _stop: DropGuard,
}

struct Shared {
    status: u16,
    retry_after: Option<&'static str>,
    received: Vec<Received>,
    /// Told of the next request, which is answered once the other one lets it.
    held: Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>,
    release: Option<oneshot::Sender<()>>,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Receiver {
    /// One that takes everything.
    pub(crate) async fn new() -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            status: 204,
            retry_after: None,
            received: Vec::new(),
            held: None,
            release: None,
        }));
        let router = Router::new().fallback(take).with_state(Arc::clone(&shared));
        let (address, stop) = serve(router).await;
        Self {
            address,
            shared,
            _stop: stop,
        }
    }

    /// Where it listens, under a path that holds a secret.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers with this status from now on.
    pub(crate) fn answers(&self, status: u16, retry_after: Option<&'static str>) {
        let mut shared = self.shared.lock().unwrap();
        (shared.status, shared.retry_after) = (status, retry_after);
    }

    /// Lets the next request wait for its answer until it is released; completes when it is there.
    pub(crate) fn hold(&self) -> impl Future<Output = ()> + use<> {
        let (arrives, arrived) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let mut shared = self.shared.lock().unwrap();
        shared.held = Some((arrives, released));
        shared.release = Some(release);
        async move { arrived.await.unwrap() }
    }

    /// Answers the request that is held.
    pub(crate) fn release(&self) {
        let release = self.shared.lock().unwrap().release.take();
        release.unwrap().send(()).unwrap();
    }

    /// What came so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.lock().unwrap().received.clone()
    }
}

impl Received {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether the signature is the one that this secret makes, computed from RFC 2104 and nothing of ours.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        let content = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        let pad = |with: u8| {
            let mut block = key.clone();
            block.resize(BLOCK, 0);
            for byte in &mut block {
                *byte ^= with;
            }
            block
        };
        let inner = Sha256::digest([&pad(0x36), content.as_bytes()].concat());
        let outer = Sha256::digest([&pad(0x5c), inner.as_slice()].concat());
        self.signature == format!("v1,{}", STANDARD.encode(outer))
    }
}

async fn take(
    State(shared): State<Arc<Mutex<Shared>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let held = shared.lock().unwrap().held.take();
    if let Some((arrives, released)) = held {
        arrives.send(()).unwrap();
        released.await.unwrap();
    }
    let mut shared = shared.lock().unwrap();
    shared.received.push(Received {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp"),
        signature: text("webhook-signature"),
        content_type: text("content-type"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let mut answer = StatusCode::from_u16(shared.status).unwrap().into_response();
    if let Some(seconds) = shared.retry_after {
        let seconds = seconds.parse().unwrap();
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    answer
}
