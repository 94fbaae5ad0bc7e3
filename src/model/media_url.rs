//! Which addresses Dailymotion can be asked to fetch from.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use url::{Host, Url};

const SCHEMES: [&str; 5] = ["http", "https", "ftp", "ftps", "sftp"];

/// Why an address can't be given to Dailymotion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaUrlFault {
    #[error("is not an absolute address")]
    NotAbsolute,
    #[error("uses `{0}:`, which Dailymotion does not fetch; use http, https, ftp, ftps or sftp")]
    Scheme(String),
    #[error("is sftp without a port; write the port in the address")]
    PortMissing,
    #[error("carries a user name or password in clear")]
    Secret,
    #[error("carries a fragment")]
    Fragment,
    #[error("has characters that must be percent-encoded")]
    Unencoded,
}

/// Checks an address of a media file or thumbnail (contracts/dailymotion-pull.md 3.1, 4.3).
///
/// # Errors
/// The first reason for which it must not be listed.
pub fn media_url(text: &str) -> Result<Url, MediaUrlFault> {
    let url = Url::parse(text).map_err(|_odd| MediaUrlFault::NotAbsolute)?;
    if !SCHEMES.contains(&url.scheme()) {
        return Err(MediaUrlFault::Scheme(url.scheme().to_owned()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(MediaUrlFault::NotAbsolute);
    }
    if url.scheme() == "sftp" && url.port().is_none() {
        return Err(MediaUrlFault::PortMissing);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(MediaUrlFault::Secret);
    }
    if url.fragment().is_some() {
        return Err(MediaUrlFault::Fragment);
    }
    if is_emittable(text) {
        Ok(url)
    } else {
        Err(MediaUrlFault::Unencoded)
    }
}

/// What stands in the place of a user name and password.
const TAKEN_OUT: &str = "***";

/// An address without the user name and password that it carries, which are kept nowhere (reliability.md 6.6).
///
/// What stands in their place makes [`media_url`] refuse the address as before, so that its video is a draft until somebody
/// mends it. A text that is no address loses what would be a password if it were one.
pub fn without_password(text: &str) -> Cow<'_, str> {
    let carries = Url::parse(text).map_or(text.contains("//"), |url| {
        !url.username().is_empty() || url.password().is_some()
    });
    if !carries {
        return Cow::Borrowed(text);
    }
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let begin = if !scheme.is_empty() && scheme.bytes().all(is_scheme) {
        scheme.len() + 1
    } else {
        0
    };
    let slashes = text[begin..]
        .bytes()
        .take_while(|byte| matches!(byte, b'/' | b'\\'));
    let begin = begin + slashes.count();
    let end = text[begin..].find(['/', '\\', '?', '#']);
    let authority = &text[begin..end.map_or(text.len(), |end| begin + end)];
    match authority.rfind('@') {
        Some(at) => Cow::Owned(format!(
            "{}{TAKEN_OUT}{}",
            &text[..begin],
            &text[begin + at..]
        )),
        None => Cow::Borrowed(text),
    }
}

/// Whether an address may stand in a feed as it is: a known scheme and only characters that a URL may hold.
///
/// Cheaper than [`media_url`], for the last look before an address is written; it lets nothing through that the other
/// refuses for its characters, its scheme, its fragment or its credentials.
pub fn is_emittable(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(colon) = bytes.iter().position(|byte| *byte == b':') else {
        return false;
    };
    let (scheme, rest) = bytes.split_at(colon);
    let Some(rest) = rest.strip_prefix(b"://") else {
        return false;
    };
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?'));
    let authority = &rest[..end.unwrap_or(rest.len())];
    SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()))
        && !authority.is_empty()
        && !authority.contains(&b'@')
        && all_writable(rest)
}

/// Whether every byte may follow the scheme of an address in a feed. No early end: so the compiler compares many at once,
/// which counts because every item is looked at twice.
fn all_writable(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |seen, byte| seen | unwritable(*byte)) == 0
}

/// Not 0 for what is no visible ASCII, and for the marks that no address may hold as they are.
fn unwritable(byte: u8) -> u8 {
    u8::from(byte <= b' ')
        | u8::from(byte >= 0x7F)
        | u8::from(byte == b'"')
        | u8::from(byte == b'#')
        | u8::from(byte == b'<')
        | u8::from(byte == b'>')
        // From bracket to backtick all but the underscore, and from brace to brace.
        | (u8::from(byte.wrapping_sub(b'[') <= b'`' - b'[') & u8::from(byte != b'_'))
        | u8::from(byte.wrapping_sub(b'{') <= b'}' - b'{')
}

/// Whether a host is private: an address that is not public, or a name that only an inner network resolves.
pub fn is_private_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_private_v4(address),
        Some(Host::Ipv6(address)) => is_private_v6(address),
        Some(Host::Domain(name)) => is_private_name(name),
        None => true,
    }
}

fn is_private_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if let Ok(address) = name.parse::<IpAddr>() {
        // Schemes other than http keep an address as a name.
        return match address {
            IpAddr::V4(address) => is_private_v4(address),
            IpAddr::V6(address) => is_private_v6(address),
        };
    }
    let inner = [".local", ".localhost", ".internal", ".lan", ".home.arpa"];
    !name.contains('.') || inner.iter().any(|suffix| name.ends_with(suffix))
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = address.to_ipv4_mapped() {
        return is_private_v4(embedded);
    }
    let first = address.segments()[0];
    // Global unicast is 2000::/3; documentation is 2001:db8::/32.
    !(0x2000..0x4000).contains(&first) || (first == 0x2001 && address.segments()[1] == 0x0db8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_and_the_address_stays_refused() {
        for (text, kept) in [
            (
                "https://ann:hunter2@media.example/a.mp4?b=c",
                "https://***@media.example/a.mp4?b=c",
            ),
            ("https://ann@media.example", "https://***@media.example"),
            (
                "https:ann:hun@ter2@media.example",
                "https:***@media.example",
            ),
            (
                "sftp://a:b@media.example:22/c@d",
                "sftp://***@media.example:22/c@d",
            ),
        ] {
            assert_eq!(without_password(text), kept);
            assert_eq!(without_password(kept), kept);
            assert_eq!(media_url(kept), Err(MediaUrlFault::Secret));
        }
        assert_eq!(
            without_password("//a:b@media.example"),
            "//***@media.example"
        );
        assert_eq!(without_password("https://a:b@"), "https://***@");
        for text in [
            "https://media.example/ann@home?who=a@b#c@d",
            "mailto:ann@media.example",
            "ann@home",
            "",
        ] {
            assert_eq!(without_password(text), text);
        }
    }

    #[test]
    fn direct_links_of_the_five_transports_pass() {
        for text in [
            "https://media.example/b/123.mp4",
            "http://media.example:8080/a%20b.mp4?sig=x&y=1",
            "ftp://media.example/a.mov",
            "ftps://media.example/a.mov",
            "sftp://media.example:2222/a.mov",
        ] {
            assert!(media_url(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_named() {
        use MediaUrlFault as Fault;
        for (text, fault) in [
            ("", Fault::NotAbsolute),
            ("/a.mp4", Fault::NotAbsolute),
            (
                "javascript:alert(1)",
                Fault::Scheme("javascript".to_owned()),
            ),
            ("rtmp://media.example/a", Fault::Scheme("rtmp".to_owned())),
            ("sftp://media.example/a.mp4", Fault::PortMissing),
            ("https://u:p@media.example/a.mp4", Fault::Secret),
            ("https://u@media.example/a.mp4", Fault::Secret),
            ("https://media.example/a.mp4#t=1", Fault::Fragment),
            ("https://media.example/a b.mp4", Fault::Unencoded),
            ("https://media.example/é.mp4", Fault::Unencoded),
            ("https://media.example/{id}.mp4", Fault::Unencoded),
        ] {
            assert_eq!(media_url(text).unwrap_err(), fault, "{text}");
        }
    }

    #[test]
    fn the_last_look_refuses_what_must_never_be_written() {
        for text in [
            "https://a.example/a b",
            "javascript://x/%0a",
            "https://u:p@a.example/",
            "https://a.example/#x",
            "x",
        ] {
            assert!(!is_emittable(text), "{text}");
        }
        assert!(is_emittable("HTTPS://a.example/x@y.mp4"));
    }

    #[test]
    fn private_hosts_are_recognised() {
        for host in [
            "localhost",
            "10.0.0.1",
            "127.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "[::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "nas.local",
            "intranet",
            "vault.internal",
            "2130706433",
        ] {
            let url = Url::parse(&format!("http://{host}/a.mp4")).unwrap();
            assert!(is_private_host(&url), "{host}");
        }
        for host in ["media.example", "8.8.8.8", "[2a00:1450::1]"] {
            let url = Url::parse(&format!("http://{host}/a.mp4")).unwrap();
            assert!(!is_private_host(&url), "{host}");
        }
        assert!(is_private_host(
            &Url::parse("sftp://127.0.0.1:22/a").unwrap()
        ));
    }
}
