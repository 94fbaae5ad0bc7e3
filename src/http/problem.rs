//! How every face says that something is wrong: problem details (RFC 9457), or a line of text for readers
//! that know no JSON.
//!
//! Nothing internal is ever part of the text. What went wrong inside rides along in the response's
//! extensions, where the log layer finds it.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER,
            WWW_AUTHENTICATE,
        },
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::body::BodyFault;
use crate::app;

/// An answer that says what is wrong and, where it helps, what now.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    problems: Vec<String>,
    retry_after: Option<Duration>,
    challenge: Option<&'static str>,
    closes: bool,
    plain: bool,
    cause: Option<Cause>,
}

/// The cause of a problem that its response tells already.
#[derive(Clone)]
pub(super) struct Told(pub(super) Option<Cause>);

/// What went wrong inside, for the log only.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// The members of RFC 9457 3.1, and our own `problems`: one sentence for each thing that is wrong.
#[derive(Serialize)]
struct Details<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    problems: &'a [String],
}

impl Problem {
    /// A problem with this status. `detail` is for the caller: it holds nothing internal.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            problems: Vec::new(),
            retry_after: None,
            challenge: None,
            closes: false,
            plain: false,
            cause: None,
        }
    }

    /// 400.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 500 with a fixed text; the cause goes to the log.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let detail = "something is wrong on our side; the request id finds it in the log";
        Self {
            cause: Some(Arc::from(cause.into())),
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        }
    }

    /// 503 with `Retry-After`.
    pub fn busy(retry_after: Duration) -> Self {
        let detail = "the answer is not to be had right now; try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(retry_after)
    }

    /// Adds `Retry-After`, in whole seconds and at least one.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }

    /// Adds one sentence for each thing that is wrong.
    #[must_use]
    pub fn with_problems(self, problems: Vec<String>) -> Self {
        Self { problems, ..self }
    }

    /// Adds what the log should know.
    #[must_use]
    pub fn with_cause(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(Arc::from(cause.into())),
            ..self
        }
    }

    /// Asks for a credential of this kind (RFC 9110 11.6.1).
    #[must_use]
    pub fn challenging(self, challenge: &'static str) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    /// Ends the connection after the answer: what else arrives on it cannot be trusted to be a request.
    #[must_use]
    pub fn closing(self) -> Self {
        Self {
            closes: true,
            ..self
        }
    }

    /// Answers with a line of text instead of JSON.
    #[must_use]
    pub fn in_plain_text(self) -> Self {
        Self {
            plain: true,
            ..self
        }
    }

    /// Leaves its wait, and its cause for the log, in a response that tells it in its own way.
    pub(super) fn pass_on(self, response: &mut Response) {
        if let Some(wait) = self.retry_after {
            let seconds = whole_seconds(wait);
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(Told(self.cause));
    }

    /// What a page shows of it: status, title, detail and each thing that is wrong.
    pub(super) fn shown(&self) -> (StatusCode, &'static str, &str, &[String]) {
        (self.status, self.title(), &self.detail, &self.problems)
    }

    /// What went wrong inside, if this is more than the caller's mistake.
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    /// Puts this problem, now with the request's id, in the place of what `response` says.
    ///
    /// Headers that others added stay.
    pub(super) fn write_to(&self, response: &mut Response, request_id: Option<&str>) {
        let body = if self.plain {
            self.text(request_id)
        } else {
            self.json(request_id)
        };
        *response.status_mut() = self.status;
        self.head(response.headers_mut(), body.len());
        *response.body_mut() = Body::from(body);
    }

    fn head(&self, headers: &mut HeaderMap, length: usize) {
        let kind = if self.plain {
            "text/plain; charset=utf-8"
        } else {
            "application/problem+json"
        };
        headers.remove(CONTENT_ENCODING);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(CONTENT_LENGTH, length.into());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, whole_seconds(wait).into());
        }
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }

    fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Problem")
    }

    fn json(&self, instance: Option<&str>) -> String {
        let details = Details {
            r#type: "about:blank",
            title: self.title(),
            status: self.status.as_u16(),
            detail: &self.detail,
            instance,
            problems: &self.problems,
        };
        serde_json::to_string(&details).expect("texts and a number are always JSON")
    }

    fn text(&self, request_id: Option<&str>) -> String {
        let mut lines = vec![format!("{} {}", self.status.as_u16(), self.title())];
        if !self.detail.is_empty() {
            lines.push(self.detail.clone());
        }
        lines.extend(self.problems.iter().cloned());
        lines.extend(request_id.map(|id| format!("request {id}")));
        lines.join("\n") + "\n"
    }
}

/// A wait as `Retry-After` tells it: long enough, and at least a second.
pub(super) fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.max(1)
}

/// How long a sender should wait when the service can't do something right now.
const RETRY_AFTER_BUSY: Duration = Duration::from_secs(30);

impl From<app::Error> for Problem {
    fn from(error: app::Error) -> Self {
        let text = error.to_string();
        match error {
            app::Error::NotFound(_) => Self::new(StatusCode::NOT_FOUND, text),
            app::Error::Conflict(_) => Self::new(StatusCode::CONFLICT, text),
            app::Error::Invalid(_) => Self::new(StatusCode::BAD_REQUEST, text),
            app::Error::TooLarge(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, text).closing(),
            app::Error::NoRoom(_) => Self::new(StatusCode::INSUFFICIENT_STORAGE, text).closing(),
            app::Error::Denied(_) => Self::new(StatusCode::UNAUTHORIZED, text),
            app::Error::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, text),
            app::Error::Changed(_) => Self::new(StatusCode::PRECONDITION_FAILED, text),
            app::Error::TooOften(wait) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, text).retry_after(wait)
            }
            app::Error::NeedsConsent(_) | app::Error::Busy(None) => Self::busy(RETRY_AFTER_BUSY),
            app::Error::Busy(Some(cause)) => Self::busy(RETRY_AFTER_BUSY).with_cause(cause),
            app::Error::Internal(cause) => Self::internal(cause),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status.as_u16(), self.detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        self.write_to(&mut response, None);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<BodyFault> for Problem {
    fn from(fault: BodyFault) -> Self {
        let status = match fault {
            BodyFault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyFault::TooSlow => StatusCode::REQUEST_TIMEOUT,
            BodyFault::Broken => StatusCode::BAD_REQUEST,
            BodyFault::UnknownEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        };
        Self::new(status, fault.to_string()).closing()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn said(problem: Problem, request_id: Option<&str>) -> (HeaderMap, String) {
        let mut response = problem.clone().into_response();
        problem.write_to(&mut response, request_id);
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 10_000).await.unwrap();
        (parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_problem_has_the_members_of_rfc_9457() {
        let problem = Problem::new(StatusCode::BAD_REQUEST, "no").with_problems(vec!["a".into()]);
        let (headers, body) = said(problem, Some("id-1")).await;
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json");
        let expected = r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"no","instance":"id-1","problems":["a"]}"#;
        assert_eq!(body, expected);
        assert_eq!(headers[CONTENT_LENGTH], expected.len().to_string());
    }

    #[tokio::test]
    async fn the_cause_is_kept_for_the_log_and_out_of_the_text() {
        let problem = Problem::internal("the password is hunter2");
        assert!(problem.cause().is_some());
        let response = problem.clone().into_response();
        assert!(
            response
                .extensions()
                .get::<Problem>()
                .unwrap()
                .cause()
                .is_some()
        );
        let (_, json) = said(problem.clone(), None).await;
        let (_, text) = said(problem.in_plain_text(), None).await;
        assert!(!json.contains("hunter2") && !text.contains("hunter2"));
    }

    #[tokio::test]
    async fn plain_text_is_a_few_lines() {
        let problem = Problem::busy(Duration::from_millis(1_200)).in_plain_text();
        let (headers, body) = said(problem, Some("id-1")).await;
        assert_eq!(headers[RETRY_AFTER], "2");
        assert_eq!(headers[CONTENT_TYPE], "text/plain; charset=utf-8");
        let expected = "503 Service Unavailable\n\
            the answer is not to be had right now; try again later\nrequest id-1\n";
        assert_eq!(body, expected);
    }
}
