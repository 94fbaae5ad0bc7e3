//! Addresses as feeds write them: relative to a base, with blanks, in any script.

use url::{Host, Url};

use crate::model::is_emittable;

/// The address as it may stand in a feed, or as near to that as it comes; none when it is relative and has no base.
///
/// One that is fine stays as it is, byte for byte. In others, what must be percent-encoded is, and a Unicode host
/// becomes punycode.
pub(super) fn absolute(text: &str, base: Option<&Url>) -> Option<String> {
    if is_emittable(text) {
        return Some(text.to_owned());
    }
    if scheme(text).is_some() {
        return Some(encoded(text));
    }
    if text.is_empty() {
        return None;
    }
    let joined = base?.join(text).ok()?;
    Some(encoded(joined.as_str()))
}

/// The scheme in lower case; none of a relative address.
pub(super) fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once(':')?;
    let fits = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    fits.then(|| scheme.to_ascii_lowercase())
}

/// The last part of its path's file name, in lower case, such as `mp4`; empty when there is none.
pub(super) fn extension(text: &str) -> String {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    // The host's own dots are none of a file.
    let path = path.split_once("://").map_or(path, |(_, rest)| {
        rest.split_once('/').map_or("", |(_, path)| path)
    });
    let file = path.rsplit('/').next().unwrap_or_default();
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    extension.to_ascii_lowercase()
}

/// The host in lower case, without `www.` and its like of mobile pages.
pub(super) fn site(text: &str) -> String {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.to_ascii_lowercase();
    let plain = ["www.", "m."]
        .iter()
        .find_map(|start| host.strip_prefix(start));
    plain.unwrap_or(&host).to_owned()
}

fn encoded(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return percent(text);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    format!("{scheme}://{}{}", ascii_host(authority), percent(path))
}

/// The authority with its host in punycode, where it is a name that has one.
fn ascii_host(authority: &str) -> String {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, Some(port)),
        _ => (host, None),
    };
    let name = if name.is_ascii() {
        name.to_owned()
    } else {
        Host::parse(name).map_or_else(|_odd| percent(name), |host| host.to_string())
    };
    let user = user.map_or_else(String::new, |user| format!("{user}@"));
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    format!("{user}{name}{port}")
}

/// Encodes what may not stand in an address; what is encoded already stays, and so does `#`.
fn percent(text: &str) -> String {
    use std::fmt::Write as _;

    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>[]|{}^`\\".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string never fails");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_addresses_are_mended_and_others_stay() {
        for (given, expected) in [
            (
                "HTTPS://A.example/../x%20y.mp4?b=[1]",
                "HTTPS://A.example/../x%20y.mp4?b=%5B1%5D",
            ),
            ("HTTPS://A.example/../x", "HTTPS://A.example/../x"),
            (
                "https://media.example/a b/é.mp4",
                "https://media.example/a%20b/%C3%A9.mp4",
            ),
            (
                "https://vidéo.example:8443/a.mp4",
                "https://xn--vido-dpa.example:8443/a.mp4",
            ),
            (
                "sftp://bücher.example:22/ü",
                "sftp://xn--bcher-kva.example:22/%C3%BC",
            ),
            ("https://u:p@a.example/x", "https://u:p@a.example/x"),
            ("https://a.example/x.mp4#t=1", "https://a.example/x.mp4#t=1"),
            ("magnet:?xt=urn:x y", "magnet:?xt=urn:x%20y"),
        ] {
            assert_eq!(absolute(given, None).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn relative_addresses_need_a_base() {
        let base = Url::parse("https://media.example/feeds/a.xml").unwrap();
        for (given, expected) in [
            ("b 1.mp4", "https://media.example/feeds/b%201.mp4"),
            ("/b.mp4", "https://media.example/b.mp4"),
            ("//cdn.example/b.mp4", "https://cdn.example/b.mp4"),
            ("../b.mp4?x=y", "https://media.example/b.mp4?x=y"),
        ] {
            assert_eq!(absolute(given, Some(&base)).as_deref(), Some(expected));
            assert_eq!(absolute(given, None), None);
        }
        assert_eq!(absolute("", Some(&base)), None);
    }

    #[test]
    fn schemes_extensions_and_sites_are_told() {
        assert_eq!(scheme("RTSP://x/y").as_deref(), Some("rtsp"));
        assert_eq!(scheme("a/b:c"), None);
        for (address, expected) in [
            ("https://a.example/b/c.MP4?x=.jpg", "mp4"),
            ("https://a.example", ""),
            ("https://a.example/v1.2/stream", ""),
            ("clip.mov", "mov"),
            ("magnet:?xt=a.b", ""),
        ] {
            assert_eq!(extension(address), expected, "{address}");
        }
        assert_eq!(site("https://www.YouTube.com/watch?v=1"), "youtube.com");
        assert_eq!(site("https://youtu.be"), "youtu.be");
    }
}
