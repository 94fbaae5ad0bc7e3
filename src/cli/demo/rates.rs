//! How fast videos arrive.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How far back "lately" reaches.
const LATELY: Duration = Duration::from_secs(5);

/// Counts with their moments.
pub(super) struct Rates {
    began: Instant,
    counts: VecDeque<(Instant, i64)>,
}

impl Rates {
    pub(super) fn new(began: Instant) -> Self {
        Self {
            began,
            counts: VecDeque::from([(began, 0)]),
        }
    }

    /// Notes a count; the one before the window stays, to measure from.
    pub(super) fn note(&mut self, now: Instant, count: i64) {
        self.counts.push_back((now, count));
        while self
            .counts
            .get(1)
            .is_some_and(|(at, _)| now.duration_since(*at) >= LATELY)
        {
            self.counts.pop_front();
        }
    }

    /// Counts a second, of late and since the beginning.
    pub(super) fn per_second(&self) -> (f64, f64) {
        let (Some(first), Some(last)) = (self.counts.front(), self.counts.back()) else {
            return (0.0, 0.0);
        };
        let lately = rate(last.1 - first.1, last.0.duration_since(first.0));
        (lately, rate(last.1, last.0.duration_since(self.began)))
    }
}

fn rate(count: i64, time: Duration) -> f64 {
    if time.is_zero() {
        return 0.0;
    }
    // Counts of a demo are exact as floats.
    i32::try_from(count).map_or(f64::INFINITY, f64::from) / time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_the_last_seconds_and_of_all() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut rates = Rates::new(began);
        assert_eq!(rates.per_second(), (0.0, 0.0));
        rates.note(at(10), 10);
        rates.note(at(12), 30);
        rates.note(at(15), 40);
        assert_eq!(rates.per_second(), (6.0, 40.0 / 15.0));
    }
}
