//! What machines ask: alive, ready, metrics.

use std::sync::Arc;

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};

use super::{Faces, Problem};
use crate::telemetry;

const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the catalog answers and the daemon is not about to stop.
pub(super) async fn ready(State(faces): State<Arc<Faces>>) -> Result<&'static str, Problem> {
    if faces.is_stopping() {
        return Err(crate::app::Error::Busy(None).into());
    }
    faces.app.ready().await?;
    Ok("ready\n")
}

/// `GET /metrics`: the text format of Prometheus.
pub(super) async fn metrics() -> Response {
    ([(CONTENT_TYPE, TYPE)], telemetry::metrics().render()).into_response()
}
