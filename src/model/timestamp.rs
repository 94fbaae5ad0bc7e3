//! A moment, in whole milliseconds since the Unix epoch: what code, SQL and exports share.

use std::{fmt, str::FromStr, time::Duration};

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use super::short;

/// Milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date; write it as `2026-09-01T09:00:00Z` or `2026-09-01`")]
pub struct TimestampFault(String);

// chrono prints years outside this range with a sign, which no reader of feeds expects.
const FIRST: i64 = -62_167_219_200_000; // 0000-01-01
const LAST: i64 = 253_402_300_799_999; // 9999-12-31T23:59:59.999

impl Timestamp {
    /// The moment `millis` after the epoch, clamped to the years 0 to 9999.
    pub const fn from_millis(millis: i64) -> Self {
        if millis < FIRST {
            Self(FIRST)
        } else if millis > LAST {
            Self(LAST)
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The moment `wait` later, at most the end of the year 9999.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(wait))
    }

    /// The moment `wait` earlier, at the least the start of the year 0.
    #[must_use]
    pub fn before(self, wait: Duration) -> Self {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_sub(wait))
    }

    /// The same moment as chrono knows it, for calendar formats.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).expect("years 0 to 9999 are within chrono's range")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if self.0 % 1000 == 0 {
            SecondsFormat::Secs
        } else {
            SecondsFormat::Millis
        };
        f.write_str(&self.to_utc().to_rfc3339_opts(form, true))
    }
}

impl FromStr for Timestamp {
    type Err = TimestampFault;

    /// Reads RFC 3339, the same with a blank for `T`, without a zone (UTC), without seconds, or a date alone (midnight UTC).
    fn from_str(text: &str) -> Result<Self, TimestampFault> {
        let fault = || TimestampFault(short(text));
        let spelled = text.trim().replacen(' ', "T", 1);
        if let Ok(zoned) = DateTime::parse_from_rfc3339(&spelled) {
            return Self::within(zoned.timestamp_millis()).ok_or_else(fault);
        }
        let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%MZ"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(&spelled, form).ok())
            .or_else(|| {
                NaiveDate::parse_from_str(&spelled, "%Y-%m-%d")
                    .ok()?
                    .and_hms_opt(0, 0, 0)
            })
            .ok_or_else(fault)?;
        Self::within(local.and_utc().timestamp_millis()).ok_or_else(fault)
    }
}

impl Timestamp {
    fn within(millis: i64) -> Option<Self> {
        (FIRST..=LAST).contains(&millis).then_some(Self(millis))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accepted_spellings_name_the_same_moment() {
        let expected = Timestamp::from_millis(1_788_253_200_000);
        for text in [
            "2026-09-01T09:00:00Z",
            "2026-09-01T11:00:00+02:00",
            "2026-09-01 09:00:00",
            "2026-09-01T09:00",
            "2026-09-01T09:00Z",
            " 2026-09-01T09:00:00.000Z ",
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        assert_eq!(
            "2026-09-01".parse(),
            Ok(Timestamp::from_millis(1_788_220_800_000))
        );
    }

    #[test]
    fn other_texts_are_refused_by_name() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "01/09/2026",
            "2026-02-30",
            "+12026-01-01T00:00:00Z",
        ] {
            let fault = text.parse::<Timestamp>().unwrap_err().to_string();
            assert!(fault.contains(&format!("`{text}`")), "{fault}");
        }
    }

    #[test]
    fn moments_print_as_rfc_3339() {
        assert_eq!(
            Timestamp::from_millis(0).to_string(),
            "1970-01-01T00:00:00Z"
        );
        assert_eq!(
            Timestamp::from_millis(1).to_string(),
            "1970-01-01T00:00:00.001Z"
        );
        assert_eq!(
            Timestamp::from_millis(i64::MAX).to_string(),
            "9999-12-31T23:59:59.999Z"
        );
    }
}
