//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that a request comes from, as far as it can be believed. An extension of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The peer, or what trusted proxies say about who stands behind them.
    ///
    /// `X-Forwarded-For` is read from its right end for as long as the address that wrote an entry is
    /// a trusted proxy, so no client can choose what is seen. An unreadable entry ends the search at
    /// the proxy that wrote it.
    pub fn of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let mut believed = peer.to_canonical();
        let values: Vec<_> = headers.get_all(X_FORWARDED_FOR).iter().collect();
        for value in values.iter().rev() {
            let text = value.to_str().unwrap_or_default();
            for hop in text.rsplit(',') {
                if !is_in(trusted, believed) {
                    return Self(believed);
                }
                match address(hop.trim()) {
                    Some(further) => believed = further,
                    None => return Self(believed),
                }
            }
        }
        Self(believed)
    }
}

/// Reads an address as proxies write it: alone, in brackets or quotes, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let alone = inner.unwrap_or(text).parse().ok();
    let with_port = || text.parse().ok().map(|socket: SocketAddr| socket.ip());
    alone.or_else(with_port).map(|ip: IpAddr| ip.to_canonical())
}

/// Whether one of `networks` holds `address`, also when it is written as mapped into IPv6.
pub(super) fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(X_FORWARDED_FOR, value.parse().unwrap());
        }
        let address = ClientAddress::of(peer.parse().unwrap(), &headers, &trusted);
        address.0.to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(client("192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(client("192.0.2.9", &[]), "192.0.2.9");
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_is_the_client() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            client("10.0.0.1", &["203.0.113.5, 198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(
            client("::ffff:10.0.0.1", &["203.0.113.5", "198.51.100.1,10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(client("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn ports_brackets_and_quotes_are_read() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client("fd00::1", &["\"[2001:db8::1]:80\""]), "2001:db8::1");
        assert_eq!(client("fd00::1", &["[2001:db8::1]"]), "2001:db8::1");
    }

    #[test]
    fn garbage_ends_the_search_at_the_proxy_that_wrote_it() {
        for garbage in ["", "unknown", "1.2.3", "198.51.100.1, ,", "\u{e9}"] {
            assert_eq!(client("10.0.0.1", &[garbage]), "10.0.0.1", "`{garbage}`");
        }
        assert_eq!(
            client("10.0.0.1", &["198.51.100.1, _x, 10.0.0.2"]),
            "10.0.0.2"
        );
    }
}
