//! Moments: RFC 822 as the validator reads it (contracts/dailymotion-pull.md 7), and the DCMI Period of
//! `dcterms:valid` (6.2), which it does not look at.

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate};

use super::{
    finding::{Found, Objector, Rule, short},
    node::Node,
};
use crate::model::Timestamp;

const DATE_FORM: Rule = Rule::error(
    "date_form",
    Objector::Validator,
    "write it as `Tue, 01 Sep 2026 09:00:00 +0000`",
);
const DATE_WEEKDAY: Rule = Rule::error(
    "date_weekday",
    Objector::Validator,
    "write the weekday of that date, or none",
);
const DATE_LOOSE: Rule = Rule::warning(
    "date_loose",
    Objector::Validator,
    "write it as `Tue, 01 Sep 2026 09:00:00 +0000`",
);
const DATE_IMPLAUSIBLE: Rule = Rule::warning(
    "date_implausible",
    Objector::Validator,
    "check it; dates before 1990 or more than a day ahead are doubted",
);
const VALID_FORM: Rule = Rule::warning(
    "valid_form",
    Objector::Dailymotion,
    "write it as `start=2026-09-01T09:00:00Z; end=2026-10-01T09:00:00Z; scheme=W3C-DTF`; either bound may be absent",
);
const VALID_ORDER: Rule = Rule::warning(
    "valid_order",
    Objector::Dailymotion,
    "let the window end after it starts",
);

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// Zones by name, with their hours from UTC.
const ZONES: [(&str, i64); 10] = [
    ("UT", 0),
    ("GMT", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
];

/// How far ahead a date may lie.
const AHEAD: Duration = Duration::from_hours(24);

/// A moment in the form of RFC 822, as far as it can be read.
struct Moment {
    /// Days after Monday.
    weekday: Option<usize>,
    /// None for a day that the month does not have.
    date: Option<NaiveDate>,
    second_of_day: i64,
    /// Seconds from UTC.
    zone: i64,
    /// Whether it is written exactly as RFC 2822 wants it.
    strict: bool,
}

/// Checks the date of `pubDate` and `lastBuildDate`.
pub(super) fn rfc_822(node: &Node, now: Timestamp, found: &mut Found) {
    let value = node.value();
    let shown = short(value);
    let Some(moment) = Moment::read(value) else {
        found.at(node, &DATE_FORM, format!("`{shown}` is no RFC 822 date"));
        return;
    };
    if !moment.strict {
        let what = format!("`{shown}` is an odd form of RFC 822");
        found.at(node, &DATE_LOOSE, what);
        return;
    }
    let Some(date) = moment.date else {
        let what = format!("`{shown}` names a day that is in no calendar");
        found.at(node, &DATE_FORM, what);
        return;
    };
    let weekday = date.weekday().num_days_from_monday();
    if moment
        .weekday
        .is_some_and(|given| u32::try_from(given) != Ok(weekday))
    {
        let what = format!("`{shown}` was no such weekday");
        found.at(node, &DATE_WEEKDAY, what);
    } else if date.year() < 1990 || moment.millis(date) > now.after(AHEAD).as_millis() {
        found.at(node, &DATE_IMPLAUSIBLE, format!("`{shown}` is unlikely"));
    }
}

impl Moment {
    /// Reads what the validator takes, strictly written or not.
    fn read(value: &str) -> Option<Self> {
        let (weekday, rest) = match value.split_once(',') {
            Some((weekday, rest)) => (Some(weekday.trim_end()), rest),
            None => (None, value),
        };
        let mut words = rest.split_whitespace();
        let [day, month, year, time, zone] = std::array::from_fn(|_| words.next());
        let (day, month, year, time, zone) = (day?, month?, year?, time?, zone?);
        if words.next().is_some() || !digits(day, 1..=2) || ![2, 4].contains(&year.len()) {
            return None;
        }
        let weekday_number = match weekday {
            Some(weekday) => Some(place(&WEEKDAYS, weekday)?),
            None => None,
        };
        let month_number = place(&MONTHS, month)?;
        let year_number: i32 = year.parse().ok().filter(|_| digits(year, 2..=4))?;
        let seconds = zone_seconds(zone)?;
        let prefix = weekday.map_or(String::new(), |weekday| format!("{weekday}, "));
        let cased = weekday_number.is_none_or(|at| weekday == Some(WEEKDAYS[at]))
            && month == MONTHS[month_number];
        let month_number = u32::try_from(month_number + 1).ok()?;
        Some(Self {
            weekday: weekday_number,
            date: NaiveDate::from_ymd_opt(year_number, month_number, day.parse().ok()?),
            second_of_day: second_of_day(time)?,
            zone: seconds,
            strict: cased
                && year.len() == 4
                && is_strict_zone(zone)
                && value == format!("{prefix}{day} {month} {year} {time} {zone}"),
        })
    }

    fn millis(&self, date: NaiveDate) -> i64 {
        let days = i64::from(date.num_days_from_ce()) - EPOCH;
        (days * 86_400 + self.second_of_day - self.zone) * 1000
    }
}

/// The day 1970-01-01, counted from the first of the common era.
const EPOCH: i64 = 719_163;

fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn place(names: &[&str], name: &str) -> Option<usize> {
    names
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))
}

fn second_of_day(time: &str) -> Option<i64> {
    let mut parts = time.split(':');
    let (hour, minute) = (parts.next()?, parts.next()?);
    let second = parts.next().unwrap_or("00");
    if parts.next().is_some() {
        return None;
    }
    let number = |text: &str, below: i64| {
        let number: i64 = text.parse().ok().filter(|_| digits(text, 2..=2))?;
        (number < below).then_some(number)
    };
    Some(number(hour, 24)? * 3600 + number(minute, 60)? * 60 + number(second, 61)?)
}

fn zone_seconds(zone: &str) -> Option<i64> {
    if let Some((_, hours)) = ZONES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(zone))
    {
        return Some(hours * 3600);
    }
    if zone.len() == 1 {
        let letter = zone.chars().all(|letter| letter.is_ascii_alphabetic());
        return (letter && !zone.eq_ignore_ascii_case("j")).then_some(0);
    }
    let (sign, offset) = match zone.strip_prefix('-') {
        Some(offset) => (-1, offset),
        None => (1, zone.strip_prefix('+')?),
    };
    let number: i64 = offset.parse().ok().filter(|_| digits(offset, 4..=4))?;
    Some(sign * (number / 100 * 3600 + number % 100 * 60))
}

/// Whether the validator takes a zone without a word: a name in capitals, or an offset of whole or half hours.
fn is_strict_zone(zone: &str) -> bool {
    zone == "Z"
        || ZONES.iter().any(|(name, _)| *name == zone)
        || (zone.len() == 5 && zone.ends_with('0') && [b'0', b'3'].contains(&zone.as_bytes()[3]))
}

/// Checks the window of `dcterms:valid`.
pub(super) fn period(node: &Node, found: &mut Found) {
    let value = node.value();
    let mut bounds = [None, None];
    for part in value.split(';').map(str::trim) {
        if part.is_empty() {
            continue;
        }
        let (name, given) = part.split_once('=').unwrap_or((part, ""));
        let bound = match name.trim() {
            "start" => 0,
            "end" => 1,
            "name" | "scheme" => continue,
            _ => {
                let what = format!("`{}` is no part of a period", short(part));
                found.at(node, &VALID_FORM, what);
                return;
            }
        };
        let Some(moment) = w3c_dtf(given.trim()) else {
            let what = format!("`{}` names no moment that can be read", short(part));
            found.at(node, &VALID_FORM, what);
            return;
        };
        bounds[bound] = Some(moment);
    }
    match bounds {
        [None, None] => found.at(node, &VALID_FORM, "the window has neither start nor end"),
        [Some(start), Some(end)] if end <= start => {
            found.at(node, &VALID_ORDER, "the window ends before it starts");
        }
        _ => {}
    }
}

/// A moment of W3C-DTF; a year or a month stands for its beginning, and a time needs its zone.
fn w3c_dtf(text: &str) -> Option<i64> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.timestamp());
    }
    if let Ok(moment) = DateTime::parse_from_str(&text.replace('Z', "+00:00"), "%Y-%m-%dT%H:%M%:z")
    {
        return Some(moment.timestamp());
    }
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let date = NaiveDate::parse_from_str(&whole, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
}
