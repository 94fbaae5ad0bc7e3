//! What is refused for every route, before any handler sees it.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header::ALLOW},
    response::{IntoResponse, Response},
};

use super::{Encoding, Problem};

/// Why this request goes no further, if it doesn't.
pub(super) fn refusal(request: &Request, max_url_bytes: usize) -> Option<Problem> {
    let uri = request.uri();
    let length = uri.path_and_query().map_or(0, |both| both.as_str().len());
    if length > max_url_bytes {
        let detail = format!("the address has more than {max_url_bytes} bytes");
        return Some(Problem::new(StatusCode::URI_TOO_LONG, detail));
    }
    if !is_readable(uri.path()) {
        let detail = "the path holds NUL, or percent-encoding that is not UTF-8";
        return Some(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    if request.method() == Method::POST {
        return Encoding::of(request.headers()).err().map(Problem::from);
    }
    None
}

/// Whether percent-encoding is whole and gives UTF-8 without NUL.
fn is_readable(path: &str) -> bool {
    if !path.contains('%') {
        return true;
    }
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => encoded(bytes.next(), bytes.next()),
            plain => Some(plain),
        };
        match byte {
            None | Some(0) => return false,
            Some(byte) => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).is_ok()
}

fn encoded(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// The fallback of every router: 404, or 405 for the methods that no address knows.
pub(super) async fn unknown_path(method: Method) -> Response {
    if method != Method::TRACE && method != Method::CONNECT {
        return Problem::new(StatusCode::NOT_FOUND, "nothing is at this address").into_response();
    }
    let mut response = wrong_method().await.into_response();
    // An empty list is how RFC 9110 10.2.1 says that nothing is allowed.
    let none = HeaderValue::from_static("");
    response.headers_mut().insert(ALLOW, none);
    response
}

/// For a known path; the router adds `Allow`.
pub(super) async fn wrong_method() -> Problem {
    let detail = "this address knows other methods, named in `Allow`";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_readable_when_they_decode_to_text_without_nul() {
        for fine in ["/", "/a%20b", "/%c3%a9", "/%2e%2e", "/%252e", "/a;b"] {
            assert!(is_readable(fine), "{fine}");
        }
        for odd in ["/%", "/%2", "/%zz", "/%+1", "/a%00b", "/%ff", "/%c3"] {
            assert!(!is_readable(odd), "{odd}");
        }
    }
}
