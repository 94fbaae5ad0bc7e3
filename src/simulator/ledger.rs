//! What the injector remembers of every item: it makes no video twice, and tries a refused item
//! again once its guid has been out of the feed and come back.

use std::collections::{HashMap, HashSet};

use super::dice::Dice;
use super::feed;
use super::report::{Fate, Item, Report};

/// The memory of one simulator; its report is a part of it.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) report: Report,
    picked_up: u64,
    remote_ids: HashSet<String>,
    /// Refused items still listed, or not looked for yet, by user.
    refused: HashMap<String, HashSet<String>>,
    /// Refused items that a later read of the feed did not list.
    gone: HashSet<String>,
}

/// Leave to try an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Admission {
    /// How often this item has been tried, this time included.
    pub(super) attempt: u32,
    /// How many attempts at any item there have been, this one included.
    pub(super) nth: u64,
}

impl Ledger {
    /// Decides whether a listed item is tried now: it is new, or it was refused and came back.
    pub(super) fn admit(&mut self, user: &str, listed: &feed::Item) -> Option<Admission> {
        let item = match self.report.items.get_mut(&listed.guid) {
            Some(item) if item.user != user => {
                let words = format!(
                    "guid `{}` is in the feeds of `{}` and `{user}`",
                    listed.guid, item.user
                );
                self.report.errors.add(words);
                return None;
            }
            Some(item) if self.gone.remove(&listed.guid) => item,
            Some(_) => return None,
            None => self
                .report
                .items
                .entry(listed.guid.clone())
                .or_insert_with(|| unseen(user)),
        };
        item.title.clone_from(&listed.title);
        item.attempts += 1;
        item.fate = Fate::Importing;
        self.picked_up += 1;
        Some(Admission {
            attempt: item.attempts,
            nth: self.picked_up,
        })
    }

    /// Notes which refused items of a user a complete read of the feed no longer lists.
    pub(super) fn miss(&mut self, user: &str, listed: &[feed::Item]) {
        let Some(refused) = self.refused.get_mut(user) else {
            return;
        };
        let listed: HashSet<&str> = listed.iter().map(|item| item.guid.as_str()).collect();
        self.gone
            .extend(refused.extract_if(|guid| !listed.contains(guid.as_str())));
    }

    /// Records how an attempt ended and how many more events are to be acknowledged.
    pub(super) fn settle(&mut self, guid: &str, fate: Fate) {
        let Some(item) = self.report.items.get_mut(guid) else {
            return;
        };
        if matches!(fate, Fate::Refused(_)) {
            self.refused
                .entry(item.user.clone())
                .or_default()
                .insert(guid.to_owned());
        }
        item.fate = fate;
    }

    /// One more event about this item is to be acknowledged.
    pub(super) fn report_due(&mut self, guid: &str) {
        if let Some(item) = self.report.items.get_mut(guid) {
            item.unacknowledged += 1;
        }
    }

    /// An event about this item was answered 2xx for the first time.
    pub(super) fn acknowledge(&mut self, guid: &str) {
        self.report.callbacks.events_acknowledged += 1;
        if let Some(item) = self.report.items.get_mut(guid) {
            item.unacknowledged = item.unacknowledged.saturating_sub(1);
        }
    }

    /// An id that no other item of this run has.
    pub(super) fn new_remote_id(&mut self, dice: Dice, guid: &str, attempt: u32) -> String {
        let mut salt = 0_u32;
        loop {
            let id = dice.remote_id(&["remote", guid, &attempt.to_string(), &salt.to_string()]);
            if self.remote_ids.insert(id.clone()) {
                return id;
            }
            salt += 1;
        }
    }
}

fn unseen(user: &str) -> Item {
    Item {
        user: user.to_owned(),
        title: String::new(),
        attempts: 0,
        fate: Fate::Importing,
        unacknowledged: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(guid: &str) -> feed::Item {
        feed::Item {
            guid: guid.to_owned(),
            ..feed::Item::default()
        }
    }

    fn refused() -> Fate {
        Fate::Refused("error".to_owned())
    }

    #[test]
    fn an_item_is_made_once() {
        let mut ledger = Ledger::default();
        let first = ledger.admit("u", &listed("a"));
        assert_eq!(first, Some(Admission { attempt: 1, nth: 1 }));
        assert_eq!(ledger.admit("u", &listed("a")), None);
        ledger.settle("a", Fate::Imported(vec!["x1".to_owned()]));
        ledger.miss("u", &[]);
        assert_eq!(ledger.admit("u", &listed("a")), None);
    }

    #[test]
    fn a_refused_item_is_tried_again_only_after_it_was_gone() {
        let mut ledger = Ledger::default();
        ledger.admit("u", &listed("a"));
        ledger.settle("a", refused());
        ledger.miss("u", &[listed("a")]);
        assert_eq!(ledger.admit("u", &listed("a")), None);
        ledger.miss("u", &[listed("b")]);
        let again = ledger.admit("u", &listed("a"));
        assert_eq!(again, Some(Admission { attempt: 2, nth: 2 }));
        assert_eq!(ledger.admit("u", &listed("a")), None);
    }

    #[test]
    fn a_guid_of_two_feeds_is_an_error_of_the_second() {
        let mut ledger = Ledger::default();
        ledger.admit("u", &listed("a"));
        assert_eq!(ledger.admit("v", &listed("a")), None);
        let errors = &ledger.report.errors.newest;
        assert_eq!(errors[0], "guid `a` is in the feeds of `u` and `v`");
    }

    #[test]
    fn remote_ids_are_never_given_twice() {
        let mut ledger = Ledger::default();
        let first = ledger.new_remote_id(Dice::new(1), "a", 1);
        assert_ne!(first, ledger.new_remote_id(Dice::new(1), "a", 1));
    }
}
