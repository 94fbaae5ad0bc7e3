//! What goes wrong on the way to the callback address, chosen with a generator that is handed in.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::Deserialize;

/// Chances from 0 to 1, each for one kind of fault. None goes wrong by default.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// That an event is reported a second time, byte for byte.
    pub duplicate_event: f64,
    /// That an array is sent a second time, byte for byte.
    pub duplicate_array: f64,
    /// That the events gathered for sending are shuffled.
    pub reorder: f64,
    /// That an array is cut in two.
    pub split: f64,
    /// That an array is joined with the next one.
    pub merge: f64,
    /// That a sending is left out; it is made up for after the usual wait.
    pub lose: f64,
    /// That a body arrives in small pieces.
    pub slow_body: f64,
    /// Milliseconds that such a body takes.
    pub slow_body_ms: u64,
    /// That the connection is closed right after the last byte of the body, the answer unread.
    pub hang_up: f64,
    /// Most sendings of one array that go wrong on purpose; the ones after them go right.
    pub at_most: u32,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            duplicate_event: 0.0,
            duplicate_array: 0.0,
            reorder: 0.0,
            split: 0.0,
            merge: 0.0,
            lose: 0.0,
            slow_body: 0.0,
            slow_body_ms: 2_000,
            hang_up: 0.0,
            at_most: 3,
        }
    }
}

/// What is done wrong with one sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    /// Nothing is sent.
    Lost,
    /// The answer is not waited for.
    HungUp,
    /// The body comes in pieces.
    Slow,
}

impl Faults {
    /// Every kind at the same chance.
    pub fn all(chance: f64) -> Self {
        Self {
            duplicate_event: chance,
            duplicate_array: chance,
            reorder: chance,
            split: chance,
            merge: chance,
            lose: chance,
            slow_body: chance,
            hang_up: chance,
            ..Self::default()
        }
    }

    /// Every chance with the name of its setting.
    pub(super) fn chances(&self) -> [(&'static str, f64); 8] {
        [
            ("faults.duplicate_event", self.duplicate_event),
            ("faults.duplicate_array", self.duplicate_array),
            ("faults.reorder", self.reorder),
            ("faults.split", self.split),
            ("faults.merge", self.merge),
            ("faults.lose", self.lose),
            ("faults.slow_body", self.slow_body),
            ("faults.hang_up", self.hang_up),
        ]
    }

    /// Groups events into arrays of `array_max`, with the faults that show in grouping and order.
    /// Every event ends up in one array at least, and no array is empty.
    pub(super) fn arrange<E: Clone>(
        &self,
        mut events: Vec<E>,
        array_max: usize,
        rng: &mut StdRng,
    ) -> Vec<Vec<E>> {
        let again: Vec<E> = events
            .iter()
            .filter(|_| rng.random_bool(self.duplicate_event))
            .cloned()
            .collect();
        events.extend(again);
        if rng.random_bool(self.reorder) {
            events.shuffle(rng);
        }
        let mut arrays = Vec::new();
        for array in events.chunks(array_max) {
            self.place(array.to_vec(), &mut arrays, rng);
        }
        let again: Vec<Vec<E>> = arrays
            .iter()
            .filter(|_| rng.random_bool(self.duplicate_array))
            .cloned()
            .collect();
        arrays.extend(again);
        arrays
    }

    /// Adds an array to the others: cut in two, joined with the last one, or as it is.
    fn place<E>(&self, mut array: Vec<E>, arrays: &mut Vec<Vec<E>>, rng: &mut StdRng) {
        if rng.random_bool(self.merge)
            && let Some(last) = arrays.last_mut()
        {
            last.append(&mut array);
            return;
        }
        if array.len() > 1 && rng.random_bool(self.split) {
            let rest = array.split_off(rng.random_range(1..array.len()));
            arrays.push(array);
            array = rest;
        }
        arrays.push(array);
    }

    /// What goes wrong with the n-th sending of an array, counted from 1.
    pub(super) fn mishap(&self, sending: u32, rng: &mut StdRng) -> Option<Mishap> {
        if sending > self.at_most {
            return None;
        }
        [
            (self.lose, Mishap::Lost),
            (self.hang_up, Mishap::HungUp),
            (self.slow_body, Mishap::Slow),
        ]
        .into_iter()
        .find(|(chance, _)| rng.random_bool(*chance))
        .map(|(_, mishap)| mishap)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::dice::Dice;
    use super::*;

    fn rng(subject: u32) -> StdRng {
        Dice::new(1).about(&[&subject.to_string()])
    }

    #[test]
    fn without_faults_events_keep_their_order_and_fill_arrays() {
        let arrays = Faults::default().arrange((0..5).collect(), 2, &mut rng(1));
        assert_eq!(arrays, [vec![0, 1], vec![2, 3], vec![4]]);
    }

    #[test]
    fn the_same_seed_arranges_the_same_way_and_another_does_not() {
        let arrange = |subject| Faults::all(0.5).arrange((0..50).collect(), 5, &mut rng(subject));
        assert_eq!(arrange(1), arrange(1));
        assert_ne!(arrange(1), arrange(2));
    }

    #[test]
    fn whatever_happens_every_event_is_in_an_array_and_none_is_empty() {
        for subject in 0..100 {
            let arrays = Faults::all(0.5).arrange((0..37).collect(), 5, &mut rng(subject));
            assert!(arrays.iter().all(|array| !array.is_empty()));
            let seen: HashSet<u32> = arrays.into_iter().flatten().collect();
            assert_eq!(seen, (0..37).collect());
        }
    }

    #[test]
    fn each_fault_of_grouping_shows() {
        let arrange = |faults: Faults| faults.arrange((0..6).collect(), 3, &mut rng(1));
        let faults = Faults::default();
        assert_eq!(
            arrange(Faults {
                merge: 1.0,
                ..faults
            })
            .len(),
            1
        );
        assert_eq!(
            arrange(Faults {
                split: 1.0,
                ..faults
            })
            .len(),
            4
        );
        assert_eq!(
            arrange(Faults {
                duplicate_event: 1.0,
                ..faults
            })
            .concat()
            .len(),
            12
        );
        let doubled = arrange(Faults {
            duplicate_array: 1.0,
            ..faults
        });
        assert_eq!(doubled[..2], doubled[2..]);
        assert_ne!(
            arrange(Faults {
                reorder: 1.0,
                ..faults
            })
            .concat(),
            [0, 1, 2, 3, 4, 5]
        );
    }

    #[test]
    fn mishaps_end_after_the_set_number() {
        let faults = Faults {
            lose: 1.0,
            at_most: 2,
            ..Faults::default()
        };
        assert_eq!(faults.mishap(2, &mut rng(1)), Some(Mishap::Lost));
        assert_eq!(faults.mishap(3, &mut rng(1)), None);
    }
}
