//! Waiting times that grow while trouble lasts; pure arithmetic.

use std::time::Duration;

/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(30);

/// Doubles from one wait to the next, up to half a minute or a bound of its own.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: Duration,
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// Waits that begin with `first`.
    pub fn new(first: Duration) -> Self {
        Self::bounded(first, LONGEST)
    }

    /// Waits that begin with `first` and grow up to `longest`.
    pub fn bounded(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            next: first,
            longest,
        }
    }

    /// The next wait, twice the one before; never shorter than the first, however long that is.
    pub fn longer(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest).max(self.first);
        wait
    }

    /// The first wait, from which the next ones grow again.
    pub fn reset(&mut self) -> Duration {
        self.next = self.first;
        self.first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_begin_again() {
        let mut waits = Backoff::new(Duration::from_secs(10));
        assert_eq!(
            [
                waits.longer(),
                waits.longer(),
                waits.longer(),
                waits.longer()
            ]
            .map(|wait| wait.as_secs()),
            [10, 20, 30, 30]
        );
        assert_eq!(waits.reset().as_secs(), 10);
        assert_eq!(waits.longer().as_secs(), 10);
    }

    #[test]
    fn a_long_first_wait_stays() {
        let mut waits = Backoff::new(Duration::from_mins(10));
        assert_eq!(
            [waits.longer(), waits.longer()],
            [Duration::from_mins(10); 2]
        );
    }
}
