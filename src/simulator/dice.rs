//! Chance that can be repeated: every choice is drawn from the seed and from what it is about.
//!
//! Because no choice depends on the one before it, the order in which tasks run changes nothing.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE_36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The source of every choice of one simulator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice {
    seed: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A generator that depends on the seed and on the subject, and on nothing else.
    pub(super) fn about(self, subject: &[&str]) -> StdRng {
        let mut digest = Sha256::new();
        digest.update(self.seed.to_le_bytes());
        for part in subject {
            // The length keeps `["ab", "c"]` apart from `["a", "bc"]`.
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        StdRng::from_seed(digest.finalize().into())
    }

    /// 24 hex digits, the form of the injector's own ids.
    pub(super) fn object_id(self, subject: &[&str]) -> String {
        text(&mut self.about(subject), HEX, 24)
    }

    /// `x` and 6 or 7 of `[0-9a-z]`, the form of a Dailymotion video id.
    pub(super) fn remote_id(self, subject: &[&str]) -> String {
        let mut rng = self.about(subject);
        let length = rng.random_range(6..=7);
        format!("x{}", text(&mut rng, BASE_36, length))
    }
}

fn text(rng: &mut StdRng, alphabet: &[u8], length: usize) -> String {
    (0..length)
        .map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_seed_and_subject_alone() {
        let dice = Dice::new(1);
        assert_eq!(dice.object_id(&["a"]), Dice::new(1).object_id(&["a"]));
        assert_ne!(dice.object_id(&["a"]), dice.object_id(&["b"]));
        assert_ne!(dice.object_id(&["a"]), Dice::new(2).object_id(&["a"]));
        assert_ne!(dice.object_id(&["ab", "c"]), dice.object_id(&["a", "bc"]));
    }

    #[test]
    fn ids_have_the_form_that_dailymotion_gives_them() {
        for guid in ["a", "b", "c", "d", "e"] {
            let id = Dice::new(3).object_id(&[guid]);
            assert_eq!(id.len(), 24);
            assert!(id.bytes().all(|byte| HEX.contains(&byte)));
            let remote = Dice::new(3).remote_id(&[guid]);
            let digits = remote.strip_prefix('x').unwrap();
            assert!((6..=7).contains(&digits.len()));
            assert!(digits.bytes().all(|byte| BASE_36.contains(&byte)));
        }
    }
}
