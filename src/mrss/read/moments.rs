//! Dates as feeds write them: RFC 822 and ISO 8601 with their usual faults.

use chrono::{NaiveDate, TimeDelta};

use crate::model::Timestamp;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// A date that was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Timestamp,
    /// It says no zone and was taken as UTC.
    pub(super) zoneless: bool,
}

/// Reads a date; none when it is none.
///
/// Taken: `Tue, 01 Sep 2026 09:00:00 +0200` with or without weekday (a wrong one is no matter), comma, seconds and
/// zone, with full English names, two-digit years (below 50: this century) and the zones of RFC 822; ISO 8601 with or
/// without time, seconds, parts of them and zone.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    iso_8601(text).or_else(|| rfc_822(text))
}

fn iso_8601(text: &str) -> Option<Moment> {
    let (date, time) = match text.get(10..) {
        Some("") | None => (text, ""),
        Some(rest) => (text.get(..10)?, rest.strip_prefix(['T', 't', ' '])?),
    };
    let mut parts = date.split(['-', '/']);
    let mut part = || parts.next()?.parse::<u32>().ok();
    let (year, month, day) = (part()?, part()?, part()?);
    if date.len() != 10 || !date.as_bytes()[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zone_at = time.find(['+', '-', 'Z', 'z', ' ']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let clock = if clock.is_empty() { "00:00" } else { clock };
    assemble((year, month, day), clock, zone.trim())
}

fn rfc_822(text: &str) -> Option<Moment> {
    let mut words = text
        .split([' ', ',', '\t', '\n', '\r'])
        .filter(|word| !word.is_empty())
        .peekable();
    if words
        .peek()?
        .starts_with(|first: char| first.is_alphabetic())
    {
        words.next();
    }
    // A month may stand on either side of the day, and hyphens in place of blanks.
    let first = words.next()?;
    let (day, month, year) = match first.split('-').collect::<Vec<_>>()[..] {
        [day, month, year] => (day, month, year),
        _ => (first, words.next()?, words.next()?),
    };
    let date = (full_year(year)?, month_number(month)?, day.parse().ok()?);
    let clock = words.next().unwrap_or("00:00");
    let zone = words.collect::<Vec<_>>().concat();
    assemble(date, clock, &zone)
}

/// Two digits mean the years 1950 to 2049 (RFC 2822, 4.3).
fn full_year(text: &str) -> Option<u32> {
    let year = text.parse::<u32>().ok()?;
    match text.len() {
        2 if year < 50 => Some(2000 + year),
        2 => Some(1900 + year),
        4 => Some(year),
        _ => None,
    }
}

fn month_number(name: &str) -> Option<u32> {
    const FULL: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let same =
        |at: &usize| MONTHS[*at] == name || FULL[*at] == name || (*at == 8 && name == "sept");
    let at = (0..12).find(same)?;
    u32::try_from(at + 1).ok()
}

fn assemble((year, month, day): (u32, u32, u32), clock: &str, zone: &str) -> Option<Moment> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let mut parts = clock.split([':', '.', ',']);
    let hour = parts.next()?.parse::<u32>().ok()?;
    let minute = parts.next()?.parse::<u32>().ok()?;
    let second = parts
        .next()
        .map_or(Some(0), |text| text.parse::<u32>().ok())?;
    let millis = parts.next().map_or(Some(0), thousandths)?;
    // A leap second is the last one of its minute; midnight may end a day.
    let (hour, days) = if (hour, minute, second) == (24, 0, 0) {
        (0, 1)
    } else {
        (hour, 0)
    };
    let local = date.and_hms_milli_opt(hour, minute, second.min(59), millis)?;
    let zone = zone.split('(').next().unwrap_or_default().trim();
    let zoneless = zone.is_empty();
    let offset = if zoneless { 0 } else { offset_minutes(zone)? };
    let utc = local
        .checked_add_signed(TimeDelta::days(days))?
        .checked_sub_signed(TimeDelta::minutes(offset))?;
    let at = Timestamp::from_millis(utc.and_utc().timestamp_millis());
    Some(Moment { at, zoneless })
}

fn thousandths(text: &str) -> Option<u32> {
    let digits = text.get(..3.min(text.len()))?;
    let number = digits.parse::<u32>().ok()?;
    Some(number * [1, 100, 10, 1].get(digits.len())?)
}

/// Minutes ahead of UTC; none of an unknown zone.
fn offset_minutes(zone: &str) -> Option<i64> {
    let zone = zone.to_ascii_uppercase();
    let hours = match zone.as_str() {
        "Z" | "UT" | "UTC" | "GMT" | "WET" => 0,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "CET" | "MEZ" | "BST" => 1,
        "CEST" | "MESZ" => 2,
        numeric => return numeric_offset(numeric),
    };
    Some(hours * 60)
}

/// `+0200`, `-02:00`, `+2`, also after `GMT` or `UTC`.
fn numeric_offset(zone: &str) -> Option<i64> {
    let zone = zone.trim_start_matches("GMT").trim_start_matches("UTC");
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.as_str(), "0"),
        3 | 4 => digits.split_at(digits.len() - 2),
        _ => return None,
    };
    let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
    (hours <= 14 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spellings_name_the_same_moment() {
        for text in [
            "Tue, 01 Sep 2026 09:00:00 +0000",
            "Mon, 1 Sep 2026 09:00:00 GMT",
            "1 Sep 26 09:00 Z",
            "tuesday, 01 september 2026 11:00:00 +02:00",
            "Tue 01 Sept. 2026 04:00:00 EST",
            "01-Sep-2026 02:00:00 PDT",
            "Tue, 01 Sep 2026 11:00:00 GMT+2",
            "Tue, 01 Sep 2026 09:00:00 +0000 (UTC)",
            " Tue,\n 01 Sep 2026  09:00:00 UTC ",
            "2026-09-01T09:00:00Z",
            "2026-09-01T11:00:00.000+0200",
            "2026-09-01t09:00Z",
            "2026-09-01 05:00:00 -0400",
        ] {
            let found = moment(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (found.at.to_string().as_str(), found.zoneless),
                ("2026-09-01T09:00:00Z", false),
                "{text}"
            );
        }
    }

    #[test]
    fn without_a_zone_it_is_utc() {
        for (text, expected) in [
            ("Tue, 01 Sep 2026 09:00:00", "2026-09-01T09:00:00Z"),
            ("2026-09-01T09:00:00.5", "2026-09-01T09:00:00.500Z"),
            ("2026-09-01", "2026-09-01T00:00:00Z"),
            ("2026/09/01 24:00", "2026-09-02T00:00:00Z"),
            ("01 Sep 2026", "2026-09-01T00:00:00Z"),
            ("31 Dec 99 23:59:60", "1999-12-31T23:59:59Z"),
        ] {
            let found = moment(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (found.at.to_string().as_str(), found.zoneless),
                (expected, true),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_date_is_not_guessed() {
        for text in [
            "",
            "yesterday",
            "Mar, 01 Septembre 2026 09:00:00 +0000",
            "01 Mai 2026",
            "32 Sep 2026 09:00:00 GMT",
            "2026-13-01",
            "2026-09-01T25:00:00Z",
            "01/09/2026",
            "1788253200",
            "Tue, 01 Sep 2026 09:00:00 XYZ",
            "Tue, 01 Sep 2026 09:00:00 +9900",
            "é026-09-01",
            "2026-09-0é",
            "Tue, 01 Sep 2026 09:00:00 +é1",
            "Tue, 01 Sep 2026 09:00:00 +€",
            "Tue, 01 Sep 2026 09:00:00 +０２００",
            "Tue, 01 Sep 2026 09:00:00 é0200",
            "Tue, 01 Sep 2026 09:00:00 GMT+é1",
            "Tue, 01 Sep 2026 09:00:00 ++02",
            "2026-09-01T09:00+é1",
            "2026-09-01T09:00:00.é5Z",
            "２０２６-09-01T09:00Z",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
