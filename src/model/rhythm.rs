//! How often somebody comes, learnt from when they came; and from when on they have been away for long.

use std::time::Duration;

use super::Timestamp;

/// Requests that follow each other sooner belong to the same visit.
const SAME_VISIT: i64 = 60_000;
/// A long pause is forgotten over so long.
const MEMORY: i64 = 7 * 86_400_000;
/// Nobody is called silent sooner.
const SHORTEST: i64 = 10 * 60_000;
/// A pause up to this is believed at once; a longer one may be an outage.
const BELIEVED: i64 = 6 * 3_600_000;
/// Pauses that must be known before a silence can be unusual.
const ENOUGH: i64 = 3;

/// How often somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    pub last_at: Timestamp,
    /// The request from which the next pause is counted.
    pub counted_at: Timestamp,
    /// Milliseconds of the longest pause of about the last week.
    pub usual: i64,
    /// Pauses that were counted.
    pub pauses: i64,
}

impl Rhythm {
    /// Of somebody who came for the first time.
    pub fn beginning(at: Timestamp) -> Self {
        Self {
            last_at: at,
            counted_at: at,
            usual: 0,
            pauses: 0,
        }
    }

    /// After another request. One that is not later than the last changes nothing.
    #[must_use]
    pub fn seen(self, at: Timestamp) -> Self {
        if at <= self.last_at {
            return self;
        }
        let pause = at.as_millis() - self.counted_at.as_millis();
        if pause < SAME_VISIT {
            return Self {
                last_at: at,
                ..self
            };
        }
        Self {
            last_at: at,
            counted_at: at,
            usual: self.learnt(pause),
            pauses: self.pauses + 1,
        }
    }

    /// A longer pause counts at once, though what may be an outage no more than double; shorter ones let a long one fade.
    fn learnt(self, pause: i64) -> i64 {
        if self.pauses == 0 {
            pause
        } else if pause >= self.usual {
            pause.min(BELIEVED.max(self.usual * 2))
        } else {
            let longer = i128::from(self.usual - pause);
            let faded = longer * i128::from(pause.min(MEMORY)) / i128::from(MEMORY);
            // What fades is no more than the difference itself.
            self.usual - i64::try_from(faded).unwrap_or_default()
        }
    }

    /// From when on so many usual pauses have passed without a request; none while too little is known.
    pub fn silent_from(self, pauses: u32) -> Option<Timestamp> {
        let wait = (self.usual.saturating_mul(i64::from(pauses))).max(SHORTEST);
        let wait = Duration::from_millis(wait.unsigned_abs());
        (self.pauses >= ENOUGH).then(|| self.last_at.after(wait))
    }

    /// The usual pause.
    pub fn usual_pause(self) -> Duration {
        Duration::from_millis(self.usual.unsigned_abs())
    }

    /// How often they come, in words.
    pub fn every(self) -> String {
        every(self.usual_pause())
    }
}

/// `every 2 hours`: a pause in words, to the largest unit that it fills.
pub fn every(pause: Duration) -> String {
    let minutes = pause.as_secs().div_ceil(60).max(1);
    match minutes {
        1 => "every minute".to_owned(),
        2..120 => format!("every {minutes} minutes"),
        120..2_880 => format!("every {} hours", minutes / 60),
        _ => format!("every {} days", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn after(moments: impl IntoIterator<Item = i64>) -> Rhythm {
        let mut moments = moments.into_iter();
        let first = Rhythm::beginning(at(moments.next().unwrap()));
        moments.fold(first, |rhythm, moment| rhythm.seen(at(moment)))
    }

    #[test]
    fn whoever_comes_by_the_hour_is_silent_after_some_hours() {
        let known = after((0..4).map(|hour| hour * HOUR));
        assert_eq!(known.silent_from(3), Some(at(6 * HOUR)));
        let unknown = after((0..3).map(|hour| hour * HOUR));
        assert_eq!(unknown.silent_from(3), None);
    }

    #[test]
    fn the_requests_of_one_visit_count_once() {
        let visits =
            (0..4).flat_map(|hour| (0..50).map(move |second| hour * HOUR + second * 1_000));
        let rhythm = after(visits);
        assert_eq!((rhythm.pauses, rhythm.usual), (3, HOUR));
        assert_eq!(rhythm.silent_from(2), Some(at(5 * HOUR + 49_000)));
    }

    #[test]
    fn a_long_visit_does_not_shorten_the_usual_pause() {
        let visits =
            (0..5).flat_map(|hour| (0..20).map(move |minute| hour * HOUR + minute * 60_000));
        let rhythm = after(visits);
        assert!(
            (38 * 60_000..=41 * 60_000).contains(&rhythm.usual),
            "{rhythm:?}"
        );
    }

    #[test]
    fn one_who_never_pauses_is_silent_no_sooner_than_after_ten_minutes() {
        let rhythm = after((0..600).map(|second| second * 1_000));
        assert_eq!(rhythm.silent_from(3), Some(at(599_000 + 600_000)));
    }

    #[test]
    fn an_outage_is_forgotten_within_weeks() {
        let mut rhythm = after((0..4).map(|hour| hour * HOUR)).seen(at(100 * HOUR));
        assert_eq!(rhythm.usual, 6 * HOUR);
        for hour in 101..101 + 24 * 28 {
            rhythm = rhythm.seen(at(hour * HOUR));
        }
        assert!(rhythm.usual < HOUR + HOUR / 8, "{rhythm:?}");
    }

    #[test]
    fn a_clock_that_was_set_back_teaches_nothing() {
        let rhythm = after([5 * HOUR]);
        assert_eq!(rhythm.seen(at(HOUR)), rhythm);
    }
}
