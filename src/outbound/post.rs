//! Documents that are sent to others: the same guards as for what is read, and no redirect is followed.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;
use url::Url;

use super::{Fault, Outbound, count, retry_after, span};

/// A JSON document on its way to somebody.
#[derive(Clone, Debug)]
pub struct Post {
    pub url: Url,
    /// Names in lower case, and values of visible characters.
    pub headers: Vec<(&'static str, String)>,
    pub json: String,
}

impl Outbound {
    /// Sends a document, and answers the status with which it was taken; what else is answered is not read.
    ///
    /// # Errors
    /// Whatever stands in the way; a status that is not a success, redirects among them, is [`Fault::Status`].
    pub async fn post(&self, post: Post) -> Result<u16, Fault> {
        let span = span("POST", &post.url);
        let sending = self.send(post).instrument(span.clone());
        let sent = timeout_at(Instant::now() + self.timeout, sending).await;
        let sent = sent.unwrap_or(Err(Fault::Slow("no answer within `outbound.timeout`")));
        let outcome = sent.as_ref().map_or_else(Fault::class, |_status| "taken");
        count(&span, outcome);
        sent
    }

    async fn send(&self, post: Post) -> Result<u16, Fault> {
        self.admit(&post.url).await?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in post.headers {
            let value = HeaderValue::from_str(&value).map_err(|_odd| Fault::Unusable)?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let request = self.client.post(post.url).headers(headers).body(post.json);
        let response = self.head(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(status.as_u16());
        }
        Err(Fault::Status {
            status: status.as_u16(),
            retry_after: retry_after(&response),
        })
    }
}
