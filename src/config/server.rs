//! `[server]`: the listeners and what a client may cost.

use std::{net::SocketAddr, time::Duration};

use ipnet::IpNet;
use url::Url;

use super::{
    faults::{Refusal, refusal},
    layers::Value,
    parse::{self, HOUR, MINUTE, SECOND},
    read::Section,
};

/// The two listeners and their limits. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub public: SocketAddr,
    pub operator: SocketAddr,
    /// Absolute `http` or `https` address without query, fragment and user. `serve` needs it.
    pub public_url: Option<Url>,
    /// What links to the operators' listener begin with; none for its own address.
    pub operator_url: Option<Url>,
    pub behind_proxy: bool,
    pub require_tls: bool,
    pub trusted_proxies: Vec<IpNet>,
    /// Also how long an idle connection is kept.
    pub header_timeout: Duration,
    pub body_idle_timeout: Duration,
    pub body_timeout: Duration,
    /// For a whole file that an operator sends.
    pub upload_timeout: Duration,
    pub write_timeout: Duration,
    pub request_timeout: Duration,
    pub max_connections: usize,
    pub max_connections_per_address: usize,
    /// Requests for user list and feeds that are under way.
    pub max_crawls: usize,
    pub send_buffer: usize,
    pub lame_duck: Duration,
    pub stop_timeout: Duration,
    pub max_url_bytes: usize,
}

impl Server {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let limit = |key| section.duration(key, Duration::from_millis(100)..=HOUR);
        let server = Self {
            public: section.address("public"),
            operator: section.address("operator"),
            public_url: section.value("public_url", web_address),
            operator_url: section.value("operator_url", web_address),
            behind_proxy: section.flag("behind_proxy"),
            require_tls: section.flag("require_tls"),
            trusted_proxies: section.list("trusted_proxies", parse::network),
            header_timeout: limit("header_timeout"),
            body_idle_timeout: limit("body_idle_timeout"),
            body_timeout: limit("body_timeout"),
            upload_timeout: section.duration("upload_timeout", SECOND..=24 * HOUR),
            write_timeout: limit("write_timeout"),
            request_timeout: limit("request_timeout"),
            max_connections: section.number("max_connections", 1..=1_000_000),
            max_connections_per_address: section
                .number("max_connections_per_address", 1..=1_000_000),
            max_crawls: section.number("max_crawls", 1..=1_000_000),
            send_buffer: section.number("send_buffer", 4096..=16_777_216),
            lame_duck: section.duration("lame_duck", Duration::ZERO..=10 * MINUTE),
            stop_timeout: section.duration("stop_timeout", SECOND..=HOUR),
            max_url_bytes: section.number("max_url_bytes", 256..=65_536),
        };
        server.check(section);
        server
    }

    fn check(&self, section: &Section<'_>) {
        if self.require_tls && !self.behind_proxy {
            let cure = "put a proxy that ends TLS in front and set `server.behind_proxy = true`";
            section.refuse(
                "require_tls",
                refusal("this daemon does not end TLS itself", cure),
            );
        }
        if self.require_tls
            && self
                .public_url
                .as_ref()
                .is_some_and(|url| url.scheme() == "http")
        {
            let cure = "write it with `https`, or set `server.require_tls = false`";
            section.refuse(
                "public_url",
                refusal(
                    "`server.require_tls` would refuse requests to this address",
                    cure,
                ),
            );
        }
        if self.public == self.operator && self.public.port() != 0 {
            let (key, other) = if section.is_given("operator") {
                ("operator", "public")
            } else {
                ("public", "operator")
            };
            let problem = format!("it is the address of `server.{other}` too");
            section.refuse(key, refusal(problem, "choose another port"));
        }
    }
}

fn web_address(value: &Value<'_>) -> Result<Option<Url>, Refusal> {
    parse::web_address(value, "https://mcn.example")
}

#[cfg(test)]
mod tests {
    use crate::config::given;

    #[test]
    fn tls_cannot_be_required_without_a_proxy() {
        let faults = given::faults("[server]\nrequire_tls = true");
        assert_eq!(faults.len(), 1);
        assert!(
            faults[0].contains(
                ":2: `server.require_tls` is `true`: this daemon does not end TLS itself"
            ),
            "{}",
            faults[0]
        );
        let config = given::config(
            "[server]\nrequire_tls = true\nbehind_proxy = true\npublic_url = \"https://mcn.example\"",
        );
        assert!(config.server.require_tls);
        assert_eq!(
            given::faults(
                "server = { require_tls = true, behind_proxy = true, public_url = \"http://a\" }"
            )
            .len(),
            1
        );
    }

    #[test]
    fn the_two_listeners_cannot_share_an_address() {
        let public = given::faults("[server]\npublic = \"127.0.0.1:8081\"");
        assert!(public[0].contains(":2: `server.public` is "), "{public:?}");
        let operator = given::faults("[server]\noperator = \"0.0.0.0:8080\"");
        assert!(
            operator[0].contains(":2: `server.operator` is "),
            "{operator:?}"
        );
        given::config("[server]\npublic = \"127.0.0.1:0\"\noperator = \"127.0.0.1:0\"");
    }

    #[test]
    fn each_wrong_network_is_named_at_its_own_line() {
        let faults = given::faults(
            "[server]\ntrusted_proxies = [\n \"10.0.0.0/8\",\n \"10.0.0.1/8\",\n 7,\n]",
        );
        assert_eq!(faults.len(), 2);
        assert!(
            faults[0].contains(":4: `server.trusted_proxies` is `\"10.0.0.1/8\"`: "),
            "{}",
            faults[0]
        );
        assert!(
            faults[1].contains(":5: `server.trusted_proxies` is `7`: "),
            "{}",
            faults[1]
        );
    }
}
