//! Sites of tests, each on a free port of this machine.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Serves until the guard is dropped; answers where.
pub(crate) async fn serve(router: Router) -> (SocketAddr, DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
    tokio::spawn(async move {
        let serving = axum_server::from_tcp(listener.into_std().unwrap()).unwrap();
        tokio::select! {
            () = stopped => {}
            served = serving.serve(router.into_make_service()) => served.unwrap(),
        }
    });
    (address, stop.drop_guard())
}
