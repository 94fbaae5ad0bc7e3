//! Pages for people: rendered here, whole without scripts and better with them, from nobody else's servers.

pub(super) mod account;
pub(super) mod alarms;
pub(super) mod callbacks;
mod chart;
pub(super) mod crawler;
pub(super) mod creator;
pub(super) mod creator_edit;
pub(super) mod creators;
pub(super) mod docs;
pub(super) mod enter;
mod forms;
mod frame;
pub(super) mod home;
pub(super) mod imports;
pub(super) mod jobs;
mod lists;
pub(super) mod reasons;
pub(super) mod settings;
pub(super) mod sign_in;
pub(super) mod sign_up;
mod signed;
mod text;
pub(super) mod video;
pub(super) mod video_edit;
pub(super) mod videos;
mod visit;
pub(super) mod webhooks;

use askama::Template;
use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, HOST, RETRY_AFTER},
    },
    response::{Html, IntoResponse, Response},
};
use url::form_urlencoded;

use crate::{
    app::Error,
    http::{
        ClientAddress, Faces, Problem, operator::protection::came_over_tls, problem::whole_seconds,
    },
    model::short,
};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
const ICON: &str = include_str!("icon.svg");

/// `GET /style.css`
pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

/// `GET /script.js`
pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

/// `GET /icon.svg`
pub(super) async fn icon() -> Response {
    asset("image/svg+xml", ICON)
}

fn asset(kind: &'static str, bytes: impl IntoResponse) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, bytes).into_response()
}

/// A page that says why a password or a code was not taken: with `denied` as its status where it was wrong, 422 where a new
/// one is not good, and 429 where it has to wait.
fn not_taken(error: &Error, denied: StatusCode, page: Response) -> Response {
    match error {
        Error::TooOften(wait) => {
            let wait = [(RETRY_AFTER, whole_seconds(*wait).to_string())];
            (StatusCode::TOO_MANY_REQUESTS, wait, page).into_response()
        }
        Error::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, page).into_response(),
        _ => (denied, page).into_response(),
    }
}

/// A rendered template.
fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => Problem::internal(error).into_response(),
    }
}

#[derive(Template)]
#[template(path = "problem.html", config = "src/http/operator/pages/askama.toml")]
struct ProblemPage<'a> {
    title: &'a str,
    detail: &'a str,
    problems: &'a [String],
}

/// A problem as a page.
pub(super) fn problem(problem: Problem) -> Response {
    let (status, title, detail, problems) = problem.shown();
    let shown = page(&ProblemPage {
        title,
        detail,
        problems,
    });
    let mut response = (status, shown).into_response();
    problem.pass_on(&mut response);
    response
}

/// A form that a page sent.
#[derive(Clone)]
pub(super) struct Form(Vec<(String, String)>);

/// Bytes of a form at the most: what the API takes, too, with a video's longest description and tags.
const MOST: usize = 256 * 1024;

impl Form {
    /// The values of a field that may be there several times.
    fn each(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The value of a field; empty when there is none.
    fn field(&mut self, name: &str) -> String {
        let found = self.0.iter_mut().find(|(key, _)| key == name);
        found
            .map(|(_, value)| std::mem::take(value))
            .unwrap_or_default()
    }

    /// The values of a field, parted by commas where it has several, as boxes that are ticked do; none when it is absent.
    fn joined(&self, name: &str) -> Option<String> {
        let values = self.0.iter().filter(|(key, _)| key == name);
        let values: Vec<_> = values.map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(","))
    }
}

impl<S: Sync> axum::extract::FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: axum::extract::Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let encoding = crate::http::Encoding::of(&parts.headers)?;
        let body = crate::http::read_body(body, encoding, MOST).await?;
        let fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
        if let Some((name, _)) = fields.iter().find(|(_, value)| value.contains('\0')) {
            let why = format!("`{}` holds a NUL character; remove it", short(name));
            return Err(Problem::new(StatusCode::BAD_REQUEST, why));
        }
        Ok(Self(fields))
    }
}

/// Where a page leads back to: a path of this listener and nothing else. Browsers drop some control characters before they
/// look where an address leads, and no header carries the others.
fn safe_next(text: &str) -> &str {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let is_odd = |character: char| character == '\\' || character.is_control();
    if is_path && !text.contains(is_odd) {
        text
    } else {
        "/"
    }
}

/// Whether a password may be typed here: over TLS, or on the machine itself. Elsewhere no browser would keep the session.
///
/// # Errors
/// 400 that says what to do.
fn check_secure(faces: &Faces, client: ClientAddress, headers: &HeaderMap) -> Result<(), Problem> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let name = host.map_or("", |host| {
        host.rsplit_once(':').map_or(host, |(name, _port)| name)
    });
    let on_this_machine = matches!(name, "localhost" | "[::1]") || name.starts_with("127.");
    if on_this_machine || came_over_tls(faces, headers) {
        return Ok(());
    }
    tracing::debug!(client = %client.0, "a password over plain HTTP was refused");
    Err(Problem::bad_request(
        "browsers keep a session only over HTTPS, or on the machine itself: put a proxy with TLS in front (`server.behind_proxy`), or open this page as http://127.0.0.1 through an SSH tunnel",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_back_to_this_listener_alone() {
        for good in ["/", "/creators?after=a", "/videos/a%2Fb"] {
            assert_eq!(safe_next(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(safe_next(bad), "/", "{bad}");
        }
        for control in (0..=0x9f)
            .filter_map(char::from_u32)
            .filter(|one| one.is_control())
        {
            let bad = format!("/{control}/evil.example/");
            assert_eq!(safe_next(&bad), "/", "{bad:?}");
        }
    }
}
