//! What a simulator has seen and done, in a form to look at.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// How many visits and errors a report keeps; older ones are only counted.
const KEPT: usize = 1_000;

/// Everything since the start. Visits and errors are the newest of their kind, oldest first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Crawls brought to an end.
    pub crawls: u64,
    /// The newest requests to user list and feeds.
    pub visits: Recent<Visit>,
    /// Every item ever picked up, by guid.
    pub items: BTreeMap<String, Item>,
    /// Posts to the callback address.
    pub callbacks: Callbacks,
    /// The newest things that went wrong without being meant to, in words without secrets.
    pub errors: Recent<String>,
}

/// One request to the user list or a feed; each page is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Visit {
    /// Milliseconds since the epoch.
    pub at_ms: u64,
    /// `None` for the user list, else the user whose feed it was.
    pub user: Option<String>,
    /// Status of the answer; `None` when there was none.
    pub status: Option<u16>,
    /// Users or items listed; after a 304, those of the page remembered.
    pub listed: usize,
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The user in whose feed it was first seen.
    pub user: String,
    /// Title when it was last picked up.
    pub title: String,
    /// How often it was tried, at least 1.
    pub attempts: u32,
    /// How the last attempt stands.
    pub fate: Fate,
    /// Events of all attempts that the callback address has not answered 2xx yet.
    pub unacknowledged: u32,
}

/// How an attempt ended, or that it has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Under way.
    Importing,
    /// Imported. Every id reported, in order; none if it was reported ready without one.
    Imported(Vec<String>),
    /// Refused, with the status reported.
    Refused(String),
    /// Nothing will ever be heard of it.
    Silent,
}

/// Posts to the callback address, counted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Callbacks {
    /// Posts whose last byte was to be sent, hang-ups included.
    pub sent: u64,
    /// Posts answered 2xx.
    pub acknowledged: u64,
    /// Different events answered 2xx.
    pub events_acknowledged: u64,
    /// Sendings left out on purpose.
    pub lost: u64,
    /// Connections closed on purpose before the answer.
    pub hung_up: u64,
    /// Bodies sent slowly on purpose.
    pub slow: u64,
    /// Arrays given up.
    pub given_up: u64,
    /// How often each status was answered.
    pub answers: BTreeMap<u16, u64>,
}

impl Report {
    /// The first remote id of every imported item, by guid; empty if it was reported without one.
    pub fn imported(&self) -> BTreeMap<&str, &str> {
        self.fates(|fate| match fate {
            Fate::Imported(ids) => Some(ids.first().map_or("", String::as_str)),
            _ => None,
        })
    }

    /// The reported status of every item whose last attempt was refused, by guid.
    pub fn refused(&self) -> BTreeMap<&str, &str> {
        self.fates(|fate| match fate {
            Fate::Refused(status) => Some(status.as_str()),
            _ => None,
        })
    }

    fn fates<'r>(
        &'r self,
        pick: impl Fn(&'r Fate) -> Option<&'r str>,
    ) -> BTreeMap<&'r str, &'r str> {
        self.items
            .iter()
            .filter_map(|(guid, item)| Some((guid.as_str(), pick(&item.fate)?)))
            .collect()
    }
}

/// The newest of many, and how many there were.
#[derive(Clone, Debug, Serialize)]
pub struct Recent<T> {
    /// How many there were, kept or not.
    pub total: u64,
    /// The newest thousand, oldest first.
    pub newest: VecDeque<T>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            total: 0,
            newest: VecDeque::new(),
        }
    }
}

impl<T> Recent<T> {
    pub(super) fn add(&mut self, new: T) {
        if self.newest.len() == KEPT {
            self.newest.pop_front();
        }
        self.newest.push_back(new);
        self.total += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_are_kept_and_all_are_counted() {
        let mut recent = Recent::default();
        for number in 0..=KEPT {
            recent.add(number);
        }
        assert_eq!(recent.total, KEPT as u64 + 1);
        assert_eq!(recent.newest.len(), KEPT);
        assert_eq!(recent.newest.front(), Some(&1));
    }
}
