//! How often somebody may try to sign in: by address, and by what they try to guess.
//!
//! A name is never locked: a stranger's tries make its waits longer, but not those of a network that the name has signed
//! in from before, and not those of whoever has the password or is in already.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::model::{Digest, SessionId, Timestamp, network_of};

/// Guesses and addresses remembered at once; the longest unused go first.
const REMEMBERED: usize = 10_000;
const MINUTE: Duration = Duration::from_mins(1);
/// The first wait of a guess that failed too often; it doubles with every further try.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The settings of the limits.
#[derive(Clone, Copy, Debug)]
pub(in crate::app) struct Limits {
    /// Tries of one address in a minute.
    pub(in crate::app) per_minute: NonZeroU32,
    /// Failures of one guess before it has to wait.
    pub(in crate::app) free: u32,
    /// The longest wait of a guess.
    pub(in crate::app) longest_wait: Duration,
}

/// What is guessed. Each has failures of its own, so that whoever tries one lengthens the waits of no other.
#[derive(Clone, Copy, Debug)]
pub(in crate::app) enum Guess<'a> {
    /// The password of a name; of whatever was typed.
    Password(&'a str),
    /// A code of a name whose password was right.
    Code(&'a str),
    /// The password of whoever is in by this session.
    PasswordAgain(&'a SessionId),
}

impl Guess<'_> {
    /// What failures are counted by: what was typed may be of any length.
    fn digest(self) -> Digest {
        let text = match self {
            Self::Password(name) => format!("password of {name}"),
            Self::Code(name) => format!("code of {name}"),
            Self::PasswordAgain(session) => format!("session {session}"),
        };
        Digest::of(text.as_bytes())
    }
}

/// What was tried so far.
#[derive(Debug, Default)]
pub(in crate::app) struct Tries(Mutex<Tried>);

#[derive(Debug, Default)]
struct Tried {
    guesses: HashMap<Digest, Failures>,
    addresses: HashMap<IpAddr, Window>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Timestamp,
    count: u32,
}

impl Tries {
    /// Counts a try before it is judged, so that many at once count as well. An address that is `known` to belong to the
    /// person does not wait for what others tried.
    ///
    /// # Errors
    /// How long to wait before the next try; this one does not count.
    pub(in crate::app) fn begin(
        &self,
        guess: Guess<'_>,
        address: IpAddr,
        known: bool,
        limits: Limits,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let (guess, address) = (guess.digest(), network_of(address));
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = tried.addresses.get(&address).copied();
        let window = window.filter(|window| now < window.began.after(MINUTE));
        let window = window.unwrap_or(Window {
            began: now,
            count: 0,
        });
        if window.count >= limits.per_minute.get() {
            return Err(until(window.began.after(MINUTE), now));
        }
        let failures = tried.guesses.get(&guess).copied();
        if let Some(failures) = failures.filter(|_failures| !known) {
            let free_at = failures.last.after(wait(failures.count, limits));
            if now < free_at {
                return Err(until(free_at, now));
            }
        }
        tried.make_room();
        let count = failures
            .map_or(0, |failures| failures.count)
            .saturating_add(1);
        tried.guesses.insert(guess, Failures { count, last: now });
        let count = window.count + 1;
        tried.addresses.insert(address, Window { count, ..window });
        Ok(())
    }

    /// Forgets the failures of what was then guessed right.
    pub(in crate::app) fn succeed(&self, guess: Guess<'_>) {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.guesses.remove(&guess.digest());
    }
}

impl Tried {
    fn make_room(&mut self) {
        if self.guesses.len() >= REMEMBERED {
            let oldest = self
                .guesses
                .iter()
                .min_by_key(|(_, failures)| failures.last);
            if let Some(guess) = oldest.map(|(guess, _)| *guess) {
                self.guesses.remove(&guess);
            }
        }
        if self.addresses.len() >= REMEMBERED {
            let oldest = self.addresses.iter().min_by_key(|(_, window)| window.began);
            if let Some(address) = oldest.map(|(address, _)| *address) {
                self.addresses.remove(&address);
            }
        }
    }
}

/// The wait after so many failures.
fn wait(failures: u32, limits: Limits) -> Duration {
    let Some(beyond) = failures.checked_sub(limits.free) else {
        return Duration::ZERO;
    };
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(beyond));
    doubled.min(limits.longest_wait)
}

fn until(moment: Timestamp, now: Timestamp) -> Duration {
    let millis = moment.as_millis().saturating_sub(now.as_millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Guess<'_> = Guess::Password("ann");

    const LIMITS: Limits = Limits {
        per_minute: NonZeroU32::new(100).unwrap(),
        free: 5,
        longest_wait: Duration::from_mins(10),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    /// How many tries of a name one hour lets through, asked every second.
    #[test]
    fn an_hour_lets_twenty_tries_of_a_name_through_at_the_most() {
        let tries = Tries::default();
        let tried = (0..3_600).filter(|second| {
            let from = address(u8::try_from(second % 200).unwrap());
            tries.begin(ANN, from, false, LIMITS, at(*second)).is_ok()
        });
        let tried = tried.count();
        assert!((15..=20).contains(&tried), "{tried}");
        assert!(
            tries
                .begin(Guess::Password("bob"), address(1), false, LIMITS, at(3_600))
                .is_ok()
        );
    }

    #[test]
    fn what_strangers_try_does_not_keep_a_known_address_out() {
        let tries = Tries::default();
        for second in 0..60 {
            let _tried = tries.begin(ANN, address(1), false, LIMITS, at(second));
        }
        assert!(tries.begin(ANN, address(2), false, LIMITS, at(60)).is_err());
        assert!(tries.begin(ANN, address(2), true, LIMITS, at(60)).is_ok());
    }

    #[test]
    fn an_address_has_so_many_tries_in_a_minute_whatever_the_names() {
        let limits = Limits {
            per_minute: NonZeroU32::new(5).unwrap(),
            ..LIMITS
        };
        let tries = Tries::default();
        for number in 0..5 {
            let name = format!("name-{number}");
            assert!(
                tries
                    .begin(
                        Guess::Password(&name),
                        address(1),
                        false,
                        limits,
                        at(number)
                    )
                    .is_ok()
            );
        }
        let wait = tries.begin(Guess::Password("other"), address(1), true, limits, at(10));
        assert_eq!(wait, Err(Duration::from_secs(50)));
        assert!(
            tries
                .begin(Guess::Password("other"), address(2), false, limits, at(10))
                .is_ok()
        );
        assert!(
            tries
                .begin(Guess::Password("other"), address(1), true, limits, at(60))
                .is_ok()
        );
    }

    #[test]
    fn a_success_forgets_what_went_before() {
        let tries = Tries::default();
        for _ in 0..5 {
            assert!(tries.begin(ANN, address(1), false, LIMITS, at(0)).is_ok());
        }
        assert!(tries.begin(ANN, address(1), false, LIMITS, at(0)).is_err());
        tries.succeed(ANN);
        assert!(tries.begin(ANN, address(1), false, LIMITS, at(0)).is_ok());
    }

    #[test]
    fn whatever_is_typed_as_a_name_fails_as_a_password_alone() {
        let tries = Tries::default();
        for second in 0..60 {
            let typed = Guess::Password("code of ann");
            let _tried = tries.begin(typed, address(1), false, LIMITS, at(second));
        }
        let code = Guess::Code("ann");
        assert!(tries.begin(code, address(2), false, LIMITS, at(60)).is_ok());
        assert!(tries.begin(ANN, address(2), false, LIMITS, at(60)).is_ok());
    }
}
