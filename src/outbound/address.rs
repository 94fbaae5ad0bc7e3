//! Which addresses of the network are nobody's business: a table, and nothing that waits.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix)
}

const fn v6(first: u16, second: u16, third: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0), prefix)
}

/// Networks that are not public, each with what it is for (IANA's special-purpose registry).
const REFUSED_V4: [(Ipv4Net, &str); 16] = [
    (v4(0, 0, 0, 8), "this host"),
    (v4(10, 0, 0, 8), "a private network"),
    (v4(100, 64, 0, 10), "a carrier's inner network"),
    (v4(127, 0, 0, 8), "this machine"),
    (v4(169, 254, 0, 16), "the local link"),
    (v4(172, 16, 0, 12), "a private network"),
    (v4(192, 0, 0, 24), "a protocol's own network"),
    (v4(192, 0, 2, 24), "a network for documents"),
    (v4(192, 88, 99, 24), "a relay to another network"),
    (v4(192, 168, 0, 16), "a private network"),
    (v4(198, 18, 0, 15), "a network for benchmarks"),
    (v4(198, 51, 100, 24), "a network for documents"),
    (v4(203, 0, 113, 24), "a network for documents"),
    (v4(224, 0, 0, 4), "a group of hosts"),
    (v4(240, 0, 0, 4), "a reserved network"),
    (v4(255, 255, 255, 24), "a broadcast"),
];

/// The same, as far as it lies within [`GLOBAL_V6`].
const REFUSED_V6: [(Ipv6Net, &str); 4] = [
    (v6(0x2001, 0, 0, 23), "a protocol's own network"),
    (v6(0x2001, 0xdb8, 0, 32), "a network for documents"),
    (v6(0x2002, 0, 0, 16), "a relay to another network"),
    (v6(0x3fff, 0, 0, 20), "a network for documents"),
];

/// What is public of IPv6. Mapped and translated IPv4 addresses, local ones and groups all lie outside.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// Networks of IPv6 whose last 32 bits are an address of IPv4.
const CARRIES_V4: [Ipv6Net; 4] = [
    v6(0, 0, 0, 96),
    Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
    v6(0x64, 0xff9b, 0, 96),
    v6(0x64, 0xff9b, 1, 48),
];

/// Why an address is not public; none when it is.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => REFUSED_V4
            .iter()
            .find(|(network, _)| network.contains(&address))
            .map(|(_, what)| *what),
        IpAddr::V6(address) if !GLOBAL_V6.contains(&address) => Some("no public network"),
        IpAddr::V6(address) => REFUSED_V6
            .iter()
            .find(|(network, _)| network.contains(&address))
            .map(|(_, what)| *what),
    }
}

/// The address of IPv4 that one of IPv6 stands for.
pub(super) fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else {
        return None;
    };
    if address.is_loopback() || address.is_unspecified() {
        return None;
    }
    let [a, b, c, d] = match address.segments() {
        // 6to4 carries it behind its first 16 bits.
        [0x2002, high, low, ..] => (u32::from(high) << 16 | u32::from(low)).to_be_bytes(),
        [.., high, low] if CARRIES_V4.iter().any(|network| network.contains(&address)) => {
            (u32::from(high) << 16 | u32::from(low)).to_be_bytes()
        }
        _ => return None,
    };
    Some(Ipv4Addr::new(a, b, c, d))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_public(text: &str) -> bool {
        not_public(text.parse().unwrap()).is_none()
    }

    #[test]
    fn every_network_that_is_not_public_is_refused_from_its_first_to_its_last_address() {
        for (first, last) in [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.88.99.0", "192.88.99.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("224.0.0.0", "255.255.255.255"),
            ("::", "1fff:ffff::"),
            ("::1", "::7f00:1"),
            ("::ffff:0:0", "::ffff:8.8.8.8"),
            ("64:ff9b::", "64:ff9b::8.8.8.8"),
            ("64:ff9b:1::", "64:ff9b:1:ffff::"),
            ("100::", "100::ffff"),
            ("2001::", "2001:1ff:ffff::"),
            ("2001:db8::", "2001:db8:ffff::"),
            ("2002::", "2002:0808:0808::1"),
            ("3fff::", "3fff:fff:ffff::"),
            ("5f00::", "5f00:ffff::"),
            ("fc00::", "fdff:ffff::"),
            ("fe80::", "febf:ffff::"),
            ("fec0::", "feff:ffff::"),
            ("ff00::", "ffff:ffff::"),
        ] {
            assert!(!is_public(first) && !is_public(last), "{first} to {last}");
        }
    }

    #[test]
    fn their_neighbours_are_public() {
        for text in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.114.0",
            "223.255.255.255",
            "2001:200::",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "2a00:1450::1",
            "3fff:1000::",
        ] {
            assert!(is_public(text), "{text}");
        }
    }

    #[test]
    fn an_address_inside_another_is_found() {
        let inner = |text: &str| embedded(text.parse().unwrap()).map(|inner| inner.to_string());
        for text in [
            "::ffff:10.1.2.3",
            "::10.1.2.3",
            "64:ff9b::10.1.2.3",
            "64:ff9b:1::10.1.2.3",
            "2002:0a01:0203::1",
        ] {
            assert_eq!(inner(text).as_deref(), Some("10.1.2.3"), "{text}");
        }
        for text in ["2a00:1450::1", "::1", "::"] {
            assert_eq!(inner(text), None, "{text}");
        }
        assert_eq!(inner("10.1.2.3"), None);
    }
}
