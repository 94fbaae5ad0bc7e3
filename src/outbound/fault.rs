//! Why nothing was read, by class: no body, banner or resolved address is ever in the words.

use std::{error::Error, io, time::Duration};

/// Why nothing was read from an address. The words go behind its name.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("no address of the web; write one like `https://feeds.example/mrss.xml`")]
    Unusable,
    #[error(
        "`{host}` leads to {what}, which is refused; list it or its network in `outbound.allow` if it is yours"
    )]
    Blocked { host: String, what: &'static str },
    #[error(
        "`{0}` leads to this daemon itself, which is never read; name the address of a foreign document"
    )]
    Own(String),
    #[error("port {0} is refused; add it to `outbound.ports`, or use the usual one")]
    Port(u16),
    #[error("the name `{0}` leads to no address; check its spelling")]
    Name(String),
    #[error("no connection ({}); check that the server is up and can be reached from here", root(.0))]
    Connect(#[source] reqwest::Error),
    #[error(
        "no encrypted connection; the certificate or the protocol of the server is not acceptable"
    )]
    Tls(#[source] reqwest::Error),
    #[error("it answered {status}{}", cure(*status))]
    Status {
        status: u16,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    #[error("it redirects more than {0} times")]
    Redirects(usize),
    #[error("it redirects to nowhere; the address of the redirect can't be used")]
    LostRedirect,
    #[error("it redirects from `https` to `http`, where anybody could change what is sent")]
    Downgrade,
    #[error("it sends more than {0} bytes, unpacked")]
    TooLarge(u64),
    #[error("it is too slow: {0}")]
    Slow(&'static str),
    #[error("the transfer broke off; try again")]
    Broken(#[source] reqwest::Error),
    #[error("this program can't reach the network; check the certificates of this machine")]
    Client(#[source] reqwest::Error),
}

impl Fault {
    /// One word for metrics.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Self::Unusable => "unusable",
            Self::Blocked { .. } | Self::Own(_) | Self::Port(_) => "blocked",
            Self::Name(_) => "dns",
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Status { .. } => "status",
            Self::Redirects(_) | Self::LostRedirect | Self::Downgrade => "redirect",
            Self::TooLarge(_) => "too_large",
            Self::Slow(_) => "too_slow",
            Self::Broken(_) => "broken",
            Self::Client(_) => "client",
        }
    }

    /// What the client says when it has no answer yet.
    pub(super) fn of_request(error: reqwest::Error) -> Self {
        // The address may hold a secret.
        let error = error.without_url();
        if error.is_timeout() {
            return Self::Slow("no connection in time");
        }
        if !error.is_connect() {
            return Self::Broken(error);
        }
        if is_about_encryption(&error) {
            Self::Tls(error)
        } else {
            Self::Connect(error)
        }
    }

    /// What the client says inside an answer.
    pub(super) fn of_body(error: reqwest::Error) -> Self {
        Self::Broken(error.without_url())
    }
}

/// TLS tells its faults as invalid data, or the peer hangs up in the middle of its greeting.
fn is_about_encryption(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(source) = cause {
        if source.downcast_ref().is_some_and(is_invalid) {
            return true;
        }
        cause = source.source();
    }
    false
}

/// An error of the system that carries another is not its source, so both are looked at.
fn is_invalid(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    ) || inner.is_some_and(is_invalid)
}

/// What lies at the bottom of it: a word of the system or of TLS, and none of the other side's.
fn root(error: &reqwest::Error) -> String {
    let mut root: &dyn Error = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root.to_string()
}

fn cure(status: u16) -> &'static str {
    match status {
        401 | 403 => "; check user name and password",
        404 | 410 => "; check the address",
        429 => "; it wants to be asked less often",
        _ => "",
    }
}
