//! Who may be asked: schemes, ports and addresses.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use url::{Host, Url};

use super::{
    Fault,
    address::{embedded, not_public},
};
use crate::config::Outbound;

/// The rules of `[outbound]`.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    config: Outbound,
    /// Where this daemon itself listens, which is refused whatever is allowed.
    own: Vec<SocketAddr>,
}

/// What the host of an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Literal(IpAddr),
    Name(String),
}

impl Gate {
    pub(super) fn new(config: &Outbound) -> Self {
        Self {
            config: config.clone(),
            own: Vec::new(),
        }
    }

    pub(super) fn refuse_own(&mut self, listeners: &[SocketAddr]) {
        self.own.extend_from_slice(listeners);
    }

    /// Judges every address that a host leads to. One bad address refuses them all: which of them is connected to is
    /// nobody's promise.
    pub(super) fn judge(&self, url: &Url, addresses: &[IpAddr]) -> Result<(), Fault> {
        let port = url.port_or_known_default().unwrap_or_default();
        for address in addresses {
            if self.is_own(*address, port) {
                let host = url.host_str().unwrap_or_default().to_owned();
                return Err(Fault::Own(host));
            }
            if !self.names(url) && !self.allows(*address) {
                self.judge_public(url, *address, port)?;
            }
        }
        Ok(())
    }

    fn judge_public(&self, url: &Url, address: IpAddr, port: u16) -> Result<(), Fault> {
        if let Some(what) = not_public(address) {
            let host = url.host_str().unwrap_or_default().to_owned();
            return Err(Fault::Blocked { host, what });
        }
        if self.config.ports.contains(&port) {
            Ok(())
        } else {
            Err(Fault::Port(port))
        }
    }

    /// Whether the host is one that the operator named.
    fn names(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        self.config.allow_hosts.iter().any(|named| named == host)
    }

    /// Whether this daemon itself listens there. The address of any host stands for this machine.
    fn is_own(&self, address: IpAddr, port: u16) -> bool {
        let address = embedded(address).map_or(address, IpAddr::V4);
        self.own.iter().any(|listener| {
            let same = listener.ip() == address || address.is_unspecified();
            let any = listener.ip().is_unspecified();
            listener.port() == port && (same || (any && is_here(address)))
        })
    }

    /// Whether an address is one of the operator's own. What it carries inside must be one, too, or public.
    fn allows(&self, address: IpAddr) -> bool {
        let listed = |address: IpAddr| {
            let networks = &self.config.allow;
            networks.iter().any(|network| network.contains(&address))
        };
        let inner = embedded(address).map(IpAddr::V4);
        listed(address) && inner.is_none_or(|inner| listed(inner) || not_public(inner).is_none())
    }
}

/// Whether an address is one of this machine's, which alone can be bound.
fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}

/// Who an address leads to.
///
/// # Errors
/// [`Fault::Unusable`] for what is no address of the web.
pub(super) fn target(url: &Url) -> Result<Target, Fault> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Fault::Unusable);
    }
    match url.host() {
        Some(Host::Ipv4(address)) => Ok(Target::Literal(address.into())),
        Some(Host::Ipv6(address)) => Ok(Target::Literal(address.into())),
        Some(Host::Domain(name)) if !name.is_empty() => Ok(Target::Name(name.to_owned())),
        _ => Err(Fault::Unusable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn gate(allow: &[&str]) -> Gate {
        let mut config = Config::default().outbound;
        config.allow = allow
            .iter()
            .map(|network| network.parse().unwrap())
            .collect();
        Gate::new(&config)
    }

    fn literal(text: &str) -> (Url, Vec<IpAddr>) {
        let url = Url::parse(text).unwrap();
        match target(&url).unwrap() {
            Target::Literal(address) => (url, vec![address]),
            Target::Name(name) => panic!("`{name}` is a name"),
        }
    }

    #[test]
    fn no_spelling_of_an_inner_address_gets_through() {
        for host in [
            "127.0.0.1",
            "127.1",
            "127.0.0.1.",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "%31%32%37.0.0.1",
            "１２７.０.０.１",
            "0",
            "169.254.169.254",
            "0xa9fea9fe",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::169.254.169.254]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fd00::1]",
        ] {
            let (url, addresses) = literal(&format!("http://{host}/"));
            let judged = gate(&[]).judge(&url, &addresses);
            assert!(
                matches!(judged, Err(Fault::Blocked { .. })),
                "{host}: {judged:?}"
            );
        }
        let (url, addresses) = literal("https://8.8.8.8/");
        assert!(gate(&[]).judge(&url, &addresses).is_ok());
    }

    #[test]
    fn one_bad_address_refuses_all() {
        let url = Url::parse("https://feeds.example/").unwrap();
        let (good, bad) = ("8.8.8.8".parse().unwrap(), "10.0.0.1".parse().unwrap());
        assert!(gate(&[]).judge(&url, &[good]).is_ok());
        assert!(gate(&[]).judge(&url, &[good, bad]).is_err());
        assert!(gate(&["10.0.0.0/8"]).judge(&url, &[good, bad]).is_ok());
    }

    #[test]
    fn a_named_host_may_lead_anywhere_and_no_other_may() {
        let mut config = Config::default().outbound;
        config.allow_hosts = vec!["feeds.example".to_owned()];
        let gate = Gate::new(&config);
        let own = ["10.0.0.1".parse().unwrap()];
        for (address, allowed) in [
            ("http://feeds.example/", true),
            ("http://FEEDS.example.:8080/", true),
            ("http://more.feeds.example/", false),
            ("http://feeds.example.org/", false),
            ("http://example/", false),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!(gate.judge(&url, &own).is_ok(), allowed, "{address}");
        }
    }

    #[test]
    fn an_allowed_network_does_not_allow_what_an_address_carries_inside() {
        let url = Url::parse("https://feeds.example/").unwrap();
        let translating = gate(&["64:ff9b::/96"]);
        let judge = |text: &str| translating.judge(&url, &[text.parse().unwrap()]);
        assert!(judge("64:ff9b::8.8.8.8").is_ok());
        assert!(judge("64:ff9b::10.0.0.1").is_err());
    }

    #[test]
    fn what_this_daemon_listens_on_is_refused_whatever_is_allowed() {
        let mut gate = gate(&["127.0.0.0/8", "::/0", "0.0.0.0/0"]);
        let listeners = ["0.0.0.0:8080", "127.0.0.2:8081"];
        gate.refuse_own(&listeners.map(|listener| listener.parse().unwrap()));
        for (address, is_own) in [
            ("http://127.0.0.1:8080/", true),
            ("http://[::1]:8080/", true),
            ("http://[::ffff:127.0.0.1]:8080/", true),
            ("http://0.0.0.0:8080/", true),
            ("http://127.0.0.2:8081/", true),
            ("http://0.0.0.0:8081/", true),
            ("http://127.0.0.1:8081/", false),
            ("http://127.0.0.1:8082/", false),
            ("http://192.0.2.1:8080/", false),
        ] {
            let (url, addresses) = literal(address);
            let judged = gate.judge(&url, &addresses);
            let refused = matches!(judged, Err(Fault::Own(_)));
            assert_eq!(refused, is_own, "{address}: {judged:?}");
        }
    }

    #[test]
    fn odd_ports_are_for_allowed_networks_only() {
        let url = Url::parse("https://feeds.example:6379/").unwrap();
        let (good, own) = ("8.8.8.8".parse().unwrap(), "10.0.0.1".parse().unwrap());
        let judged = gate(&["10.0.0.0/8"]).judge(&url, &[good]);
        assert!(matches!(judged, Err(Fault::Port(6379))));
        assert!(gate(&["10.0.0.0/8"]).judge(&url, &[own]).is_ok());
    }

    #[test]
    fn only_addresses_of_the_web_are_asked() {
        for text in [
            "file:///etc/passwd",
            "ftp://a.example/",
            "gopher://a.example/",
            "data:,x",
        ] {
            assert!(target(&Url::parse(text).unwrap()).is_err(), "{text}");
        }
    }
}
