//! How often something may happen, counted for each of many.

use std::{
    fmt,
    hash::Hash,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, QuantaClock},
    state::keyed::DashMapStateStore,
};

/// Of so many at once it is remembered how often; beyond it new ones are not slowed.
const MOST: usize = 100_000;
/// From so many on, those that have everything left again are forgotten, once in a while.
const FORGET_FROM: usize = 1_000;
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// How often each of many may do something.
pub(super) struct Rate<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DashMapStateStore<K>, QuantaClock>,
    clock: QuantaClock,
    forgotten: Mutex<Instant>,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    /// Lets `per_minute` pass for each, which grow back evenly over a minute.
    pub(super) fn new(per_minute: NonZeroU32) -> Self {
        let clock = QuantaClock::default();
        Self {
            limiter: RateLimiter::new(
                Quota::per_minute(per_minute),
                DashMapStateStore::default(),
                clock.clone(),
            ),
            clock,
            forgotten: Mutex::new(Instant::now()),
        }
    }

    /// Counts once.
    ///
    /// # Errors
    /// How long to wait for the next time.
    pub(super) fn count(&self, key: &K) -> Result<(), Duration> {
        let known = self.limiter.len();
        if known >= FORGET_FROM && self.is_time_to_forget() {
            self.forget_old();
        }
        if known >= MOST {
            return Ok(());
        }
        self.limiter
            .check_key(key)
            .map_err(|early| early.wait_time_from(self.clock.now()))
    }

    fn is_time_to_forget(&self) -> bool {
        let mut forgotten = self
            .forgotten
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let due = forgotten.elapsed() >= FORGET_EVERY;
        if due {
            *forgotten = Instant::now();
        }
        due
    }

    /// Forgets those that have everything left again.
    fn forget_old(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

impl<K: Hash + Eq + Clone> fmt::Debug for Rate<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rate").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own_count_and_is_told_how_long_to_wait() {
        let rate = Rate::new(NonZeroU32::new(20).unwrap());
        for _ in 0..20 {
            assert_eq!(rate.count(&"one"), Ok(()));
        }
        let wait = rate.count(&"one").unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(3));
        assert_eq!(rate.count(&"other"), Ok(()));
    }

    #[test]
    fn forgetting_keeps_those_who_still_wait() {
        let rate = Rate::new(NonZeroU32::MIN);
        assert_eq!(rate.count(&"one"), Ok(()));
        rate.forget_old();
        assert!(rate.count(&"one").is_err());
    }
}
