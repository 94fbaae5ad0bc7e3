//! What happens around every request: its id, its limits, its answer's last touches.

use std::{fmt, panic::AssertUnwindSafe, sync::Arc, time::Duration};

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
use tracing::Instrument as _;

use super::{
    Limits, Problem,
    body::timed,
    refusals::{refusal, unknown_path, wrong_method},
    seen::Seen,
};
use crate::{app::panic_words, fault_points, telemetry::PANICS};

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
    /// Paths to which files are sent.
    pub takes_files: &'static [&'static str],
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
    let span = seen.span();
    let mut response = match refusal(&request, gate.limits.max_url_bytes) {
        Some(problem) => problem.into_response(),
        None => answer(&gate, request, next).instrument(span.clone()).await,
    };
    seen.settle(&mut response);
    span.record("http.response.status_code", response.status().as_u16());
    response
}

/// The routes' answer, whether they give one or not.
async fn answer(gate: &Gate, request: Request, next: Next) -> Response {
    let limits = &gate.limits;
    let whole = if gate.takes_files.contains(&request.uri().path()) {
        limits.upload_timeout
    } else {
        limits.body_timeout
    };
    let sending = if request.body().is_end_stream() {
        Duration::ZERO
    } else {
        whole
    };
    let request = request.map(|body| timed(body, limits.body_idle_timeout, whole));
    let routes = async {
        fault_points::pass("http.request");
        next.run(request).await
    };
    let routes = AssertUnwindSafe(routes).catch_unwind();
    match timeout(limits.request_timeout + sending, routes).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            counter!(PANICS).increment(1);
            Problem::internal(format!("panic: {}", panic_words(&*panic))).into_response()
        }
        Err(_elapsed) => Problem::busy(RETRY_AFTER)
            .with_cause("no answer within `server.request_timeout`")
            .into_response(),
    }
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

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::{
        http::HeaderMap,
        routing::{get, post},
    };
    use tokio::io::AsyncWriteExt as _;

    use super::*;
    use crate::http::{
        BodyFault, ClientAddress, Encoding, Query, read_body,
        wire::{Running, SHORT, all_of, limits},
    };

    async fn unpack(headers: HeaderMap, body: axum::body::Body) -> Result<String, Problem> {
        let bytes = read_body(body, Encoding::of(&headers)?, 1_000_000).await?;
        Ok(format!("{} bytes", bytes.len()))
    }

    async fn paged(query: Query) -> Result<String, Problem> {
        Ok(query.one("page")?.unwrap_or("first").to_owned())
    }

    fn routes() -> Router {
        Router::new()
            .route("/fine", get(|| async { "fine" }))
            .route(
                "/feeds/{file}",
                get(|| async { "feed" }).post(|| async { "" }),
            )
            .route("/paged", get(paged))
            .route("/long", get(|| async { "word ".repeat(1000) }))
            .route("/unpack", post(unpack))
            .route("/upload", post(unpack))
            .route(
                "/who",
                get(|who: ClientAddress| async move { who.0.to_string() }),
            )
            .route("/stuck", get(std::future::pending::<String>))
            .route("/panic", get(panics))
    }

    async fn panics() -> &'static str {
        let path = std::hint::black_box("secret words");
        assert!(path.is_empty(), "{path}");
        "never"
    }

    async fn running() -> Running {
        Running::start(limits(), routes()).await
    }

    fn post_to(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        [head.as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_500_and_others_go_on() {
        let running = running().await;
        let (panic, fine) = tokio::join!(running.get("/panic", ""), running.get("/fine", ""));
        assert!(panic.starts_with("HTTP/1.1 500"), "{panic}");
        assert!(panic.contains("application/problem+json"), "{panic}");
        assert!(panic.contains("\"instance\":\"id-"), "{panic}");
        assert!(!panic.contains("secret words"), "{panic}");
        assert!(fine.ends_with("fine"), "{fine}");
        assert!(running.get("/fine", "").await.ends_with("fine"));
    }

    #[tokio::test]
    async fn a_file_may_take_longer_than_another_body() {
        let limits = Limits {
            body_timeout: SHORT,
            ..limits()
        };
        let running = Running::start(limits, routes()).await;
        let begin = |path| {
            let (whole, end) = (post_to(path, "", b"ab"), b"b".len());
            let running = &running;
            async move {
                let mut stream = running.connect().await;
                stream.write_all(&whole[..whole.len() - end]).await.unwrap();
                stream
            }
        };
        let (mut file, mut other) = tokio::join!(begin("/upload"), begin("/unpack"));
        let said = all_of(&mut other).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        file.write_all(b"b").await.unwrap();
        let said = all_of(&mut file).await;
        assert!(said.ends_with("2 bytes"), "{said}");
    }

    #[tokio::test]
    async fn every_answer_has_an_id_of_ours_and_the_safety_headers() {
        let running = running().await;
        let said = running.get("/fine", "X-Request-Id: theirs\r\n").await;
        assert!(said.contains("x-request-id: id-1\r\n"), "{said}");
        assert!(!said.contains("theirs"), "{said}");
        assert!(
            said.contains("x-content-type-options: nosniff\r\n"),
            "{said}"
        );
        assert!(said.contains("referrer-policy: no-referrer\r\n"), "{said}");
    }

    #[tokio::test]
    async fn unknown_paths_and_wrong_methods_are_told_apart() {
        let running = running().await;
        let unknown = running.get("/nowhere", "").await;
        assert!(unknown.starts_with("HTTP/1.1 404"), "{unknown}");
        assert!(unknown.contains("\"title\":\"Not Found\""), "{unknown}");
        let ask = |line: &str| {
            running.ask(format!(
                "{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            ))
        };
        for line in ["DELETE /feeds/a.xml", "TRACE /feeds/a.xml"] {
            let said = ask(line).await;
            assert!(said.starts_with("HTTP/1.1 405"), "{line}: {said}");
            assert!(said.contains("allow: GET,HEAD,POST\r\n"), "{line}: {said}");
        }
        for line in ["TRACE /nowhere", "CONNECT a.example:80"] {
            let said = ask(line).await;
            assert!(said.starts_with("HTTP/1.1 405"), "{line}: {said}");
            assert!(said.contains("allow: \r\n"), "{line}: {said}");
        }
    }

    #[tokio::test]
    async fn head_has_the_headers_of_get_and_no_body() {
        let running = running().await;
        let ask = |path: &str| {
            running.ask(format!(
                "HEAD {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            ))
        };
        let fine = ask("/fine").await;
        assert!(
            fine.starts_with("HTTP/1.1 200") && fine.ends_with("\r\n\r\n"),
            "{fine}"
        );
        assert!(fine.contains("content-length: 4\r\n"), "{fine}");
        let unknown = ask("/nowhere").await;
        assert!(
            unknown.starts_with("HTTP/1.1 404") && unknown.ends_with("\r\n\r\n"),
            "{unknown}"
        );
    }

    #[tokio::test]
    async fn odd_addresses_are_refused() {
        let running = running().await;
        for (path, status) in [
            ("/feeds/a%00.xml", "400"),
            ("/feeds/%zz.xml", "400"),
            ("/feeds/%ff", "400"),
            ("/paged?page=1&page=2", "400"),
            ("/paged?page=1&x=1&x=2", "200"),
            ("/feeds/../x", "404"),
            ("/feeds/a%2fb.xml", "200"),
        ] {
            let said = running.get(path, "").await;
            assert!(
                said.starts_with(&format!("HTTP/1.1 {status}")),
                "{path}: {said}"
            );
        }
        let long = running
            .get(&format!("/fine?{}", "x".repeat(9000)), "")
            .await;
        assert!(long.starts_with("HTTP/1.1 414"), "{long}");
    }

    #[tokio::test]
    async fn packed_bodies_are_counted_unpacked() {
        let running = running().await;
        let pack = |bytes: usize| {
            let zeros = vec![0; bytes];
            let mut packed = Vec::new();
            let mut encoder = flate2::read::GzEncoder::new(&*zeros, flate2::Compression::best());
            encoder.read_to_end(&mut packed).unwrap();
            packed
        };
        let gzip = "Content-Encoding: gzip\r\n";
        let fits = running
            .ask(post_to("/unpack", gzip, &pack(1_000_000)))
            .await;
        assert!(fits.ends_with("1000000 bytes"), "{fits}");
        let bomb = running.ask(post_to("/unpack", gzip, &pack(64 << 20))).await;
        assert!(bomb.starts_with("HTTP/1.1 413"), "{bomb}");
        let broken = running.ask(post_to("/unpack", gzip, b"[]")).await;
        assert!(broken.starts_with("HTTP/1.1 400"), "{broken}");
        for odd in [
            "Content-Encoding: br\r\n",
            "Content-Encoding: gzip, gzip\r\n",
        ] {
            let said = running.ask(post_to("/unpack", odd, b"[]")).await;
            assert!(said.starts_with("HTTP/1.1 415"), "{said}");
            assert!(
                said.contains(&BodyFault::UnknownEncoding.to_string()),
                "{said}"
            );
        }
    }

    #[tokio::test]
    async fn long_answers_are_packed_when_asked_and_short_ones_never() {
        let running = running().await;
        let plain = running.get("/long", "").await;
        assert!(plain.contains("content-length: 5000\r\n"), "{plain}");
        let zstd = running.get("/long", "Accept-Encoding: zstd\r\n").await;
        assert!(zstd.contains("content-encoding: zstd\r\n"), "{zstd}");
        let short = running
            .get("/fine", "Accept-Encoding: gzip, zstd\r\n")
            .await;
        assert!(!short.contains("content-encoding"), "{short}");
    }

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_503() {
        let limits = Limits {
            request_timeout: SHORT,
            ..limits()
        };
        let running = Running::start(limits, routes()).await;
        let said = running.get("/stuck", "").await;
        assert!(said.starts_with("HTTP/1.1 503"), "{said}");
        assert!(said.contains("retry-after: 30\r\n"), "{said}");
    }

    #[tokio::test]
    async fn handlers_know_the_client_behind_a_trusted_proxy_only() {
        let forwarded = "X-Forwarded-For: 192.0.2.7\r\n";
        let stranger = running().await;
        assert!(stranger.get("/who", forwarded).await.ends_with("127.0.0.1"));
        let proxies = vec!["127.0.0.1/32".parse().unwrap()];
        let behind = Running::start_with(limits(), routes(), proxies).await;
        assert!(behind.get("/who", forwarded).await.ends_with("192.0.2.7"));
    }
}
