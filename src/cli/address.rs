//! Addresses: what those that are handed out begin with, and those that commands are given.

use std::path::Path;

use url::Url;

use super::{
    console::note,
    failure::{Done, Failure},
};
use crate::config::Config;

/// The address of the web that an argument is; none when it is the name of a file.
pub(super) fn of_web(argument: impl AsRef<Path>) -> Done<Option<Url>> {
    let text = argument.as_ref().to_str().unwrap_or_default();
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Ok(None);
    }
    // The text may hold a password.
    let refused = |error| Failure::Usage(format!("the address can't be used: {error}"));
    Url::parse(text).map(Some).map_err(refused)
}

/// `server.public_url` without a slash at its end. While it is not set, the listener's own address stands in and standard
/// error says so.
pub(super) fn base(config: &Config) -> String {
    if let Some(url) = &config.server.public_url {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    note(
        "note: `server.public_url` is not set, so addresses name the listener; set it before you hand them out",
    );
    format!("http://{}", config.server.public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_a_file() {
        assert!(of_web("https://a.example/x").unwrap().is_some());
        assert!(of_web("feeds/http:/x.xml").unwrap().is_none());
        let odd = of_web("https://me:hunter2@[x").unwrap_err();
        assert!(!format!("{odd:?}").contains("hunter2"));
    }

    #[test]
    fn a_base_ends_without_a_slash() {
        let mut config = Config::default();
        assert_eq!(base(&config), "http://0.0.0.0:8080");
        for (url, expected) in [
            ("https://mcn.example", "https://mcn.example"),
            ("https://mcn.example/dm/", "https://mcn.example/dm"),
        ] {
            config.server.public_url = Some(url.parse().unwrap());
            assert_eq!(base(&config), expected);
        }
    }
}
