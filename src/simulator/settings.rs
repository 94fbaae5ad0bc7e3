//! What the simulator can be told: where to read, how to import, where to report, what to get wrong.
//!
//! Every field has a default, so that a file or a command line names only what differs.

use serde::Deserialize;
use url::Url;

use super::credential::Credential;
use super::faults::Faults;
use super::script::Rule;

/// Everything a simulator needs to start.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where all randomness comes from: the same seed gives the same ids, refusals and faults.
    pub seed: u64,
    /// How the user list and the feeds are read.
    pub crawler: Crawler,
    /// How items become videos.
    pub injector: Injector,
    /// How outcomes are reported.
    pub callback: Callback,
    /// What goes wrong on the way to the callback address, and how often.
    pub faults: Faults,
    /// Outcomes decided beforehand; what no rule names is left to chance.
    pub script: Vec<Rule>,
}

/// How the user list and the feeds are read (the contract's sections 2, 3.1 and 5).
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Crawler {
    /// Address of the user list; a secret path is a part of it.
    pub user_list: String,
    /// Sent with every request to the user list and the feeds.
    pub credential: Credential,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Key of an entry's user id, a string or a number.
    pub id_key: String,
    /// Key of an entry's feed address.
    pub feed_key: String,
    /// Member that holds the entries when the user list is an object.
    pub list_key: String,
    /// Milliseconds between the end of a crawl and the next one; 0 crawls only when asked to.
    pub period_ms: u64,
    /// How many pages of one list or feed are read at most, when pages are offered.
    pub max_pages: usize,
    /// Largest answer read, in bytes after decompression.
    pub max_body_bytes: usize,
    /// Milliseconds that one request may take, the body included.
    pub timeout_ms: u64,
}

impl Default for Crawler {
    fn default() -> Self {
        Self {
            user_list: "http://127.0.0.1:8080/users.json".to_owned(),
            credential: Credential::None,
            user_agent: "Dailymotion-Injector (simulated)".to_owned(),
            id_key: "id".to_owned(),
            feed_key: "mrss".to_owned(),
            list_key: "list".to_owned(),
            period_ms: 10_000,
            max_pages: 100,
            max_body_bytes: 64 * 1024 * 1024,
            timeout_ms: 30_000,
        }
    }
}

/// How items become videos.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Injector {
    /// Milliseconds that an import takes at least.
    pub import_ms: u64,
    /// Up to so many milliseconds more, chosen for each item.
    pub jitter_ms: u64,
    /// Share of items refused when first seen, 0 to 1. A later attempt succeeds unless scripted.
    pub refuse_share: f64,
    /// Share of items for which progress is reported before the outcome, 0 to 1.
    pub progress_share: f64,
}

impl Default for Injector {
    fn default() -> Self {
        Self {
            import_ms: 2_000,
            jitter_ms: 3_000,
            refuse_share: 0.05,
            progress_share: 0.1,
        }
    }
}

/// How outcomes are reported (the contract's section 8).
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Callback {
    /// Address that arrays of events are posted to.
    pub address: String,
    /// Sent with every post.
    pub credential: Credential,
    /// Milliseconds that one post may take, the answer included.
    pub timeout_ms: u64,
    /// Most events of one array, before faults split and merge.
    pub array_max: usize,
    /// Milliseconds that an array waits for more events.
    pub gather_ms: u64,
    /// Most posts under way at once.
    pub connections: usize,
    /// Milliseconds before an array that was not answered 2xx is sent again; doubled each time.
    pub first_wait_ms: u64,
    /// Longest such wait in milliseconds.
    pub longest_wait_ms: u64,
    /// After so many sendings an unanswered array is given up; 0 never gives up.
    pub give_up_after: u32,
}

impl Default for Callback {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:8080/callbacks/dailymotion".to_owned(),
            credential: Credential::None,
            timeout_ms: 10_000,
            array_max: 20,
            gather_ms: 200,
            connections: 4,
            first_wait_ms: 500,
            longest_wait_ms: 10_000,
            give_up_after: 0,
        }
    }
}

/// Settings that no simulator can start with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value lies outside what its setting allows.
    #[error("`{setting}` is `{value}`; {cure}")]
    Setting {
        /// Dotted name of the setting.
        setting: &'static str,
        /// What it was set to.
        value: String,
        /// What it may be.
        cure: &'static str,
    },
    /// The HTTP client could not be made.
    #[error("the simulator has no http client; look at the system's certificates")]
    Client(#[source] reqwest::Error),
}

/// The two addresses of [`Settings`], read.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    pub(super) user_list: Url,
    pub(super) callback: Url,
}

impl Settings {
    /// Reads the addresses and refuses values that make no sense.
    pub(super) fn check(&self) -> Result<Addresses, Error> {
        share("injector.refuse_share", self.injector.refuse_share)?;
        share("injector.progress_share", self.injector.progress_share)?;
        at_least_one("crawler.max_pages", self.crawler.max_pages)?;
        at_least_one("callback.array_max", self.callback.array_max)?;
        at_least_one("callback.connections", self.callback.connections)?;
        let addresses = Addresses {
            user_list: address("crawler.user_list", &self.crawler.user_list)?,
            callback: address("callback.address", &self.callback.address)?,
        };
        check_faults(&addresses.callback, &self.faults)?;
        Ok(addresses)
    }
}

/// Refuses chances outside 0 to 1, and slow bodies and hang-ups over TLS: those posts are written
/// by hand.
pub(super) fn check_faults(callback: &Url, faults: &Faults) -> Result<(), Error> {
    for (setting, value) in faults.chances() {
        share(setting, value)?;
    }
    if callback.scheme() == "http" || (faults.slow_body <= 0.0 && faults.hang_up <= 0.0) {
        return Ok(());
    }
    Err(Error::Setting {
        setting: "callback.address",
        value: callback.scheme().to_owned(),
        cure: "slow bodies and hang-ups need `http`; set `faults.slow_body` and `faults.hang_up` to 0",
    })
}

/// Refuses a share or a chance outside 0 to 1.
fn share(setting: &'static str, value: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::Setting {
        setting,
        value: value.to_string(),
        cure: "give a number from 0 to 1",
    })
}

fn at_least_one(setting: &'static str, value: usize) -> Result<(), Error> {
    if value > 0 {
        return Ok(());
    }
    Err(Error::Setting {
        setting,
        value: value.to_string(),
        cure: "give 1 or more",
    })
}

/// The value is left out of the error: an address may hold a secret.
fn address(setting: &'static str, value: &str) -> Result<Url, Error> {
    match Url::parse(value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(Error::Setting {
            setting,
            value: "[address]".to_owned(),
            cure: "give an absolute address that begins with `http://` or `https://`",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_the_check() {
        Settings::default().check().unwrap();
    }

    #[test]
    fn a_file_names_only_what_differs() {
        let settings: Settings = toml::from_str(
            r#"
            seed = 7
            [crawler]
            credential = { kind = "basic", user = "dm", password = "hush" }
            [faults]
            lose = 0.5
            [[script]]
            guid = "a-1"
            says = [{ kind = "ready", remote_id = "x1" }, { kind = "failed", status = "error" }]
            "#,
        )
        .unwrap();
        assert_eq!(settings.seed, 7);
        assert_eq!(settings.script[0].says.len(), 2);
        assert_eq!(settings.crawler.id_key, "id");
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn a_value_out_of_range_is_named_with_its_cure() {
        let mut settings = Settings::default();
        settings.faults.lose = 1.5;
        assert_eq!(
            settings.check().unwrap_err().to_string(),
            "`faults.lose` is `1.5`; give a number from 0 to 1"
        );
    }

    #[test]
    fn hang_ups_are_refused_for_a_tls_callback() {
        let mut settings = Settings::default();
        settings.callback.address = "https://127.0.0.1/callbacks".to_owned();
        settings.check().unwrap();
        settings.faults.hang_up = 0.1;
        assert!(settings.check().is_err());
    }
}
