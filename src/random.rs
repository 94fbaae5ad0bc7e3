//! Secrets and ids, from one source of randomness that tests can seed.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng};
use uuid::Builder;

use crate::model::Timestamp;

const SECRET_BYTES: usize = 32;
/// Bits of a version 7 UUID that are neither time, version nor variant.
const TAIL_BITS: u32 = 74;
/// Bits of that tail below the variant.
const LOW_BITS: u32 = 62;
/// The last millisecond that a version 7 UUID can name.
const LAST_MILLIS: u64 = (1 << 48) - 1;

/// A source of secrets and ids, safe to share between tasks.
pub struct Random(Mutex<State>);

struct State {
    generator: StdRng,
    last: Id,
}

/// A version 7 UUID before it is written: time first, then the tail, so that it orders as its text does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    millis: u64,
    tail: u128,
}

impl Random {
    /// Randomness of the operating system, fit for secrets.
    pub fn system() -> Self {
        Self::from_generator(rand::make_rng())
    }

    /// The same sequence for the same seed: for tests and the demo, never for secrets that guard anything.
    pub fn seeded(seed: u64) -> Self {
        Self::from_generator(StdRng::seed_from_u64(seed))
    }

    fn from_generator(generator: StdRng) -> Self {
        Self(Mutex::new(State {
            generator,
            last: Id { millis: 0, tail: 0 },
        }))
    }

    /// Fills `bytes` with randomness.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.state().generator.fill_bytes(bytes);
    }

    /// A time from nothing to `longest`, every one as likely as another.
    pub fn up_to(&self, longest: Duration) -> Duration {
        longest.mul_f64(self.state().generator.random())
    }

    /// A secret of 32 random bytes, as 43 characters that are safe in an address.
    pub fn secret(&self) -> String {
        let mut bytes = [0; SECRET_BYTES];
        self.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A version 7 UUID as text. Each is greater than all that this source made before, also within one
    /// millisecond and after the clock stepped back.
    pub fn id(&self, now: Timestamp) -> String {
        let millis = u64::try_from(now.as_millis()).unwrap_or(0).min(LAST_MILLIS);
        let id = self.state().next(millis);
        Builder::from_unix_timestamp_millis(id.millis, &id.tail_bytes())
            .into_uuid()
            .to_string()
    }

    /// In front of every id made at this moment or later, and behind those made before.
    pub fn first_id(at: Timestamp) -> String {
        let millis = u64::try_from(at.as_millis()).unwrap_or(0).min(LAST_MILLIS);
        format!("{:08x}-{:04x}", millis >> 16, millis & 0xffff)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Neither half of the state can be left half changed by a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

impl State {
    fn next(&mut self, millis: u64) -> Id {
        self.last = if millis > self.last.millis {
            // The top bit stays clear, which leaves room to count within the millisecond.
            Id {
                millis,
                tail: self.random_tail() >> 1,
            }
        } else {
            self.last.after(self.generator.next_u32())
        };
        self.last
    }

    fn random_tail(&mut self) -> u128 {
        let mut bytes = [0; 16];
        self.generator.fill_bytes(&mut bytes);
        u128::from_be_bytes(bytes) >> (128 - TAIL_BITS)
    }
}

impl Id {
    /// A greater id at a distance that cannot be guessed.
    fn after(self, step: u32) -> Self {
        let tail = self.tail + u128::from(step) + 1;
        Self {
            millis: self.millis + u64::from(tail >> TAIL_BITS != 0),
            tail: tail & ((1 << TAIL_BITS) - 1),
        }
    }

    /// The tail with gaps where the builder puts version and variant.
    fn tail_bytes(self) -> [u8; 10] {
        let spread =
            ((self.tail >> LOW_BITS) << (LOW_BITS + 2)) | (self.tail & ((1 << LOW_BITS) - 1));
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&spread.to_be_bytes()[6..]);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_first_id_of_a_moment_parts_those_before_from_those_after() {
        let random = Random::seeded(1);
        let moment = |millis| Timestamp::from_millis(1_790_856_065_535 + millis);
        for millis in [0_i64, 1, 65_536] {
            let first = Random::first_id(moment(millis));
            assert!(random.id(moment(millis - 1)) < first, "{millis}");
            assert!(random.id(moment(millis)) > first, "{millis}");
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn ids_increase_while_the_clock_stands_steps_and_runs() {
        let random = Random::seeded(7);
        let mut last = String::new();
        for step in 0..10_000 {
            for now in [
                1_700_000_000_000,
                1_600_000_000_000,
                1_700_000_000_000 + step,
            ] {
                let id = random.id(at(now));
                assert!(id > last, "`{id}` after `{last}`");
                last = id;
            }
        }
    }

    #[test]
    fn an_id_is_a_version_7_uuid_that_names_its_moment() {
        let id = uuid::Uuid::parse_str(&Random::system().id(at(1_700_000_000_123))).unwrap();
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(
            id.get_timestamp().unwrap().to_unix(),
            (1_700_000_000, 123_000_000)
        );
    }

    #[test]
    fn a_full_tail_carries_into_the_millisecond() {
        let full = Id {
            millis: 5,
            tail: (1 << TAIL_BITS) - 1,
        };
        let next = full.after(0);
        assert!(next > full);
        assert_eq!((next.millis, next.tail), (6, 0));
    }

    #[test]
    fn every_bit_of_the_tail_reaches_the_text() {
        let texts: BTreeSet<_> = (0..TAIL_BITS)
            .map(|bit| {
                Builder::from_unix_timestamp_millis(
                    0,
                    &Id {
                        millis: 0,
                        tail: 1 << bit,
                    }
                    .tail_bytes(),
                )
                .into_uuid()
            })
            .collect();
        assert_eq!(texts.len(), TAIL_BITS as usize);
    }

    #[test]
    fn a_moment_before_the_epoch_still_gives_an_id() {
        let random = Random::seeded(1);
        assert!(random.id(at(-5)) < random.id(at(-5)));
    }

    #[test]
    fn secrets_differ_and_are_safe_in_an_address() {
        let random = Random::system();
        let (one, two) = (random.secret(), random.secret());
        assert_ne!(one, two);
        assert_eq!(one.len(), 43);
        assert!(
            one.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_sequence() {
        let (one, two) = (Random::seeded(3), Random::seeded(3));
        assert_eq!((one.secret(), one.id(at(9))), (two.secret(), two.id(at(9))));
        assert_ne!(Random::seeded(4).secret(), Random::seeded(3).secret());
    }
}
