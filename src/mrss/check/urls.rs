//! Addresses: what the validator makes of their characters and schemes, and what Dailymotion fetches media over.

use url::Url;

use super::{
    finding::{Found, Objector, Rule, short},
    node::Node,
};

const URL_BLANK: Rule = Rule::error("url_blank", Objector::Both, "write the whole address");
const URL_RELATIVE: Rule = Rule::error(
    "url_relative",
    Objector::Both,
    "write the whole address, with scheme and host",
);
const URL_CHARACTER: Rule = Rule::error(
    "url_character",
    Objector::Validator,
    "percent-encode it, or name the host instead of its IPv6 address",
);
const URL_NON_ASCII: Rule = Rule::error(
    "url_non_ascii",
    Objector::Validator,
    "percent-encode paths, and write hosts in punycode",
);
const URL_TRANSFER: Rule = Rule::warning(
    "url_transfer",
    Objector::Validator,
    "nothing to do; Dailymotion fetches over it",
)
.expected(
    "the validator's list of schemes lacks `sftp` and `ftps`, over which Dailymotion fetches",
);
const URL_SCHEME: Rule = Rule::warning(
    "url_scheme",
    Objector::Validator,
    "use a scheme that everybody knows",
);
const MEDIA_TRANSPORT: Rule = Rule::error(
    "media_transport",
    Objector::Dailymotion,
    "offer the file over http, https, ftp, ftps or sftp",
);
const SFTP_PORT: Rule = Rule::error(
    "sftp_port",
    Objector::Dailymotion,
    "write the port into the address, `:22` if it is the usual one",
);
const URL_PASSWORD: Rule = Rule::note(
    "url_password",
    Objector::Dailymotion,
    "it is accepted, but whoever reads the feed reads it too; prefer a network rule or a signed link",
);
const ENCLOSURE_URL: Rule = Rule::error(
    "enclosure_url",
    Objector::Validator,
    "an enclosure needs an http or https address; leave it out where `media:content` names the file",
);

/// Schemes over which Dailymotion fetches media (contracts/dailymotion-pull.md 3.1).
const TRANSPORTS: [&str; 5] = ["http", "https", "ftp", "ftps", "sftp"];

/// Schemes of letters that the validator takes for registered.
const REGISTERED: &str = "
ftp http gopher mailto news nntp telnet wais file prospero cid mid vemmi service imap nfs acap rtsp tip pop data dav
opaquelocktoken sip sips tel fax modem ldap https urn go ipp tftp mupdate pres im mtqp dict snmp crid tag dns info aaa
aaas cap iax icap iris msrp msrps shttp thismessage tv xmpp";

/// Checks an address that must be whole.
pub(super) fn address(node: &Node, place: &str, value: &str, found: &mut Found) {
    let shown = short(value);
    if value.trim().is_empty() {
        found.at(node, &URL_BLANK, format!("{place} is empty"));
    } else if let Some(odd) = value.chars().find(|c| c.is_ascii() && !is_plain(*c)) {
        let what = format!("{place} `{shown}` holds {odd:?}, which no address may hold");
        found.at(node, &URL_CHARACTER, what);
    } else if !value.is_ascii() {
        let what = format!("{place} `{shown}` holds characters beyond ASCII");
        found.at(node, &URL_NON_ASCII, what);
    } else {
        plain(node, place, value, found);
    }
}

/// Checks an address of plain characters.
fn plain(node: &Node, place: &str, value: &str, found: &mut Found) {
    let shown = short(value);
    let Some(scheme) = scheme(value) else {
        let what = format!("{place} `{shown}` is no whole address");
        found.at(node, &URL_RELATIVE, what);
        return;
    };
    let rest = &value[scheme.len() + 1..];
    let hosted = ["http", "ftp"].contains(&scheme.as_str());
    let bare = rest.trim_start_matches('/').is_empty();
    if bare || (hosted && (!rest.starts_with("//") || rest.starts_with("///"))) {
        let what = format!("{place} `{shown}` names no host");
        found.at(node, &URL_RELATIVE, what);
    } else if ["sftp", "ftps"].contains(&scheme.as_str()) {
        let what = format!("{place} uses `{scheme}:`");
        found.at(node, &URL_TRANSFER, what);
    } else if scheme.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !REGISTERED
            .split_ascii_whitespace()
            .any(|known| known == scheme)
    {
        let what = format!("{place} uses `{scheme}:`, which is not registered");
        found.at(node, &URL_SCHEME, what);
    }
}

/// Checks the address of a media file beyond [`address`]: whether Dailymotion can fetch it.
pub(super) fn media_file(node: &Node, value: &str, found: &mut Found) {
    let Some(scheme) = scheme(value) else { return };
    if !TRANSPORTS.contains(&scheme.as_str()) {
        let what = format!("Dailymotion does not fetch over `{scheme}:`");
        found.at(node, &MEDIA_TRANSPORT, what);
        return;
    }
    let Ok(url) = Url::parse(value) else { return };
    if scheme == "sftp" && url.port().is_none() {
        found.at(node, &SFTP_PORT, "the `sftp:` address names no port");
    }
    if !url.username().is_empty() || url.password().is_some() {
        let what = "the address carries a user name or password";
        found.at(node, &URL_PASSWORD, what);
    }
}

/// Checks the address of an enclosure, for which the validator has a rule of its own.
pub(super) fn enclosure(node: &Node, value: &str, found: &mut Found) {
    let web = scheme(value).is_some_and(|scheme| ["http", "https"].contains(&scheme.as_str()));
    let host = Url::parse(value)
        .ok()
        .and_then(|url| url.domain().map(|host| host.contains('.')));
    let plain = value.chars().all(is_plain);
    if !web || host != Some(true) || !plain {
        let what = format!("`url` is `{}`", short(value));
        found.at(node, &ENCLOSURE_URL, what);
    }
}

/// The scheme in lower case; none where there is none.
pub(super) fn scheme(value: &str) -> Option<String> {
    let (scheme, _) = value.split_once(':')?;
    let sound = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    sound.then(|| scheme.to_ascii_lowercase())
}

/// Whether an address may hold this character.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || ";/?:@&=+$.-_!~*'()%,#".contains(character)
}
