//! `[outbound]`: what may be read from the network (reliability 6.6).

use std::time::Duration;

use ipnet::IpNet;
use toml::de::DeValue;

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
        Self {
            allow: section.list("allow", parse::network),
            ports: section.list("ports", port),
            connect_timeout: section.duration("connect_timeout", SECOND..=HOUR),
            header_timeout: section.duration("header_timeout", SECOND..=HOUR),
            idle_timeout: section.duration("idle_timeout", SECOND..=HOUR),
            timeout: section.duration("timeout", SECOND..=DAY),
        }
    }
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
    fn ports_are_numbers_that_a_port_can_have() {
        let config = given::config("[outbound]\nports = [443, 8443]\nallow = [\"10.1.0.0/16\"]");
        assert_eq!(config.outbound.ports, [443, 8443]);
        let faults = given::faults("[outbound]\nports = [0, \"https\", 70000]");
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[1].contains("not a port"), "{}", faults[1]);
    }
}
