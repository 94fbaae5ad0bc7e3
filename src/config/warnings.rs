//! What is allowed but deserves a second look: said at start, by `mcnd config check` and on the dashboard.

use std::net::SocketAddr;

use super::{AddressCheck, Config, ListAttribute};

impl Config {
    /// One sentence for each thing that is probably not meant.
    pub fn warnings(&self) -> Vec<String> {
        let server = &self.server;
        let listed = |wanted| {
            self.user_list
                .fields
                .iter()
                .any(|(_, attribute)| *attribute == wanted)
        };
        let everybody = |network: &&ipnet::IpNet| network.prefix_len() == 0;
        let mut warnings = Vec::new();
        if server.public_url.is_none() {
            warnings.push(
                "`server.public_url` is empty: `mcnd serve` does not start without it".to_owned(),
            );
        }
        if !server.behind_proxy {
            warnings.extend(exposed("server.public", server.public));
            warnings.extend(exposed("server.operator", server.operator));
        }
        if server.behind_proxy && server.trusted_proxies.is_empty() {
            let effect = "every client counts as the proxy, also for limits per address";
            warnings.push(format!(
                "`server.trusted_proxies` is empty behind a proxy: {effect}"
            ));
        }
        if let Some(network) = server.trusted_proxies.iter().find(everybody) {
            warnings.push(format!(
                "`server.trusted_proxies` holds `{network}`: anybody may claim any address"
            ));
        }
        if self.access.open {
            warnings.push(
                "`access.open` is on: anybody may read the user list and the feeds".to_owned(),
            );
        }
        if self.access.addresses.is_empty() && self.access.address_check == AddressCheck::Report {
            warnings.push(
                "`access.addresses` is empty: every crawler is reported as a stranger".to_owned(),
            );
        }
        if !listed(ListAttribute::FeedUrl) {
            warnings.push(
                "`user_list.fields` lacks `feed_url`: Dailymotion is not told where the feeds are"
                    .to_owned(),
            );
        }
        if self.database.dangerous_open_secret_files {
            let effect = "other users of this machine may read or change secrets";
            warnings.push(format!(
                "`database.dangerous_open_secret_files` is on: {effect}"
            ));
        }
        warnings
    }
}

fn exposed(key: &str, address: SocketAddr) -> Option<String> {
    let cure = "put a proxy in front and set `server.behind_proxy = true`, or listen on a loopback address";
    (!address.ip().to_canonical().is_loopback()).then(|| {
        format!("`{key}` listens on `{address}` without TLS, where others can reach it: {cure}")
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, given};

    fn warns(text: &str, of: &str) -> bool {
        given::config(text)
            .warnings()
            .iter()
            .any(|warning| warning.contains(of))
    }

    #[test]
    fn the_default_warns_of_the_missing_address_and_the_open_listener() {
        let warnings = Config::default().warnings();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].starts_with("`server.public_url` is empty"));
        assert!(warnings[1].starts_with("`server.public` listens on `0.0.0.0:8080` without TLS"));
    }

    #[test]
    fn a_loopback_listener_or_a_proxy_needs_no_warning() {
        assert!(!warns("server.public = \"127.0.0.1:8080\"", "without TLS"));
        assert!(!warns("server.public = \"[::1]:8080\"", "without TLS"));
        assert!(!warns("server.behind_proxy = true", "without TLS"));
        assert!(warns(
            "server.operator = \"[::]:8081\"",
            "`server.operator` listens on `[::]:8081`"
        ));
    }

    #[test]
    fn what_weakens_the_guard_is_said() {
        assert!(warns(
            "server.behind_proxy = true",
            "trusted_proxies` is empty"
        ));
        assert!(warns(
            "server.trusted_proxies = [\"::/0\"]",
            "anybody may claim any address"
        ));
        assert!(warns("access.open = true", "anybody may read"));
        assert!(warns("access.addresses = []", "reported as a stranger"));
        assert!(warns(
            "user_list.fields = [[\"id\", \"name\"]]",
            "lacks `feed_url`"
        ));
        assert!(warns(
            "database.dangerous_open_secret_files = true",
            "other users"
        ));
    }
}
