//! Log lines: one line for each event, without control characters and without secrets that are known by how they begin.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use tracing::Metadata;
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt as _, filter_fn},
    fmt::{self, MakeWriter},
};

use crate::config::{Log, LogFormat};

/// Writes events, and no spans, to `sink`.
///
/// Times are UTC. No line carries a control character, whatever a field holds.
pub(super) fn layer<M>(log: &Log, sink: M) -> Box<dyn Layer<Registry> + Send + Sync>
where
    M: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_ansi(false).with_writer(OneLine(sink));
    let wanted = EnvFilter::new(&log.level).and(filter_fn(is_event));
    match log.format {
        LogFormat::Text => lines.with_filter(wanted).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(wanted).boxed(),
    }
}

fn is_event(meta: &Metadata<'_>) -> bool {
    meta.is_event()
}

/// How secrets of ours begin, and how many characters such a secret has behind that at the least: metrics begin like an API
/// key, and the ids of keys are no secrets.
const SECRETS: [(&str, usize); 2] = [("mcnd_", 40), ("whsec_", 24)];

/// Keeps each event on one line: what it passes on has no control character but the last line break, and no secret that is
/// known by how it begins. No line is meant to have one; this is for the one that nobody thought of.
///
/// The formatter hands over a whole event at a time, and escapes some of them only.
struct OneLine<S>(S);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = OneLine<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine(self.0.make_writer())
    }
}

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        self.0
            .write_all(format!("{}\n", without_secrets(&without_controls(line))).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn without_controls(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    for character in line.chars() {
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            clean.extend(character.escape_default());
        } else {
            clean.push(character);
        }
    }
    clean
}

fn without_secrets(line: &str) -> Cow<'_, str> {
    SECRETS
        .into_iter()
        .fold(Cow::Borrowed(line), |line, (prefix, shortest)| {
            if line.contains(prefix) {
                Cow::Owned(without_those(&line, prefix, shortest))
            } else {
                line
            }
        })
}

fn without_those(line: &str, prefix: &str, shortest: usize) -> String {
    let mut parts = line.split(prefix);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str(prefix);
        let is_of_it = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(byte);
        let length = part.bytes().take_while(is_of_it).count();
        if length < shortest {
            clean.push_str(part);
        } else {
            clean.push_str("[secret]");
            clean.push_str(&part[length..]);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{info, info_span, warn};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: &str, act: fn()) -> String {
        let memory = Memory::default();
        let sink = memory.clone();
        let log = Log {
            format,
            level: level.to_owned(),
        };
        let lines = Registry::default().with(layer(&log, move || sink.clone()));
        tracing::subscriber::with_default(lines, act);
        let bytes = memory.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn hostile() {
        let text = "a\r\nb\u{1b}[31m\u{85}\u{2028}\u{7f}\0";
        let span = info_span!("request", path = %text);
        let _inside = span.enter();
        info!(guid = %text, title = text, "drained {text}");
    }

    #[test]
    fn a_control_character_never_breaks_a_line() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let line = logged(format, "info", hostile);
            let line = line.strip_suffix('\n').unwrap();
            assert!(
                !line.chars().any(|c| c.is_control() || c == '\u{2028}'),
                "{line:?}"
            );
            assert!(line.contains("drained a"));
        }
    }

    #[test]
    fn a_json_line_carries_its_fields_at_the_top() {
        let line = logged(LogFormat::Json, "info", || {
            info!(creator.id = "ada", video.count = 3, "drained 3 videos");
        });
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&line["creator.id"], &line["video.count"]),
            (&"ada".into(), &3.into())
        );
        assert_eq!(line["message"], "drained 3 videos");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    fn careless() {
        let key = format!(
            "mcnd_0192e4a0-7c1f-7000-8000-000000000001_{}",
            "S3cr-t_".repeat(6)
        );
        let signing = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        warn!(header = %format!("Bearer {key}"), "{key},{signing} of mcnd_http_refused_connections_total");
    }

    #[test]
    fn a_secret_that_is_known_by_how_it_begins_is_in_no_line() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let line = logged(format, "info", careless);
            assert_eq!(line.matches("mcnd_[secret]").count(), 2, "{line}");
            assert!(line.contains("mcnd_[secret],whsec_[secret] of "), "{line}");
            assert!(
                line.contains("mcnd_http_refused_connections_total"),
                "{line}"
            );
            assert!(!line.contains("S3cr") && !line.contains("MfKQ"), "{line}");
        }
    }

    #[test]
    fn the_level_is_a_filter() {
        assert_eq!(logged(LogFormat::Text, "warn", || info!("quiet")), "");
        assert_ne!(
            logged(LogFormat::Text, "warn,mcnd=info", || info!("heard")),
            ""
        );
    }
}
