//! One element of a callback: what it says, read tolerantly (contracts/dailymotion-pull.md 8).

use std::borrow::Cow;

use super::{Digest, Guid, Timestamp, members::Members};

/// What the injector says of a video. It follows from `data.status` and `data.remote_id` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Ready under this id of 1 to 64 characters; `odd` when it does not look like one of Dailymotion's.
    Ready { remote_id: String, odd: bool },
    /// Ready under an id that is too long or has control characters.
    ReadyUnusable,
    /// Ready under no id.
    ReadyWithoutId,
    /// Still on its way.
    Progress,
    /// Any other status: a failed injection.
    Failure { status: String },
}

/// What is odd about an element although it could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anomaly {
    /// `uid` is a number; matched by its digits.
    NumericUid,
    /// A member came twice; the last one counts.
    DuplicateMember,
}

impl Anomaly {
    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NumericUid => "numeric uid",
            Self::DuplicateMember => "duplicate member",
        }
    }
}

/// One element of a callback with what was understood of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// SHA-256 of the element's own bytes: what makes it one event.
    pub digest: Digest,
    pub raw: Vec<u8>,
    /// The guid it speaks of; none when it names none that a video could have.
    pub guid: Option<Guid>,
    /// What it says, or why that can't be read.
    pub report: Result<Report, &'static str>,
    /// The sender's timestamp, clamped; only for showing.
    pub sent_at: Option<Timestamp>,
    pub anomalies: Vec<Anomaly>,
}

impl Element {
    /// Reads an element from its own bytes, which are valid JSON.
    pub fn read(raw: &[u8]) -> Self {
        let mut element = Self {
            digest: Digest::of(raw),
            raw: raw.to_vec(),
            guid: None,
            report: Err("it is no object"),
            sent_at: None,
            anomalies: Vec::new(),
        };
        if let Ok(event) = serde_json::from_slice::<Members<'_>>(raw) {
            element.sent_at = event.last("timestamp").and_then(sent_at);
            element.report = element.understand(&event);
        }
        element
    }

    fn understand(&mut self, event: &Members<'_>) -> Result<Report, &'static str> {
        let data = event.last("data").ok_or("`data` is missing")?;
        let data =
            serde_json::from_str::<Members<'_>>(data).map_err(|_odd| "`data` is no object")?;
        if event.repeats || data.repeats {
            self.anomalies.push(Anomaly::DuplicateMember);
        }
        let uid = data.last("uid").ok_or("`uid` is missing")?;
        let status = data
            .last("status")
            .and_then(text)
            .ok_or("`status` is missing or no text")?;
        let (uid, numeric) = uid_text(uid)?;
        if numeric {
            self.anomalies.push(Anomaly::NumericUid);
        }
        self.guid = uid.and_then(|uid| uid.parse().ok());
        Ok(report(&status, data.last("remote_id")))
    }
}

fn report(status: &str, remote_id: Option<&str>) -> Report {
    match status {
        "ready" => ready(remote_id),
        "waiting" | "processing" | "encoding" => Report::Progress,
        other => Report::Failure {
            status: printable(other),
        },
    }
}

fn ready(remote_id: Option<&str>) -> Report {
    let Some(raw) = remote_id.filter(|raw| *raw != "null" && *raw != r#""""#) else {
        return Report::ReadyWithoutId;
    };
    let usable =
        |id: &String| !id.chars().any(char::is_control) && (1..=64).contains(&id.chars().count());
    match text(raw).or_else(|| digits(raw)).filter(usable) {
        Some(remote_id) => Report::Ready {
            odd: !looks_like_dailymotion(&remote_id),
            remote_id,
        },
        None => Report::ReadyUnusable,
    }
}

fn looks_like_dailymotion(id: &str) -> bool {
    id.strip_prefix('x').is_some_and(|rest| {
        (1..=15).contains(&rest.len())
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    })
}

/// A status is shown and stored as text, which neither database takes with NUL in it.
fn printable(status: &str) -> String {
    status
        .chars()
        .filter(|character| !character.is_control())
        .take(200)
        .collect()
}

/// The uid as text, and whether it was a number. A text that no decoder can represent matches nothing.
fn uid_text(raw: &str) -> Result<(Option<String>, bool), &'static str> {
    if raw.starts_with('"') {
        return Ok((text(raw), false));
    }
    digits(raw)
        .map(|uid| (Some(uid), true))
        .ok_or("`uid` is neither text nor a whole number")
}

fn text(raw: &str) -> Option<String> {
    serde_json::from_str::<Cow<'_, str>>(raw)
        .ok()
        .map(Cow::into_owned)
}

fn digits(raw: &str) -> Option<String> {
    (!raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_digit())).then(|| raw.to_owned())
}

/// Milliseconds, as a number or a text of digits; values below 1e11 are taken as seconds.
fn sent_at(raw: &str) -> Option<Timestamp> {
    let number: f64 = text(raw)
        .unwrap_or_else(|| raw.to_owned())
        .parse()
        .ok()
        .filter(|number: &f64| !number.is_nan())?;
    let millis = if number.abs() < 1e11 {
        number * 1000.0
    } else {
        number
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast from float to integer saturates, and the timestamp is clamped after it"
    )]
    let millis = millis as i64;
    Some(Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: &str) -> Element {
        Element::read(
            format!(r#"{{"type":"injector.item.ready","timestamp":1900000000123,"data":{data}}}"#)
                .as_bytes(),
        )
    }

    fn guid(text: &str) -> Option<Guid> {
        text.parse().ok()
    }

    #[test]
    fn a_ready_event_names_guid_and_remote_id() {
        let element = event(r#"{"status":"ready","uid":"3725074091001","remote_id":"x23bz3t"}"#);
        assert_eq!(element.guid, guid("3725074091001"));
        assert_eq!(
            element.report,
            Ok(Report::Ready {
                remote_id: "x23bz3t".to_owned(),
                odd: false
            })
        );
        assert_eq!(
            element.sent_at,
            Some(Timestamp::from_millis(1_900_000_000_123))
        );
        assert_eq!(element.anomalies, []);
    }

    #[test]
    fn the_report_follows_from_status_and_remote_id() {
        let odd = |id: &str| Report::Ready {
            remote_id: id.to_owned(),
            odd: true,
        };
        for (data, expected) in [
            (r#""status":"ready""#, Report::ReadyWithoutId),
            (
                r#""status":"ready","remote_id":null"#,
                Report::ReadyWithoutId,
            ),
            (r#""status":"ready","remote_id":"""#, Report::ReadyWithoutId),
            (r#""status":"ready","remote_id":"Y1""#, odd("Y1")),
            (r#""status":"ready","remote_id":"x""#, odd("x")),
            (r#""status":"ready","remote_id":17"#, odd("17")),
            (
                r#""status":"ready","remote_id":"x\u0000""#,
                Report::ReadyUnusable,
            ),
            (
                r#""status":"ready","remote_id":"x\ud800""#,
                Report::ReadyUnusable,
            ),
            (r#""status":"ready","remote_id":{}"#, Report::ReadyUnusable),
            (r#""status":"processing""#, Report::Progress),
            (
                r#""status":"encoding_error","remote_id":"x1""#,
                Report::Failure {
                    status: "encoding_error".to_owned(),
                },
            ),
            (
                r#""status":"Ready","remote_id":"x1""#,
                Report::Failure {
                    status: "Ready".to_owned(),
                },
            ),
            (
                r#""status":"""#,
                Report::Failure {
                    status: String::new(),
                },
            ),
        ] {
            assert_eq!(
                event(&format!(r#"{{"uid":"g",{data}}}"#)).report,
                Ok(expected),
                "{data}"
            );
        }
        let long = format!(
            r#"{{"uid":"g","status":"ready","remote_id":"{}"}}"#,
            "x".repeat(65)
        );
        assert_eq!(event(&long).report, Ok(Report::ReadyUnusable));
    }

    #[test]
    fn what_is_no_event_is_malformed_and_says_why() {
        for raw in [
            "null",
            "5",
            "\"text\"",
            "[]",
            "{}",
            r#"{"data":null}"#,
            r#"{"data":[]}"#,
            r#"{"data":{}}"#,
            r#"{"data":{"uid":"g"}}"#,
            r#"{"data":{"uid":"g","status":5}}"#,
            r#"{"data":{"status":"ready"}}"#,
            r#"{"data":{"uid":true,"status":"ready"}}"#,
            r#"{"data":{"uid":1.5,"status":"ready"}}"#,
        ] {
            assert!(Element::read(raw.as_bytes()).report.is_err(), "{raw}");
        }
    }

    #[test]
    fn a_uid_matches_exactly_or_not_at_all() {
        for (uid, expected) in [
            (r#""g""#, guid("g")),
            (r#""G""#, guid("G")),
            ("3725074091001", guid("3725074091001")),
            (r#"" g""#, None),
            (r#""g\u0000""#, None),
            (r#""\ud800""#, None),
            (r#""""#, None),
        ] {
            let element = event(&format!(r#"{{"status":"error","uid":{uid}}}"#));
            assert_eq!(element.guid, expected, "{uid}");
            assert!(element.report.is_ok(), "{uid}");
        }
        let long = event(&format!(
            r#"{{"status":"error","uid":"{}"}}"#,
            "g".repeat(10_000)
        ));
        assert_eq!((long.guid, long.report.is_ok()), (None, true));
    }

    #[test]
    fn numbers_and_repeated_members_are_flagged() {
        let element = event(r#"{"status":"error","status":"ready","uid":17,"remote_id":"x1"}"#);
        assert_eq!(
            element.anomalies,
            [Anomaly::DuplicateMember, Anomaly::NumericUid]
        );
        assert!(matches!(element.report, Ok(Report::Ready { .. })));
    }

    #[test]
    fn odd_timestamps_are_clamped_and_decide_nothing() {
        for (timestamp, expected) in [
            ("0", Some(0)),
            ("1407770138", Some(1_407_770_138_000)),
            ("\"1407770138078\"", Some(1_407_770_138_078)),
            ("-5", Some(-5000)),
            ("1e308", Some(253_402_300_799_999)),
            ("1e999", Some(253_402_300_799_999)),
            ("\"soon\"", None),
            ("null", None),
            ("{}", None),
        ] {
            let raw = format!(
                r#"{{"timestamp":{timestamp},"data":{{"status":"ready","uid":"g","remote_id":"x1"}}}}"#
            );
            let element = Element::read(raw.as_bytes());
            assert_eq!(
                element.sent_at.map(Timestamp::as_millis),
                expected,
                "{timestamp}"
            );
            assert!(element.report.is_ok(), "{timestamp}");
        }
    }
}
