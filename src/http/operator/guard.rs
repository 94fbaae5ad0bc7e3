//! Who calls, and whether they may: what stands in front of every route of the operators' face.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{
        HeaderMap, HeaderName, StatusCode, Uri,
        header::{AUTHORIZATION, HOST, ORIGIN},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use url::{Url, form_urlencoded};

use super::{Needs, Speech, cookie, once, pages};
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
    /// Whether it makes something, which a key of its caller's keeps from being made twice.
    pub(super) makes: bool,
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
        makes,
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
    let under_way = caller.as_ref().map(|caller| faces.pace.begin(caller));
    let _under_way = match under_way.transpose() {
        Ok(under_way) => under_way,
        Err(problem) => return turned_away(problem, speech),
    };
    let may = admitted(&faces, caller.as_ref(), needs, &request);
    match may {
        Ok(()) => {
            let response = match caller {
                Some(caller) if makes => once::pass(&faces, caller, request, next).await,
                Some(caller) => {
                    request.extensions_mut().insert(caller);
                    next.run(request).await
                }
                None => next.run(request).await,
            };
            in_speech(response, speech)
        }
        Err(Refusal::SignIn) if speech == Speech::Page => sign_in_first(request.uri(), "/sign-in"),
        Err(Refusal::Confirm) if speech == Speech::Page => sign_in_first(request.uri(), "/confirm"),
        Err(refusal) => turned_away(refusal.into(), speech),
    }
}

/// Why a request does not get through.
enum Refusal {
    /// Nobody is signed in.
    SignIn,
    /// The password must be given again.
    Confirm,
    /// Whoever calls may not do this.
    Forbidden,
    /// Only people may do this, not programs.
    PeopleAlone,
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
            Refusal::PeopleAlone => Self::new(
                StatusCode::FORBIDDEN,
                "no API key may do this, whatever its scopes: somebody has to sign in for it",
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
    let changes = !request.method().is_safe();
    let told = site_told(request.headers());
    if needs == Needs::Nothing {
        // Nobody is to be signed in as somebody else by another site.
        let foreign = changes && told == Some(Site::Foreign);
        return if foreign {
            Err(Refusal::ForeignSite)
        } else {
            Ok(())
        };
    }
    let caller = caller.ok_or(Refusal::SignIn)?;
    let may = match needs {
        Needs::Nothing | Needs::Somebody | Needs::Person => true,
        Needs::Right(right) | Needs::Confirmed(right) | Needs::PersonConfirmed(right) => {
            caller.may(right)
        }
        Needs::Either(one, other) => caller.may(one) || caller.may(other),
    };
    if !may {
        return Err(Refusal::Forbidden);
    }
    let Via::Session(session) = &caller.via else {
        let for_people = matches!(needs, Needs::Person | Needs::PersonConfirmed(_));
        return if for_people {
            Err(Refusal::PeopleAlone)
        } else {
            Ok(())
        };
    };
    let own = match told {
        Some(site) => site == Site::Own,
        None => has_token(request.headers()),
    };
    if changes && !own {
        return Err(Refusal::ForeignSite);
    }
    let confirmed = session.is_confirmed(faces.app.session_limits(), faces.app.now());
    let asks_again = matches!(needs, Needs::Confirmed(_) | Needs::PersonConfirmed(_));
    if asks_again && !confirmed {
        return Err(Refusal::Confirm);
    }
    Ok(())
}

/// On whose behalf a browser sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Site {
    /// These pages', or its user's own.
    Own,
    Foreign,
}

/// On whose behalf a browser says that it sends a request: by `Sec-Fetch-Site`, else by `Origin` beside `Host`.
fn site_told(headers: &HeaderMap) -> Option<Site> {
    let own = if let Some(site) = headers.get(SEC_FETCH_SITE) {
        site == "same-origin" || site == "none"
    } else {
        let origin = headers.get(ORIGIN)?;
        let origin = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        origin
            .zip(host)
            .is_some_and(|(origin, host)| is_of(&origin, host))
    };
    Some(if own { Site::Own } else { Site::Foreign })
}

/// Whether a browser says that another site leads it here.
pub(super) fn is_of_another_site(headers: &HeaderMap) -> bool {
    site_told(headers) == Some(Site::Foreign)
}

/// Whether a request holds its session's token, which no other site can know.
fn has_token(headers: &HeaderMap) -> bool {
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
    use axum::http::HeaderValue;

    use super::*;

    fn headers(headers: &[(&str, &str)]) -> HeaderMap {
        let headers = headers.iter().map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                value.parse::<HeaderValue>().unwrap(),
            )
        });
        headers.collect()
    }

    #[test]
    fn a_browser_says_for_whom_it_asks() {
        let told = |given: &[(&str, &str)]| site_told(&headers(given));
        let local = ("host", "127.0.0.1:8081");
        let named = ("host", "a.example");
        for own in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://a.example"), named],
            &[("origin", "http://127.0.0.1:8081"), local],
        ] {
            assert_eq!(told(own), Some(Site::Own), "{own:?}");
        }
        for foreign in [
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://a.example"),
                named,
            ][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://b.example"), named],
            &[("origin", "http://127.0.0.1:9"), local],
            &[("origin", "null"), named],
        ] {
            assert_eq!(told(foreign), Some(Site::Foreign), "{foreign:?}");
        }
        assert_eq!(told(&[named]), None);
    }

    #[test]
    fn where_it_says_nothing_the_token_of_the_session_counts() {
        let cookie = ("cookie", "__Host-mcnd-operator=secret");
        let token = csrf_token("secret");
        assert!(has_token(&headers(&[cookie, ("x-csrf-token", &token)])));
        assert!(!has_token(&headers(&[cookie, ("x-csrf-token", "other")])));
        assert!(!has_token(&headers(&[("x-csrf-token", &token)])));
        assert!(!has_token(&headers(&[cookie])));
    }
}
