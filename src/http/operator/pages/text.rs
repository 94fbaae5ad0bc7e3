//! Texts, numbers and addresses as pages show them.

use std::{fmt, str::FromStr, time::Duration};

use url::Url;

use crate::{
    http::Problem,
    model::{Guid, Timestamp},
};

/// A text that somebody else wrote. Templates escape it; marks that turn the reading direction of what stands around it are
/// written out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown(String);

impl Shown {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: AsRef<str>> From<T> for Shown {
    fn from(text: T) -> Self {
        let mut shown = String::with_capacity(text.as_ref().len());
        for character in text.as_ref().chars() {
            if is_turning(character) {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
        Self(shown)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Marks that override or isolate the reading direction, line separators, and control characters but for line ends.
fn is_turning(character: char) -> bool {
    let is_plain = matches!(character, '\n' | '\t' | '\r');
    (character.is_control() && !is_plain)
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A sentence of ours, in which values stand between backticks.
pub(super) struct Words(pub(super) Vec<Span>);

/// A part of a sentence.
pub(super) struct Span {
    pub(super) text: Shown,
    /// Whether it is a value.
    pub(super) code: bool,
}

impl<T: AsRef<str>> From<T> for Words {
    fn from(sentence: T) -> Self {
        let parts: Vec<_> = sentence.as_ref().split('`').collect();
        // With a backtick that has no other, nobody knows what is a value.
        if parts.len() % 2 == 0 {
            let text = Shown::from(sentence);
            return Self(vec![Span { text, code: false }]);
        }
        let spans = parts.into_iter().enumerate().map(|(at, part)| Span {
            text: Shown::from(part),
            code: at % 2 == 1,
        });
        Self(spans.filter(|span| !span.text.is_empty()).collect())
    }
}

/// A choice of a field: its value, its words, whether it is chosen.
pub(super) type Choice = (&'static str, &'static str, bool);

/// A number with its thousands parted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Number(pub(super) i64);

impl Number {
    pub(super) fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `1 video`, `2 videos`.
    pub(super) fn of(self, one: &str, many: &str) -> String {
        let word = if self.0 == 1 { one } else { many };
        format!("{self} {word}")
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let mut parted = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                parted.push(',');
            }
            parted.push(digit);
        }
        f.pad_integral(self.0 >= 0, "", &parted)
    }
}

/// A number of bytes in its largest unit, such as `1 GiB`; a part of one is cut off behind its tenth.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut unit = None;
    let mut tenths = bytes.saturating_mul(10);
    for larger in UNITS {
        if tenths < 10 * 1024 {
            break;
        }
        (tenths, unit) = (tenths / 1024, Some(larger));
    }
    match (unit, tenths / 10, tenths % 10) {
        (None, 1, _) => "1 byte".to_owned(),
        (None, whole, _) => format!("{whole} bytes"),
        (Some(unit), whole, 0) => format!("{whole} {unit}"),
        (Some(unit), whole, tenth) => format!("{whole}.{tenth} {unit}"),
    }
}

/// How long ago a moment is, in its largest unit.
pub(super) fn age(moment: Timestamp, now: Timestamp) -> String {
    let millis = now.as_millis().saturating_sub(moment.as_millis()).max(0);
    let minutes = Duration::from_millis(millis.unsigned_abs()).as_secs() / 60;
    match minutes {
        0 => "less than a minute".to_owned(),
        1..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

/// A stored address, if a browser may follow it.
pub(super) fn web_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

/// A guid as the variable part of a path. Browsers take a segment of dots for a step, however it is encoded, so it gets a
/// mark in front of it, and what begins with the mark gets another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http::operator) struct GuidInPath(pub(super) Guid);

const MARK: char = '~';
const HEX: &[u8; 16] = b"0123456789ABCDEF";

impl FromStr for GuidInPath {
    type Err = <Guid as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix(MARK).unwrap_or(text).parse().map(Self)
    }
}

/// Where a video is shown.
pub(super) fn video_path(guid: &Guid) -> String {
    let text = guid.as_str();
    let steps = matches!(text, "." | "..");
    let mark = if steps || text.starts_with(MARK) {
        "~"
    } else {
        ""
    };
    format!("/videos/{mark}{}", in_path(text))
}

/// A text as one segment of a path.
pub(super) fn in_path(text: &str) -> String {
    let mut path = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            path.push('%');
            path.extend([byte >> 4, byte & 15].map(|digit| char::from(HEX[usize::from(digit)])));
        }
    }
    path
}

/// Where a video that was reported under this id is seen by everybody.
pub(super) fn remote_address(remote_id: &str) -> String {
    format!("https://www.dailymotion.com/video/{}", in_path(remote_id))
}

/// What a field of a form or an address says; an empty one says nothing.
///
/// # Errors
/// 400 with what is wrong.
pub(super) fn read<T>(text: &str) -> Result<Option<T>, Problem>
where
    T: FromStr<Err: fmt::Display>,
{
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|why: T::Err| Problem::bad_request(why.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use url::form_urlencoded;

    use super::*;

    #[test]
    fn marks_that_turn_the_reading_direction_are_written_out() {
        assert_eq!(Shown::from("a\u{202e}b\n").to_string(), "a\\u{202e}b\n");
        assert_eq!(
            Shown::from("\u{2066}<b>\0").to_string(),
            "\\u{2066}<b>\\u{0}"
        );
        assert_eq!(Shown::from("עברית\u{200f}").to_string(), "עברית\u{200f}");
    }

    #[test]
    fn values_stand_out_of_a_sentence() {
        let spans = |sentence: &str| {
            let spans = Words::from(sentence).0.into_iter();
            let spans = spans.map(|span| (span.text.to_string(), span.code));
            spans.collect::<Vec<_>>()
        };
        let expected = [("a".to_owned(), true), (" waits: <b>".to_owned(), false)];
        assert_eq!(spans("`a` waits: <b>"), expected);
        assert_eq!(spans("it`s"), [("it`s".to_owned(), false)]);
        assert_eq!(Number(1).of("video", "videos"), "1 video");
        assert_eq!(Number(1_000).of("video", "videos"), "1,000 videos");
    }

    #[test]
    fn thousands_are_parted() {
        for (number, shown) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (-12_345_678, "-12,345,678"),
        ] {
            assert_eq!(Number(number).to_string(), shown);
        }
    }

    #[test]
    fn a_size_is_told_in_its_largest_unit() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1_023, "1023 bytes"),
            (1_024, "1 KiB"),
            (5_000_000, "4.7 MiB"),
            (1_073_741_823, "1023.9 MiB"),
            (1_073_741_824, "1 GiB"),
            (u64::MAX / 10, "1677721.5 TiB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let minute = 60_000;
        let age = |millis| age(Timestamp::from_millis(0), Timestamp::from_millis(millis));
        assert_eq!(age(-5), "less than a minute");
        assert_eq!(age(minute - 1), "less than a minute");
        assert_eq!(age(119 * minute), "119 min");
        assert_eq!(age(120 * minute), "2 h");
        assert_eq!(age(48 * 60 * minute), "2 days");
    }

    #[test]
    fn only_addresses_of_the_web_are_followed() {
        assert!(web_address("https://cdn.example/a b.mp4").is_some());
        for odd in [
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://h/x",
            "//h/x",
            "x",
            "",
        ] {
            assert_eq!(web_address(odd), None, "{odd}");
        }
    }

    #[test]
    fn every_guid_has_a_path_of_its_own_that_reads_back() {
        for text in ["a", ".", "..", "~", "~..", "a/b", "é ?#%", "..a", "a&b\"<"] {
            let guid: Guid = text.parse().unwrap();
            let path = video_path(&guid);
            let segment = path.strip_prefix("/videos/").unwrap();
            assert!(
                !segment.contains('/') && !matches!(segment, "." | ".."),
                "{path}"
            );
            // What the router hands on is decoded.
            let query = format!("guid={segment}");
            let decoded = form_urlencoded::parse(query.as_bytes()).next().unwrap().1;
            assert_eq!(decoded.parse(), Ok(GuidInPath(guid)), "{path}");
        }
    }
}
