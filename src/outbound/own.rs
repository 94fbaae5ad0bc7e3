//! Requests to this installation's own faces, at the addresses of its settings. They may well be private, so that nothing
//! is judged; no redirect is followed, so that nothing else is reached.

use std::{error::Error, time::Duration};

use reqwest::{Client, RequestBuilder, StatusCode, redirect::Policy};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The status of what an own face answers.
///
/// # Errors
/// The innermost cause, which is what an operator can act on.
pub async fn get(url: &str) -> Result<StatusCode, String> {
    status(client()?.get(url)).await
}

/// The status of what an own face answers to a JSON document from this bearer.
///
/// # Errors
/// As [`get`].
pub async fn post(url: &str, bearer: &str, json: impl Into<Vec<u8>>) -> Result<StatusCode, String> {
    let request = client()?
        .post(url)
        .bearer_auth(bearer)
        .header("content-type", "application/json")
        .body(json.into());
    status(request).await
}

async fn status(request: RequestBuilder) -> Result<StatusCode, String> {
    let answered = request.send().await.map_err(words)?;
    Ok(answered.status())
}

fn client() -> Result<Client, String> {
    Client::builder()
        .timeout(PATIENCE)
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(concat!("mcnd/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(words)
}

fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
