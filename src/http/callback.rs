//! Where Dailymotion's injector reports each video (contracts/dailymotion-pull.md 8).

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use super::{ClientAddress, Encoding, Faces, Presented, Problem, entry::admit, read_body};
use crate::{
    app::{BodyFault, CallbackFault, Stored},
    model::CredentialKind,
};

/// `POST /callbacks/dailymotion`
pub(super) async fn receive(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let presented = Presented::in_headers(&headers);
    store(&faces, client, presented, headers, body).await
}

/// `POST /callbacks/dailymotion/{secret}`
pub(super) async fn receive_by_secret(
    State(faces): State<Arc<Faces>>,
    Path(secret): Path<String>,
    client: ClientAddress,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let presented = Presented::Path(secret);
    store(&faces, client, presented, headers, body).await
}

/// `GET /callbacks/dailymotion`: some senders look first; nothing happens.
pub(super) async fn show(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    admit(
        &faces,
        CredentialKind::Callback,
        client,
        &Presented::in_headers(&headers),
    )
    .map(|_in| here())
}

/// `GET /callbacks/dailymotion/{secret}`
pub(super) async fn show_by_secret(
    State(faces): State<Arc<Faces>>,
    Path(secret): Path<String>,
    client: ClientAddress,
) -> Result<Response, Problem> {
    admit(
        &faces,
        CredentialKind::Callback,
        client,
        &Presented::Path(secret),
    )
    .map(|_in| here())
}

fn here() -> Response {
    "post injector events here\n".into_response()
}

/// Lets the sender in by the head of the request, then reads the body, then stores it.
async fn store(
    faces: &Arc<Faces>,
    client: ClientAddress,
    presented: Presented,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admit(faces, CredentialKind::Callback, client, &presented)?;
    let encoding = Encoding::of(&headers)?;
    // They keep the buffer that the head was read into; whoever sends a body slowly should cost little.
    drop((presented, headers));
    let limit = faces.app.config().callback.max_bytes;
    let body = read_body(body, encoding, limit).await?;
    let stored = faces
        .app
        .receive_callback(body, client.0.to_string())
        .await?;
    Ok(summary(&stored))
}

fn summary(stored: &Stored) -> Response {
    let json = serde_json::to_string(stored).expect("counts are always JSON");
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}

impl From<CallbackFault> for Problem {
    fn from(fault: CallbackFault) -> Self {
        match fault {
            CallbackFault::Body(fault @ (BodyFault::NotJson | BodyFault::TooDeep(_))) => {
                Self::new(StatusCode::BAD_REQUEST, fault.to_string())
            }
            CallbackFault::Body(fault) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, fault.to_string())
            }
            CallbackFault::App(error) => error.into(),
        }
    }
}
