//! What happens to videos hour by hour: enough to see a day at a glance.

use std::str::FromStr;

use super::Timestamp;

/// Milliseconds of an hour.
const HOUR: i64 = 60 * 60_000;
/// Hours of a day.
const DAY: i64 = 24;

/// What is counted of videos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// They came into the catalog.
    Added,
    /// They were reported ready.
    Ready,
    /// They were refused.
    Refused,
}

impl Activity {
    const ALL: [Self; 3] = [Self::Added, Self::Ready, Self::Refused];

    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Ready => "ready",
            Self::Refused => "refused",
        }
    }
}

impl FromStr for Activity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|activity| activity.as_str() == text)
            .ok_or_else(|| format!("`{text}` is nothing that is counted of videos"))
    }
}

/// How often something happened in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    pub what: Activity,
    /// The first moment of the stretch, which lies within one hour.
    pub since: Timestamp,
    pub times: i64,
}

/// What happened in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// Its first moment.
    pub since: Timestamp,
    pub added: i64,
    pub ready: i64,
    pub refused: i64,
}

/// The hour that a moment lies in, by its number.
fn number(moment: Timestamp) -> i64 {
    moment.as_millis().div_euclid(HOUR)
}

/// The first moment of the last day: of the hour that began 23 hours before the present one.
pub fn last_day_began(now: Timestamp) -> Timestamp {
    Timestamp::from_millis((number(now) - (DAY - 1)) * HOUR)
}

/// The last day, hour by hour, the present hour last. What lies outside is left out.
pub fn last_day(tallies: &[Tally], now: Timestamp) -> Vec<Hour> {
    let last = number(now);
    let hour = |number: i64| {
        let sum = |what: Activity| {
            let of_hour = tallies
                .iter()
                .filter(|tally| tally.what == what && self::number(tally.since) == number);
            of_hour.map(|tally| tally.times).sum()
        };
        Hour {
            since: Timestamp::from_millis(number * HOUR),
            added: sum(Activity::Added),
            ready: sum(Activity::Ready),
            refused: sum(Activity::Refused),
        }
    };
    (last - (DAY - 1)..=last).map(hour).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_twenty_four_hours_and_the_present_one_is_the_last() {
        let now = Timestamp::from_millis(100 * HOUR + 5);
        let tally = |what, since, times| Tally {
            what,
            since: Timestamp::from_millis(since),
            times,
        };
        let tallies = [
            tally(Activity::Ready, 100 * HOUR, 2),
            tally(Activity::Ready, 100 * HOUR + 1, 3),
            tally(Activity::Refused, 100 * HOUR - 1, 7),
            tally(Activity::Added, 77 * HOUR, 11),
            tally(Activity::Added, 77 * HOUR - 1, 13),
        ];
        let day = last_day(&tallies, now);
        assert_eq!(day.len(), 24);
        assert_eq!(day[0].since, last_day_began(now));
        assert_eq!((day[0].added, day[22].refused, day[23].ready), (11, 7, 5));
        let all: i64 = day
            .iter()
            .map(|hour| hour.added + hour.ready + hour.refused)
            .sum();
        assert_eq!(all, 11 + 7 + 5);
    }

    #[test]
    fn words_read_back() {
        for activity in Activity::ALL {
            assert_eq!(activity.as_str().parse(), Ok(activity));
        }
        assert!("lost".parse::<Activity>().is_err());
    }
}
