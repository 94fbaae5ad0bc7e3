//! Who calls, and whether they may: what stands in front of every route of the operators' face.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
        header::{AUTHORIZATION, CACHE_CONTROL, HOST, ORIGIN},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use url::{Url, form_urlencoded};

use super::{Needs, Speech, cookie, pages};
use crate::{
    app::{Caller, Origin, Via},
    http::{ClientAddress, Faces, Problem, document::user_agent},
    model::Digest,
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// What the guard of one route knows.
#[derive(Clone)]
pub(super) struct Guarded {
    pub(super) faces: Arc<Faces>,
    pub(super) needs: Needs,
    pub(super) speech: Speech,
}

/// Lets a request through to its route, or says why not. Handlers find the [`Caller`] among the extensions.
pub(super) async fn pass(
    State(guarded): State<Guarded>,
    client: ClientAddress,
    mut request: Request,
    next: Next,
) -> Response {
    let Guarded {
        faces,
        needs,
        speech,
    } = guarded;
    let caller = match needs {
        // Open to everybody, with whatever they present.
        Needs::Nothing => Ok(None),
        _somebody => who(&faces, request.headers(), client.0).await,
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(problem) => return turned_away(problem, speech),
    };
    let may = admitted(&faces, caller.as_ref(), needs, &request);
    let mut response = match may {
        Ok(()) => {
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            in_speech(next.run(request).await, speech)
        }
        Err(Refusal::SignIn) if speech == Speech::Page => sign_in_first(request.uri(), "/sign-in"),
        Err(Refusal::Confirm) if speech == Speech::Page => sign_in_first(request.uri(), "/confirm"),
        Err(refusal) => turned_away(refusal.into(), speech),
    };
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    pages::protect(headers);
    response
}

/// Why a request does not get through.
enum Refusal {
    /// Nobody is signed in.
    SignIn,
    /// The password must be given again.
    Confirm,
    /// Whoever calls may not do this.
    Forbidden,
    /// A browser was made to send it by another site.
    ForeignSite,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::SignIn => Self::new(
                StatusCode::UNAUTHORIZED,
                "sign in, or present an API key as `Authorization: Bearer`",
            )
            .challenging("Bearer realm=\"mcnd operators\""),
            Refusal::Confirm => Self::new(
                StatusCode::FORBIDDEN,
                "give your password again first, at /confirm",
            ),
            Refusal::Forbidden => Self::new(
                StatusCode::FORBIDDEN,
                "your role, or the scopes of this key, do not allow this",
            ),
            Refusal::ForeignSite => Self::new(
                StatusCode::FORBIDDEN,
                "this request did not come from the dashboard's own pages; open it again and repeat",
            ),
        }
    }
}

/// Who a request comes from. A wrong key is counted for its address; a session that has ended is nobody.
async fn who(
    faces: &Arc<Faces>,
    headers: &HeaderMap,
    address: IpAddr,
) -> Result<Option<Caller>, Problem> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let secret = value.to_str().ok().and_then(bearer);
        let caller = match secret {
            Some(secret) => faces.app.key_caller(secret, address).await?,
            None => None,
        };
        return match caller {
            Some(caller) => Ok(Some(caller)),
            None => Err(wrong_key(faces, address)),
        };
    }
    match cookie::session(headers) {
        Some(secret) => Ok(faces.app.session_caller(secret, address).await?),
        None => Ok(None),
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

fn wrong_key(faces: &Faces, address: IpAddr) -> Problem {
    match faces.wrong_tries.count(address) {
        Ok(()) => Problem::new(
            StatusCode::UNAUTHORIZED,
            "this API key is unknown, has expired or was removed",
        )
        .challenging("Bearer realm=\"mcnd operators\""),
        Err(wait) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many wrong keys from this address",
        )
        .retry_after(wait),
    }
}

fn admitted(
    faces: &Faces,
    caller: Option<&Caller>,
    needs: Needs,
    request: &Request,
) -> Result<(), Refusal> {
    if needs == Needs::Nothing {
        return Ok(());
    }
    let caller = caller.ok_or(Refusal::SignIn)?;
    let right = match needs {
        Needs::Nothing | Needs::Somebody => None,
        Needs::Right(right) | Needs::Confirmed(right) => Some(right),
    };
    if right.is_some_and(|right| !caller.may(right)) {
        return Err(Refusal::Forbidden);
    }
    let Via::Session(session) = &caller.via else {
        return Ok(());
    };
    if !comes_from_here(request.method(), request.headers()) {
        return Err(Refusal::ForeignSite);
    }
    let confirmed = session.is_confirmed(faces.app.session_limits(), faces.app.now());
    if matches!(needs, Needs::Confirmed(_)) && !confirmed {
        return Err(Refusal::Confirm);
    }
    Ok(())
}

/// Whether a browser sent a request that changes something on its own site's behalf: what `Sec-Fetch-Site` says, else
/// whether `Origin` is the host, else whether it holds the session's token.
fn comes_from_here(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return true;
    }
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site == "same-origin" || site == "none";
    }
    if let Some(origin) = headers.get(ORIGIN) {
        let origin = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        return origin
            .zip(host)
            .is_some_and(|(origin, host)| is_of(&origin, host));
    }
    let token = headers
        .get(X_CSRF_TOKEN)
        .and_then(|token| token.to_str().ok());
    token
        .zip(cookie::session(headers))
        .is_some_and(|(token, secret)| token == csrf_token(secret))
}

fn is_of(origin: &Url, host: &str) -> bool {
    let named = origin.host_str().unwrap_or_default();
    match origin.port() {
        Some(port) => host == format!("{named}:{port}"),
        None => host == named,
    }
}

/// What the forms of a session's pages hold, which no other site can know.
pub(super) fn csrf_token(secret: &str) -> String {
    Digest::of(format!("form of {secret}").as_bytes()).to_string()
}

fn turned_away(problem: Problem, speech: Speech) -> Response {
    match speech {
        Speech::Api => problem.into_response(),
        Speech::Page => pages::problem(problem),
    }
}

/// A page's route tells its problems on a page, too.
fn in_speech(mut response: Response, speech: Speech) -> Response {
    let problem = match speech {
        Speech::Api => None,
        Speech::Page => response.extensions_mut().remove::<Problem>(),
    };
    match problem {
        Some(problem) => pages::problem(problem),
        None => response,
    }
}

/// Leads to a page that leads back.
fn sign_in_first(uri: &Uri, to: &str) -> Response {
    let back = uri.path_and_query().map_or("/", |path| path.as_str());
    let next: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    Redirect::to(&format!("{to}?next={next}")).into_response()
}

/// Where a request comes from, for what is written down about it.
pub(super) fn origin(client: ClientAddress, headers: &HeaderMap) -> Origin {
    Origin {
        address: client.0,
        agent: user_agent(headers),
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get().cloned();
        caller.ok_or_else(|| Refusal::SignIn.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes(headers: &[(&str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                value.parse::<HeaderValue>().unwrap(),
            )
        });
        comes_from_here(&Method::POST, &headers.collect())
    }

    #[test]
    fn what_changes_something_must_come_from_the_pages_themselves() {
        assert!(comes(&[("sec-fetch-site", "same-origin")]));
        assert!(comes(&[("sec-fetch-site", "none")]));
        assert!(!comes(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://a.example"),
            ("host", "a.example")
        ]));
        assert!(!comes(&[("sec-fetch-site", "same-site")]));
        assert!(comes(&[
            ("origin", "https://a.example"),
            ("host", "a.example")
        ]));
        assert!(comes(&[
            ("origin", "http://127.0.0.1:8081"),
            ("host", "127.0.0.1:8081")
        ]));
        assert!(!comes(&[
            ("origin", "https://b.example"),
            ("host", "a.example")
        ]));
        assert!(!comes(&[
            ("origin", "http://127.0.0.1:9"),
            ("host", "127.0.0.1:8081")
        ]));
        assert!(!comes(&[("origin", "null"), ("host", "a.example")]));
        assert!(!comes(&[("host", "a.example")]));
    }

    #[test]
    fn without_both_headers_the_token_of_the_session_counts() {
        let cookie = ("cookie", "__Host-mcnd-operator=secret");
        let token = csrf_token("secret");
        assert!(comes(&[cookie, ("x-csrf-token", &token)]));
        assert!(!comes(&[cookie, ("x-csrf-token", "other")]));
        assert!(!comes(&[("x-csrf-token", &token)]));
    }
}
