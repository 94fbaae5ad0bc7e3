//! The one place that sends requests into the world (reliability.md 6.6).
//!
//! Only public addresses are asked, whatever name, spelling or redirect leads elsewhere, unless the operator allows a
//! network. Every hop is judged and pinned; credentials stay with the host they were given for; size and time are bounded.

mod address;
mod body;
mod fault;
mod gate;
pub mod own;
mod post;
mod resolve;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use metrics::counter;
use reqwest::{
    Client, RequestBuilder, Response,
    header::{
        CONTENT_TYPE, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
        RETRY_AFTER,
    },
    redirect::Policy,
};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{Instrument as _, Span, field::Empty, info_span};
use url::Url;

use crate::{config, telemetry};

use body::BodyLimits;
use gate::{Gate, Target, target};
use resolve::{Lookup, Pinned};

pub use body::Body;
pub use fault::Fault;
pub use post::Post;
pub use reqwest::StatusCode;

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// A validator that is longer is not kept.
const LONGEST_VALIDATOR: usize = 1024;

/// The client. Made for one request with its redirects, or for many.
pub struct Outbound {
    gate: Gate,
    lookup: Lookup,
    pinned: Pinned,
    client: Client,
    header_timeout: Duration,
    idle_timeout: Duration,
    timeout: Duration,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// May hold a user name and a password, which go out as HTTP Basic to its host alone.
    pub url: Url,
    /// What is known already; an answer that is the same is not sent again.
    pub known: Validators,
    /// Bytes of the answer, unpacked.
    pub max_bytes: u64,
}

/// What tells one version of a document from another (RFC 9110, 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub enum Answer {
    /// What is known is still so.
    Unchanged,
    Found(Box<Found>),
}

/// A document that is about to come.
#[derive(Debug)]
pub struct Found {
    /// Where it was found in the end, without credentials.
    pub address: Url,
    pub content_type: Option<String>,
    pub validators: Validators,
    pub body: Body,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

impl Outbound {
    /// A client with these settings.
    ///
    /// # Errors
    /// [`Fault::Client`] when the machine's root certificates can't be read.
    pub fn new(config: &config::Outbound) -> Result<Self, Fault> {
        Self::with_lookup(config, resolve::system())
    }

    fn with_lookup(config: &config::Outbound, lookup: Lookup) -> Result<Self, Fault> {
        let pinned = Pinned::default();
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .pool_max_idle_per_host(0)
            .connect_timeout(config.connect_timeout)
            .user_agent(concat!("mcnd/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(pinned.clone())
            .build()
            .map_err(Fault::Client)?;
        Ok(Self {
            gate: Gate::new(config),
            lookup,
            pinned,
            client,
            header_timeout: config.header_timeout,
            idle_timeout: config.idle_timeout,
            timeout: config.timeout,
        })
    }

    /// As it is, but never asking what this daemon itself listens on. A listener without a port is nowhere.
    #[must_use]
    pub fn but_not(mut self, listeners: &[SocketAddr]) -> Self {
        self.gate.refuse_own(listeners);
        self
    }

    /// Asks for a document, following redirects; its bytes are read from the answer's body.
    ///
    /// # Errors
    /// Whatever stands in the way, as a class and never with what the other side said.
    pub async fn get(&self, ask: &Ask) -> Result<Answer, Fault> {
        let deadline = Instant::now() + self.timeout;
        let span = span("GET", &ask.url);
        let following = self.follow(ask, deadline).instrument(span.clone());
        let asked = timeout_at(deadline, following).await;
        let answered = asked.unwrap_or(Err(Fault::Slow("no answer within `outbound.timeout`")));
        let outcome = match &answered {
            Ok(Answer::Unchanged) => "unchanged",
            Ok(Answer::Found(_)) => "found",
            Err(fault) => fault.class(),
        };
        count(&span, outcome);
        answered
    }

    async fn follow(&self, ask: &Ask, deadline: Instant) -> Result<Answer, Fault> {
        let mut url = ask.url.clone();
        for _hop in 0..=REDIRECTS {
            let response = self.hop(&url, &ask.known).await?;
            match response.status() {
                StatusCode::OK => {
                    let limits = BodyLimits {
                        bytes: ask.max_bytes,
                        idle: self.idle_timeout,
                        deadline,
                    };
                    return Ok(Answer::Found(Box::new(found(&url, response, limits))));
                }
                StatusCode::NOT_MODIFIED if ask.known != Validators::default() => {
                    return Ok(Answer::Unchanged);
                }
                status if is_redirect(status) => url = next(&url, &response)?,
                status => {
                    return Err(Fault::Status {
                        status: status.as_u16(),
                        retry_after: retry_after(&response),
                    });
                }
            }
        }
        Err(Fault::Redirects(REDIRECTS))
    }

    /// One request to one judged host.
    async fn hop(&self, url: &Url, known: &Validators) -> Result<Response, Fault> {
        self.admit(url).await?;
        self.head(conditional(self.client.get(url.clone()), known))
            .await
    }

    /// Judges the host of an address, and lets the client reach it.
    async fn admit(&self, url: &Url) -> Result<(), Fault> {
        match target(url)? {
            Target::Literal(address) => self.gate.judge(url, &[address])?,
            Target::Name(name) => {
                let addresses: Vec<IpAddr> = resolve::addresses(&self.lookup, &name).await?;
                self.gate.judge(url, &addresses)?;
                self.pinned.pin(name, addresses);
            }
        }
        Ok(())
    }

    /// Sends a request to an admitted host, and waits for the head of its answer.
    async fn head(&self, request: RequestBuilder) -> Result<Response, Fault> {
        timeout(self.header_timeout, request.send())
            .await
            .map_err(|_elapsed| Fault::Slow("no answer within `outbound.header_timeout`"))?
            .map_err(Fault::of_request)
    }
}

/// What traces tell of a request; the rest of its address may be secret.
fn span(method: &'static str, url: &Url) -> Span {
    info_span!(
        "outbound",
        otel.name = format!("{method} {}", url.host_str().unwrap_or_default()),
        otel.kind = "client",
        http.request.method = method,
        server.address = url.host_str(),
        outcome = Empty,
    )
}

fn count(span: &Span, outcome: &'static str) {
    span.record("outcome", outcome);
    counter!(telemetry::OUTBOUND_REQUESTS, "outcome" => outcome).increment(1);
}

fn conditional(mut request: RequestBuilder, known: &Validators) -> RequestBuilder {
    if let Some(etag) = &known.etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    if let Some(moment) = &known.last_modified {
        request = request.header(IF_MODIFIED_SINCE, moment);
    }
    request
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where a redirect leads. Credentials go along only to the same host and port, or from the usual port of `http` to that
/// of `https`; those that the redirect itself names are dropped.
fn next(from: &Url, response: &Response) -> Result<Url, Fault> {
    let location = header(response, &LOCATION).ok_or(Fault::LostRedirect)?;
    let mut to = bare(from)
        .join(&location)
        .map(|url| bare(&url))
        .map_err(|_odd| Fault::LostRedirect)?;
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(Fault::Downgrade);
    }
    let usual_ports = from.port().is_none() && to.port().is_none();
    let same_port = usual_ports || from.port_or_known_default() == to.port_or_known_default();
    if from.host() == to.host() && same_port {
        // Only addresses without a host refuse, and both have the same one.
        let _kept = to.set_username(from.username());
        let _kept = to.set_password(from.password());
    }
    Ok(to)
}

fn found(url: &Url, response: Response, limits: BodyLimits) -> Found {
    let validator = |name| header(&response, &name).filter(|text| text.len() <= LONGEST_VALIDATOR);
    Found {
        address: bare(url),
        content_type: header(&response, &CONTENT_TYPE),
        validators: Validators {
            etag: validator(ETAG),
            last_modified: validator(LAST_MODIFIED),
        },
        body: Body {
            response,
            limits,
            began: Instant::now(),
            received: 0,
        },
    }
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    let value = response.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = header(response, &RETRY_AFTER)?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// An address without what must not be shown.
fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    // Only addresses without a host refuse, and they hold no credentials.
    let _kept = url.set_username("");
    let _kept = url.set_password(None);
    url.set_fragment(None);
    url
}

/// An address as lists, logs and progress show it: without credentials, and without a query, which may hold a key.
pub fn shown(url: &Url) -> String {
    let mut plain = bare(url);
    plain.set_query(None);
    match url.query() {
        Some(_) => format!("{plain}?…"),
        None => plain.to_string(),
    }
}
