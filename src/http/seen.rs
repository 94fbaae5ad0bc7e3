//! One request as logs and metrics tell it. Never its path: secrets ride in it.

use std::{
    convert::Infallible,
    error::Error,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Instant,
};

use axum::{
    body::HttpBody as _,
    extract::{ConnectInfo, FromRequestParts, MatchedPath, Request},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
        request::Parts,
    },
    response::Response,
};
use ipnet::IpNet;
use metrics::{counter, histogram};
use tracing::{Span, field::Empty, info_span};

use super::{Cause, ClientAddress, Problem, problem::Told};
use crate::telemetry::{HTTP_REQUEST_SECONDS, HTTP_REQUESTS};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Stands for the template of a path that no route has.
const NO_ROUTE: &str = "none";
/// Asked every few seconds by machines; not worth a line each.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The id of a request. An extension of every request, the header `x-request-id` of every answer, and
/// `instance` of every problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// A request under way. Dropped, it is logged and counted: with its status, or as one whose client left.
pub(super) struct Seen {
    face: &'static str,
    id: String,
    method: Method,
    route: String,
    client: IpAddr,
    since: Instant,
    status: Option<StatusCode>,
    bytes: Option<u64>,
    cause: Option<Cause>,
}

/// The same fields at one of three levels.
macro_rules! line {
    ($level:ident, $seen:expr, $status:expr, $($cause:tt)*) => {
        tracing::$level!(
            request.id = %$seen.id,
            request.method = %$seen.method,
            request.route = %$seen.route,
            request.client = %$seen.client,
            response.status = %$status,
            response.bytes = $seen.bytes,
            duration_ms = u64::try_from($seen.since.elapsed().as_millis()).unwrap_or(u64::MAX),
            $($cause)*
            "{} {} on {}: {}", $seen.method, $seen.route, $seen.face, $status
        )
    };
}

impl Seen {
    /// Gives the request its [`RequestId`] and its [`ClientAddress`].
    pub(super) fn new(
        face: &'static str,
        id: String,
        request: &mut Request,
        trusted: &[IpNet],
    ) -> Self {
        let client = client_of(request, trusted);
        let extensions = request.extensions_mut();
        extensions.insert(RequestId(id.clone()));
        extensions.insert(client);
        let route = extensions.get().map_or(NO_ROUTE, MatchedPath::as_str);
        Self {
            face,
            id,
            route: route.to_owned(),
            method: request.method().clone(),
            client: client.0,
            since: Instant::now(),
            status: None,
            bytes: None,
            cause: None,
        }
    }

    /// What traces tell of it, named as OpenTelemetry names them.
    pub(super) fn span(&self) -> Span {
        info_span!(
            "request",
            otel.name = format!("{} {}", self.method, self.route),
            otel.kind = "server",
            http.request.method = %self.method,
            http.route = self.route,
            http.response.status_code = Empty,
            request.id = self.id,
            face = self.face,
        )
    }

    /// Gives the answer its last touches and remembers what became of the request.
    pub(super) fn settle(&mut self, response: &mut Response) {
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            problem.write_to(response, Some(&self.id));
            self.cause = problem.cause().cloned();
        }
        if let Some(Told(cause)) = response.extensions_mut().remove() {
            self.cause = cause;
        }
        self.status = Some(response.status());
        self.bytes = response.body().size_hint().exact();
        let headers = response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers
            .entry(REFERRER_POLICY)
            .or_insert(HeaderValue::from_static("no-referrer"));
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            headers.insert(X_REQUEST_ID, id);
        }
    }

    /// Whether this is what strangers and machines do all day.
    fn is_noise(&self) -> bool {
        let turned_away = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS];
        self.route == NO_ROUTE
            || PROBES.contains(&self.route.as_str())
            || self
                .status
                .is_some_and(|status| turned_away.contains(&status))
    }

    fn tell(&self, status: &str) {
        line!(info, self, status,);
    }

    fn tell_noise(&self, status: &str) {
        line!(debug, self, status,);
    }

    fn tell_fault(&self, status: &str, cause: &str) {
        line!(error, self, status, cause = cause,);
    }

    fn count(&self, status: &str) {
        let labels = [
            ("face", self.face.to_owned()),
            ("route", self.route.clone()),
            ("status", status.to_owned()),
        ];
        histogram!(HTTP_REQUEST_SECONDS, &labels[..2]).record(self.since.elapsed().as_secs_f64());
        counter!(HTTP_REQUESTS, &labels).increment(1);
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        let status = self.status.as_ref().map_or("gone", StatusCode::as_str);
        self.count(status);
        match &self.cause {
            Some(cause) => self.tell_fault(status, &chain(&**cause)),
            None if self.is_noise() => self.tell_noise(status),
            None => self.tell(status),
        }
    }
}

/// An error and all that caused it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

fn client_of(request: &Request, trusted: &[IpNet]) -> ClientAddress {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // Without a listener there is no peer: a router asked by a test.
    let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip());
    ClientAddress::of(peer, request.headers(), trusted)
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let id = parts.extensions.get().cloned();
        Ok(id.unwrap_or_else(|| Self(String::new())))
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get().copied();
        Ok(address.unwrap_or(Self(Ipv4Addr::UNSPECIFIED.into())))
    }
}
