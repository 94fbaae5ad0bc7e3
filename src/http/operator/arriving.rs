//! Files on their way in: straight from the connection to disk.

use axum::{
    body::{Body, HttpBody as _},
    http::StatusCode,
};

use crate::{
    app::{App, ArrivedFile},
    http::{Problem, body::next_piece},
};

/// Takes a body as a file. One that announces too much is refused before any of it is read.
pub(super) async fn body(app: &App, mut body: Body) -> Result<ArrivedFile, Problem> {
    let mut arrival = app.expect_file(body.size_hint().lower()).await?;
    while let Some(piece) = next_piece(&mut body).await? {
        arrival.take(&piece).await?;
    }
    Ok(arrival.finish().await?)
}

/// What a form gets where the file itself is wanted.
pub(super) fn no_form() -> Problem {
    let words = "send the file as the body itself, not as a form: `curl --data-binary @FILE`";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words).closing()
}
