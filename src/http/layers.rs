//! What happens around every request: its id, its limits, its answer's last touches.

use std::{any::Any, fmt, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    Router,
    body::HttpBody as _,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt as _;
use ipnet::IpNet;
use metrics::counter;
use tokio::time::timeout;
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, predicate::SizeAbove},
};

use super::{
    Limits, Problem,
    body::timed,
    names::PANICS,
    refusals::{refusal, unknown_path, wrong_method},
    seen::Seen,
};

/// How long a client should wait after an answer that took too long.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// Smaller answers are sent as they are.
const MIN_COMPRESSED_BYTES: u64 = 1024;
/// Of gzip and of zstd: beyond it, time grows faster than what is saved.
const COMPRESSION_LEVEL: i32 = 3;

/// What the requests of one listener have in common.
pub struct Gate {
    /// The label of metrics and log lines: `public` or `operator`.
    pub face: &'static str,
    /// Its limits.
    pub limits: Limits,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Makes the id of a request; ids that clients send are not taken.
    pub request_ids: Box<dyn Fn() -> String + Send + Sync>,
}

/// Puts the common layers around a router that has all its routes, and gives it its fallbacks.
///
/// From outside in: id, log line and metrics; refusals; time and panics; compression; the routes.
pub fn dress(router: Router, gate: Gate) -> Router {
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(compression())
        .layer(from_fn_with_state(Arc::new(gate), pass))
}

fn compression() -> CompressionLayer<SizeAbove> {
    CompressionLayer::new()
        .quality(CompressionLevel::Precise(COMPRESSION_LEVEL))
        .compress_when(SizeAbove::new(MIN_COMPRESSED_BYTES))
}

async fn pass(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let id = (gate.request_ids)();
    let mut seen = Seen::new(gate.face, id, &mut request, &gate.trusted_proxies);
    let mut response = match refusal(&request, gate.limits.max_url_bytes) {
        Some(problem) => problem.into_response(),
        None => answer(&gate.limits, request, next).await,
    };
    seen.settle(&mut response);
    response
}

/// The routes' answer, whether they give one or not.
async fn answer(limits: &Limits, request: Request, next: Next) -> Response {
    let sending = if request.body().is_end_stream() {
        Duration::ZERO
    } else {
        limits.body_timeout
    };
    let request = request.map(|body| timed(body, limits.body_idle_timeout, limits.body_timeout));
    let routes = AssertUnwindSafe(next.run(request)).catch_unwind();
    match timeout(limits.request_timeout + sending, routes).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            counter!(PANICS).increment(1);
            Problem::internal(words(&*panic)).into_response()
        }
        Err(_elapsed) => Problem::busy(RETRY_AFTER)
            .with_cause("no answer within `server.request_timeout`")
            .into_response(),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("without words"))
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("face", &self.face)
            .field("limits", &self.limits)
            .field("trusted_proxies", &self.trusted_proxies)
            .finish_non_exhaustive()
    }
}
