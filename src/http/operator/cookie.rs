//! The cookie that a session lives in (RFC 6265).

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

/// Browsers take a `__Host-` cookie only from where it was set, and only over TLS or on their own machine. Cookies ignore
/// ports: the public listener has none of this name.
const NAME: &str = "__Host-mcnd-operator";

/// The secret of the session that a request comes with.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter();
    let pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    let mut ours = pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == NAME);
    ours.next()
        .map(|(_, secret)| secret)
        .filter(|secret| !secret.is_empty())
}

/// What puts the secret into the browser; it stays until the browser is closed or the session ends.
pub(super) fn keep(secret: &str) -> HeaderValue {
    let text = format!("{NAME}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax");
    HeaderValue::try_from(text).expect("a secret is made of URL-safe characters")
}

/// What takes it out again.
pub(super) fn forget() -> HeaderValue {
    let text = format!("{NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    HeaderValue::try_from(text).expect("a fixed text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cookies: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static(cookies));
        session(&headers).map(str::to_owned)
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        assert_eq!(
            found("a=b; __Host-mcnd-operator=x_Y-1; c=d").as_deref(),
            Some("x_Y-1")
        );
        for none in [
            "",
            "a=b",
            "mcnd-operator=x",
            "__Host-mcnd-operator",
            "__Host-mcnd-operator=",
        ] {
            assert_eq!(found(none), None, "{none}");
        }
    }
}
