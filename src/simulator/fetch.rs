//! Reading one page over HTTP: credentials, conditional requests, compression and limits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Response, StatusCode};
use url::Url;

use super::settings::Crawler;
use super::shared::words;

/// Pages of one kind as they were last read, by address.
pub(super) struct Pages<T> {
    kept: HashMap<Url, Page<T>>,
}

struct Page<T> {
    validators: Validators,
    content: Arc<T>,
    /// Asked for since the last sweep.
    used: bool,
}

/// A page that was read now, or that has not changed since.
pub(super) struct Read<T> {
    pub(super) status: u16,
    pub(super) content: Arc<T>,
}

/// A page that could not be read.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: Option<u16>,
    pub(super) words: String,
}

/// What a server gave to recognise a version by.
#[derive(Clone, Debug, Default)]
struct Validators {
    etag: Option<String>,
    last_modified: Option<String>,
}

impl<T> Pages<T> {
    pub(super) fn new() -> Self {
        Self {
            kept: HashMap::new(),
        }
    }

    /// Reads a page, on the condition that it changed if it was read before. Its validators are
    /// kept only if `parse` could use all of it, so that a broken page is read anew.
    pub(super) async fn read(
        &mut self,
        client: &reqwest::Client,
        settings: &Crawler,
        address: &Url,
        parse: impl FnOnce(&[u8]) -> Result<T, String>,
    ) -> Result<Read<T>, Failure> {
        let known = self.ask_for(address);
        let validators = known.map(|page| &page.validators);
        let mut response = request(client, settings, address, validators)
            .send()
            .await
            .map_err(|error| Failure::new(None, words(error)))?;
        let status = response.status();
        let content = match (status, known) {
            (StatusCode::OK, _) => {
                let content = body(&mut response, settings.max_body_bytes)
                    .await
                    .and_then(|body| parse(&body))
                    .map_err(|words| Failure::new(Some(status), words))?;
                self.keep(address, Validators::of(response.headers()), content)
            }
            (StatusCode::NOT_MODIFIED, Some(page)) => Arc::clone(&page.content),
            _ => {
                let words = format!("was answered {}", status.as_u16());
                return Err(Failure::new(Some(status), words));
            }
        };
        Ok(Read {
            status: status.as_u16(),
            content,
        })
    }

    /// The page as it is known, marked as used.
    fn ask_for(&mut self, address: &Url) -> Option<&Page<T>> {
        let page = self.kept.get_mut(address)?;
        page.used = true;
        Some(page)
    }

    fn keep(&mut self, address: &Url, validators: Validators, content: T) -> Arc<T> {
        let content = Arc::new(content);
        let page = Page {
            validators,
            content: Arc::clone(&content),
            used: true,
        };
        self.kept.insert(address.clone(), page);
        content
    }

    /// Forgets the pages that nobody asked for since the last time.
    pub(super) fn sweep(&mut self) {
        self.kept
            .retain(|_, page| std::mem::replace(&mut page.used, false));
    }
}

impl Failure {
    fn new(status: Option<StatusCode>, words: String) -> Self {
        Self {
            status: status.map(|status| status.as_u16()),
            words,
        }
    }
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            etag: text(ETAG),
            last_modified: text(LAST_MODIFIED),
        }
    }
}

fn request(
    client: &reqwest::Client,
    settings: &Crawler,
    address: &Url,
    validators: Option<&Validators>,
) -> reqwest::RequestBuilder {
    let mut request = client
        .get(address.clone())
        .timeout(Duration::from_millis(settings.timeout_ms));
    if let Some(etag) = validators.and_then(|known| known.etag.as_ref()) {
        request = request.header(IF_NONE_MATCH, etag);
    }
    if let Some(date) = validators.and_then(|known| known.last_modified.as_ref()) {
        request = request.header(IF_MODIFIED_SINCE, date);
    }
    settings.credential.show(request)
}

/// The whole body, decompressed; a transfer that breaks off is an error, never a shorter body.
pub(super) async fn body(response: &mut Response, max_bytes: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| format!("broke off after {} bytes: {}", body.len(), words(error)))?;
        let Some(chunk) = chunk else {
            return Ok(body);
        };
        if body.len() + chunk.len() > max_bytes {
            return Err(format!("is larger than {max_bytes} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
}
