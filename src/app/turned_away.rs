//! Who is turned away at the crawler's faces: gathered in memory like visits, and counted by the hour.

use std::{
    collections::{BTreeMap, HashSet},
    mem,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{App, Result};
use crate::model::{Timestamp, TurnReason, TurnedAway, TurnedCursor, network_of};

const HOUR: i64 = 3_600_000;
/// Addresses and reasons told apart in one hour; strangers could bring any number of them.
const TOLD_APART: usize = 500;

/// What is not written yet.
#[derive(Debug, Default)]
pub(super) struct Door(Mutex<Gathered>);

/// The first moment of an hour, an address and the code of a reason.
type Key = (i64, String, &'static str);

#[derive(Debug, Default)]
struct Gathered {
    hour: i64,
    told_apart: HashSet<(String, &'static str)>,
    unwritten: BTreeMap<Key, TurnedAway>,
}

impl Gathered {
    /// The address under which it is counted.
    fn counted_under(&mut self, hour: i64, address: IpAddr, reason: TurnReason) -> String {
        if hour != self.hour {
            self.hour = hour;
            self.told_apart.clear();
        }
        let address = network_of(address).to_string();
        let one = (address.clone(), reason.as_str());
        if !self.told_apart.contains(&one) {
            if self.told_apart.len() >= TOLD_APART {
                return String::new();
            }
            self.told_apart.insert(one);
        }
        address
    }

    fn add(&mut self, turned: TurnedAway) {
        let reason = turned.reason.as_str();
        let key = (turned.hour.as_millis(), turned.address.clone(), reason);
        match self.unwritten.get_mut(&key) {
            None => drop(self.unwritten.insert(key, turned)),
            Some(known) => {
                known.times += turned.times;
                (known.last_at, known.user_agent) = (turned.last_at, turned.user_agent);
            }
        }
    }
}

impl Door {
    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        // Nothing that runs under the lock can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be written, in the order of its keys.
    pub(super) fn take(&self) -> Vec<TurnedAway> {
        mem::take(&mut self.gathered().unwritten)
            .into_values()
            .collect()
    }

    /// Puts back what could not be written.
    pub(super) fn put_back(&self, unwritten: Vec<TurnedAway>) {
        let mut gathered = self.gathered();
        let since = mem::take(&mut gathered.unwritten);
        unwritten
            .into_iter()
            .chain(since.into_values())
            .for_each(|one| gathered.add(one));
    }
}

impl App {
    /// Notes that a request to the crawler's faces was turned away; it is written within a second.
    pub fn turn_away(&self, reason: TurnReason, address: IpAddr, user_agent: Option<String>) {
        let now = self.clock.now();
        let hour = now.as_millis().div_euclid(HOUR) * HOUR;
        let mut gathered = self.door.gathered();
        let address = gathered.counted_under(hour, address, reason);
        gathered.add(TurnedAway {
            hour: Timestamp::from_millis(hour),
            address,
            reason,
            times: 1,
            last_at: now,
            user_agent,
        });
    }

    /// Who was turned away, newest hour first, at most `limit`, behind `after`.
    pub async fn turned_away(
        &self,
        after: Option<&TurnedCursor>,
        limit: i64,
    ) -> Result<Vec<TurnedAway>> {
        Ok(self.catalog.turned_away(after, limit).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(door: &Door, hour: i64, address: &str) {
        let mut gathered = door.gathered();
        let reason = TurnReason::WrongCredential;
        let address = gathered.counted_under(hour, address.parse().unwrap(), reason);
        let at = Timestamp::from_millis(hour);
        gathered.add(TurnedAway {
            hour: at,
            address,
            reason,
            times: 1,
            last_at: at,
            user_agent: None,
        });
    }

    #[test]
    fn beyond_a_number_of_addresses_the_rest_of_an_hour_is_counted_together() {
        let door = Door::default();
        for one in 0..TOLD_APART + 7 {
            note(&door, 0, &format!("10.0.{}.{}", one / 256, one % 256));
        }
        note(&door, 0, "10.0.0.1");
        note(&door, HOUR, "192.0.2.1");
        let turned = door.take();
        assert_eq!(turned.len(), TOLD_APART + 2);
        assert_eq!((turned[0].address.as_str(), turned[0].times), ("", 7));
        let known = turned.iter().find(|one| one.address == "10.0.0.1").unwrap();
        assert_eq!(known.times, 2);
        assert_eq!(turned.last().unwrap().address, "192.0.2.1");
        assert!(door.take().is_empty());
    }

    #[test]
    fn what_could_not_be_written_is_added_to_what_came_since() {
        let door = Door::default();
        note(&door, 0, "192.0.2.1");
        let unwritten = door.take();
        note(&door, 0, "192.0.2.1");
        door.put_back(unwritten);
        assert_eq!(door.take()[0].times, 2);
    }
}
