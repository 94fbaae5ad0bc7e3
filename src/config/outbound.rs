//! `[outbound]`: what may be read from the network (reliability 6.6).

use std::time::Duration;

use ipnet::IpNet;
use toml::de::DeValue;
use url::Host;

use super::{
    faults::Refusal,
    layers::Value,
    parse::{self, DAY, HOUR, SECOND},
    read::Section,
};

/// What may be read from the network, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// Networks that may be asked although they are not public, at any port.
    pub allow: Vec<IpNet>,
    /// Names that may be asked wherever they lead, at any port: in lower case, without a last dot, in punycode.
    pub allow_hosts: Vec<String>,
    /// Ports of public addresses that may be asked.
    pub ports: Vec<u16>,
    pub connect_timeout: Duration,
    /// From a request to the head of its answer.
    pub header_timeout: Duration,
    /// Longest pause inside an answer.
    pub idle_timeout: Duration,
    /// For all of it, redirects included.
    pub timeout: Duration,
}

impl Outbound {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let (mut allow, mut allow_hosts) = (Vec::new(), Vec::new());
        for allowed in section.list("allow", network_or_host) {
            match allowed {
                Allowed::Network(network) => allow.push(network),
                Allowed::Host(host) => allow_hosts.push(host),
            }
        }
        Self {
            allow,
            allow_hosts,
            ports: section.list("ports", port),
            connect_timeout: section.duration("connect_timeout", SECOND..=HOUR),
            header_timeout: section.duration("header_timeout", SECOND..=HOUR),
            idle_timeout: section.duration("idle_timeout", SECOND..=HOUR),
            timeout: section.duration("timeout", SECOND..=DAY),
        }
    }
}

/// One part of `allow`.
enum Allowed {
    Network(IpNet),
    Host(String),
}

fn network_or_host(value: &Value<'_>) -> Result<Allowed, Refusal> {
    if let DeValue::String(text) = value.get_ref()
        && let Ok(Host::Domain(name)) = Host::parse(text.trim_end_matches('.'))
    {
        return Ok(Allowed::Host(name));
    }
    parse::network(value).map(Allowed::Network)
}

fn port(value: &Value<'_>) -> Result<u16, Refusal> {
    match value.get_ref() {
        DeValue::Integer(_) => parse::number(value, &(1..=u16::MAX)),
        _ => Err(parse::not("a port", "443")),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::given;

    #[test]
    fn networks_and_names_are_told_apart() {
        let config = given::config(
            "[outbound]\nallow = [\"10.1.0.0/16\", \"Feeds.Example.\", \"::1\", \"bücher.example\"]",
        );
        let networks = config.outbound.allow.iter().map(ToString::to_string);
        assert_eq!(networks.collect::<Vec<_>>(), ["10.1.0.0/16", "::1/128"]);
        let hosts = ["feeds.example", "xn--bcher-kva.example"];
        assert_eq!(config.outbound.allow_hosts, hosts);
        let faults = given::faults(
            "[outbound]\nallow = [\"10.1.2.3/16\", \"10.0.0.300\", \"a b\", \"\", \"http://a.example\"]",
        );
        assert_eq!(faults.len(), 5, "{faults:?}");
    }

    #[test]
    fn ports_are_numbers_that_a_port_can_have() {
        let config = given::config("[outbound]\nports = [443, 8443]\nallow = [\"10.1.0.0/16\"]");
        assert_eq!(config.outbound.ports, [443, 8443]);
        let faults = given::faults("[outbound]\nports = [0, \"https\", 70000]");
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[1].contains("not a port"), "{}", faults[1]);
    }
}
