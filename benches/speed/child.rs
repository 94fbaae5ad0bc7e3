//! The daemon as a process of its own: this very program, started with [`FLAG`].
//!
//! Beside the daemon it can serve routes that answer from constants, through the same layers and the same check of
//! credentials: what the daemon could reach at best.

use std::{
    io::{self, Read as _, Write as _},
    net::SocketAddr,
    sync::Arc,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use mcnd::{
    app::{self, Admission, App, FeedBody, FeedRequest},
    config::Config,
    daemon::{self, Listeners},
    http::{Gate, Limits, Presented, dress, serve},
    model::CredentialKind,
    telemetry,
};
use tokio::{net::TcpListener, runtime};
use tokio_util::sync::CancellationToken;

use crate::support::{rows::CREATOR, site};

/// The first argument of a child; the second is the file with its settings, any third one asks for constants.
pub(crate) const FLAG: &str = "--daemon";

/// Runs the daemon until standard input ends.
pub(crate) fn run(file: &str, constants: bool) {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build();
    runtime.unwrap().block_on(live(file, constants));
}

async fn live(file: &str, constants: bool) {
    let config = site::load(file.into());
    drop(telemetry::init(&config));
    let listeners = Listeners::bind(&config).unwrap();
    let mut addresses = vec![
        listeners.public.local_addr().unwrap(),
        listeners.operator.local_addr().unwrap(),
    ];
    let beside = async {
        if constants {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push(listener.local_addr().unwrap());
            say(&addresses);
            serve_constants(listener, &config).await;
        } else {
            say(&addresses);
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = daemon::run(config.clone(), site::source(file.into()), listeners, input_ends()) => ended.unwrap(),
        () = beside => {}
    }
}

fn say(addresses: &[SocketAddr]) {
    let words = addresses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    let mut out = io::stdout();
    writeln!(out, "{}", words.join(" ")).unwrap();
}

/// Completes when whoever started this process is gone.
async fn input_ends() {
    let reading = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    let _ended = reading.await;
}

/// What the constant routes know.
struct Constants {
    app: Arc<App>,
    etag: String,
    body: Bytes,
}

async fn serve_constants(listener: TcpListener, config: &Config) {
    let app = daemon::open(config.clone()).await.unwrap();
    app.refresh_credentials().await.unwrap();
    let (etag, body) = feed(&app).await;
    let ids = Arc::clone(&app);
    let gate = Gate {
        takes_files: &[],
        face: "public",
        limits: Limits::of(&config.server),
        trusted_proxies: config.server.trusted_proxies.clone(),
        request_ids: Box::new(move || ids.new_id()),
    };
    let router = Router::new()
        .route("/constant", get(constant))
        .route("/nothing", get(nothing))
        .with_state(Arc::new(Constants { app, etag, body }));
    let limits = Limits::of(&config.server);
    let never = CancellationToken::new();
    serve(
        "public",
        listener,
        dress(router, gate),
        &limits,
        Vec::new(),
        never,
    )
    .await
    .unwrap();
}

/// The feed as the daemon renders it.
async fn feed(app: &Arc<App>) -> (String, Bytes) {
    let request = FeedRequest {
        creator: CREATOR.parse().unwrap(),
        after: None,
        base: "https://mcn.example".to_owned(),
    };
    let mut feed = app.open_feed(request).await.unwrap();
    let etag = feed
        .etag
        .clone()
        .expect("the feed does not change by the clock");
    match app.read_feed(&mut feed, None).await.unwrap() {
        FeedBody::Whole(pieces) => (etag, Bytes::from(pieces.concat())),
        FeedBody::Streamed(_) => panic!("the feed is put together before it is sent"),
    }
}

/// The bytes of the feed with its headers.
async fn constant(State(constants): State<Arc<Constants>>, headers: HeaderMap) -> Response {
    if !admitted(&constants.app, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let heads = [
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::ETAG, constants.etag.as_str()),
        (header::CONTENT_TYPE, "application/rss+xml; charset=utf-8"),
        (header::LAST_MODIFIED, "Tue, 01 Sep 2026 09:00:00 GMT"),
    ];
    (heads, constants.body.clone()).into_response()
}

/// An answer that needs nothing.
async fn nothing(State(constants): State<Arc<Constants>>, headers: HeaderMap) -> StatusCode {
    if admitted(&constants.app, &headers) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::UNAUTHORIZED
    }
}

fn admitted(app: &App, headers: &HeaderMap) -> bool {
    let Presented::Basic { user, secret } = Presented::in_headers(headers) else {
        return false;
    };
    let presented = app::Presented::Basic {
        user: &user,
        secret: &secret,
    };
    matches!(
        app.admit(CredentialKind::Crawler, Some(presented)),
        Admission::Granted(_)
    )
}
