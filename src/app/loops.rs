//! Panics of background loops: each is noted, and a loop that goes on panicking makes this daemon not ready.

use std::{
    any::Any,
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use metrics::counter;
use tracing::error;

use super::App;
use crate::telemetry;

/// So many panics of one loop within [`LATELY`] are too many.
const TOO_MANY: usize = 3;
/// Also how long such a loop has to run without a panic to be trusted again.
const LATELY: Duration = Duration::from_mins(1);

/// What is known of each loop that has panicked.
#[derive(Debug, Default)]
pub(super) struct Loops(Mutex<HashMap<&'static str, History>>);

#[derive(Debug, Default)]
struct History {
    /// Panics, the oldest first; as many as are too many.
    last: VecDeque<Instant>,
    failing: bool,
}

impl Loops {
    /// Notes a panic; answers whether there are too many of them now.
    fn panicked(&self, name: &'static str, now: Instant) -> bool {
        let mut all = self.all();
        let history = all.entry(name).or_default();
        history.failing &= history.was_lately(now);
        history.last.push_back(now);
        if history.last.len() > TOO_MANY {
            history.last.pop_front();
        }
        let many = history.last.len() == TOO_MANY;
        history.failing |= many && now.duration_since(history.last[0]) <= LATELY;
        history.failing
    }

    /// Whether a loop has panicked too often, and not yet run long enough without another panic.
    pub(super) fn are_failing(&self, now: Instant) -> bool {
        let failing = |history: &History| history.failing && history.was_lately(now);
        self.all().values().any(failing)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<&'static str, History>> {
        // Nothing that runs under the lock can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl History {
    fn was_lately(&self, now: Instant) -> bool {
        let last = self.last.back();
        last.is_some_and(|panic| now.duration_since(*panic) <= LATELY)
    }
}

/// What a caught panic says.
pub fn panic_words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without words")
}

impl App {
    /// Counts and logs a panic of the background loop of this name with these words; its caller starts it again. Three
    /// within a minute turn readiness red until the loop has run a minute without one.
    pub fn loop_panicked(&self, name: &'static str, words: &str) {
        counter!(telemetry::PANICS).increment(1);
        counter!(telemetry::LOOP_PANICS, "loop" => name).increment(1);
        let failing = self.loops.panicked(name, Instant::now());
        error!(
            loop.name = name,
            loop.failing = failing,
            "`{name}` panicked; it is started again: {words}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_third_panic_within_a_minute_is_one_too_many() {
        let (loops, start) = (Loops::default(), Instant::now());
        assert!(!loops.panicked("a", start));
        assert!(!loops.panicked("b", start + SECOND));
        assert!(!loops.panicked("a", start + 2 * SECOND));
        assert!(!loops.are_failing(start + 2 * SECOND));
        assert!(loops.panicked("a", start + LATELY));
        assert!(loops.are_failing(start + LATELY));
    }

    #[test]
    fn three_panics_that_lie_apart_are_not() {
        let (loops, start) = (Loops::default(), Instant::now());
        for turn in 0..6 {
            assert!(!loops.panicked("a", start + turn * 31 * SECOND), "{turn}");
        }
    }

    #[test]
    fn a_loop_is_trusted_again_after_a_minute_without_a_panic() {
        let (loops, start) = (Loops::default(), Instant::now());
        for _ in 0..3 {
            loops.panicked("a", start);
        }
        // One that panics more slowly, as it is started again after longer waits, is not.
        loops.panicked("a", start + 40 * SECOND);
        loops.panicked("a", start + 80 * SECOND);
        assert!(loops.are_failing(start + 80 * SECOND + LATELY));
        let later = start + 81 * SECOND + LATELY;
        assert!(!loops.are_failing(later));
        assert!(!loops.panicked("a", later));
    }
}
