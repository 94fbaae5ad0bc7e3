//! `[log]`: what the daemon says while it runs.

use tracing_subscriber::EnvFilter;

use super::{
    faults::{Refusal, refusal},
    layers::Value,
    parse,
    read::Section,
};

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// What the daemon says while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    /// A filter that [`EnvFilter`] reads.
    pub level: String,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Log {
    pub(super) fn read(section: &Section<'_>) -> Self {
        Self {
            format: section.choice(
                "format",
                &[("text", LogFormat::Text), ("json", LogFormat::Json)],
            ),
            level: section.value("level", level),
        }
    }
}

/// A bare word is a level here; the filter's own syntax would take a misspelt one for the name of a module.
fn level(value: &Value<'_>) -> Result<String, Refusal> {
    let text = parse::text(value)?;
    let bare = text
        .split(',')
        .find(|part| !part.contains(['=', '[']) && !LEVELS.contains(part));
    if let Some(word) = bare {
        return Err(parse::unknown_word(word, LEVELS.into_iter()));
    }
    match EnvFilter::try_new(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(refusal(
            "not a filter",
            "write a level, or levels by part such as `info,mcnd::http=debug`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::given;

    #[test]
    fn a_filter_is_a_level_or_levels_by_part() {
        for level in ["off", "debug", "info,mcnd::http=debug", "warn,sqlx=off"] {
            assert_eq!(
                given::config(&format!("log.level = {level:?}")).log.level,
                level
            );
        }
        for level in [
            "",
            "inof",
            "warn, sqlx=off",
            "info,mcnd::http=loud",
            "info,",
        ] {
            assert_eq!(
                given::faults(&format!("log.level = {level:?}")).len(),
                1,
                "`{level}`"
            );
        }
        assert!(given::faults("log.level = \"inof\"")[0].ends_with("did you mean `info`?"));
    }
}
