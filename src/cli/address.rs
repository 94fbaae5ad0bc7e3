//! What every address that is handed out begins with.

use super::console::note;
use crate::config::Config;

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
