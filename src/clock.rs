//! The time of day, as a part that tests replace.
//!
//! Nothing else in the crate reads the system's clock.

use std::{
    fmt::Debug,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::model::Timestamp;

/// Tells the time in whole milliseconds, so that what is written is what is read.
pub trait Clock: Debug + Send + Sync {
    /// The present moment. It may step back when somebody sets the system's clock.
    fn now(&self) -> Timestamp;

    /// A moment of the time that only passes, whatever somebody sets.
    fn steady(&self) -> Instant;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that all others come from"
    )]
    fn now(&self) -> Timestamp {
        // A clock before 1970 is a machine without one; the epoch is as good as any answer.
        let elapsed = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(millis(elapsed))
    }

    fn steady(&self) -> Instant {
        Instant::now()
    }
}

/// A clock that moves only when it is told to.
#[derive(Debug)]
pub struct ManualClock {
    wall: AtomicI64,
    begun: Instant,
    /// Milliseconds since then.
    passed: AtomicU64,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self {
            wall: AtomicI64::new(start.as_millis()),
            begun: Instant::now(),
            passed: AtomicU64::new(0),
        }
    }

    /// Puts the clock to `now`, which may lie before what it showed, as somebody sets the system's clock.
    pub fn set(&self, now: Timestamp) {
        self.wall.store(now.as_millis(), Ordering::SeqCst);
    }

    /// Lets so much time pass.
    pub fn advance(&self, by: Duration) {
        let by = millis(by);
        self.wall.fetch_add(by, Ordering::SeqCst);
        self.passed.fetch_add(by.unsigned_abs(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.wall.load(Ordering::SeqCst))
    }

    fn steady(&self) -> Instant {
        self.begun + Duration::from_millis(self.passed.load(Ordering::SeqCst))
    }
}

/// Holds the wall clock against time that only passes, to notice when somebody sets it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    last: Option<(Timestamp, Instant)>,
    jumped: Option<Instant>,
}

impl Watch {
    /// What differs by more is a jump; corrections are of seconds.
    const JUMP: Duration = Duration::from_mins(5);
    /// After a jump it takes so long until the clock is believed; a wrong one is set right by then.
    const DOUBT: Duration = Duration::from_hours(24);

    /// Looks at both. Answers by how many milliseconds the wall clock has jumped since the last look, if it has.
    pub fn look(&mut self, wall: Timestamp, steady: Instant) -> Option<i64> {
        let (wall_before, steady_before) = self.last.replace((wall, steady))?;
        let passed = millis(steady.saturating_duration_since(steady_before));
        let shown = wall.as_millis().saturating_sub(wall_before.as_millis());
        let jump = shown.saturating_sub(passed);
        if jump.unsigned_abs() <= millis(Self::JUMP).unsigned_abs() {
            return None;
        }
        self.jumped = Some(steady);
        Some(jump)
    }

    /// Whether the wall clock may be wrong because it jumped lately.
    pub fn is_in_doubt(&self, steady: Instant) -> bool {
        self.has_jumped_within(Self::DOUBT, steady)
    }

    /// Whether the wall clock has jumped in so much time before a moment.
    pub fn has_jumped_within(&self, time: Duration, steady: Instant) -> bool {
        let since = |jumped| steady.saturating_duration_since(jumped);
        self.jumped.is_some_and(|jumped| since(jumped) < time)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::new(Timestamp::from_millis(1_000));
        assert_eq!(clock.now(), Timestamp::from_millis(1_000));
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now(), Timestamp::from_millis(3_000));
        let steady = clock.steady();
        clock.set(Timestamp::from_millis(500));
        assert_eq!(clock.now(), Timestamp::from_millis(500));
        assert_eq!(clock.steady(), steady);
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.steady() - steady, Duration::from_secs(1));
    }

    #[test]
    fn a_clock_that_is_set_has_jumped_and_one_that_drifts_has_not() {
        let (mut watch, start) = (Watch::default(), Instant::now());
        let mut look = |wall: i64, steady: u64| {
            let steady = start + Duration::from_secs(steady);
            let jump = watch.look(Timestamp::from_millis(wall * 1_000), steady);
            (jump.map(|millis| millis / 1_000), watch.is_in_doubt(steady))
        };
        assert_eq!(look(1_000_000, 0), (None, false));
        assert_eq!(look(1_000_005, 5), (None, false));
        assert_eq!(look(1_000_310, 10), (None, false));
        assert_eq!(look(1_003_916, 15), (Some(3_601), true));
        assert_eq!(look(1_003_921, 20), (None, true));
        assert_eq!(look(139_926, 25), (Some(-864_000), true));
        let day = 24 * 3_600_i64;
        assert_eq!(look(139_926 + day, 25 + day.unsigned_abs()), (None, false));
    }

    #[test]
    fn the_system_clock_is_past_the_year_2020() {
        assert!(SystemClock.now() > Timestamp::from_millis(1_577_836_800_000));
    }
}
