//! Outcomes decided beforehand: which item, and what is reported about it.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One decision about one attempt at one item.
///
/// A rule is used once: two rules for the same guid script the first and the second attempt.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The item with this guid.
    #[serde(default)]
    pub guid: Option<String>,
    /// The item picked up as the n-th of this run, counted from 1; attempts count one by one.
    #[serde(default)]
    pub nth: Option<u64>,
    /// What is reported, in this order; empty for an item of which nothing is ever heard.
    pub says: Vec<Saying>,
}

/// One event about an item.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Saying {
    /// Work goes on: an event with a status such as `processing`.
    Progress {
        /// Text of `data.status`.
        status: String,
    },
    /// The video is there.
    Ready {
        /// Its id; left out, the simulator makes one.
        #[serde(default)]
        remote_id: Option<String>,
    },
    /// The video is there, says the status, but no id comes with it.
    ReadyWithoutId,
    /// The video was not taken.
    Failed {
        /// Text of `data.status`.
        status: String,
        /// Text of `type`; left out, it is made from the status.
        #[serde(default, rename = "type")]
        type_name: Option<String>,
        /// How `data.remote_id` looks.
        #[serde(default)]
        remote_id: NoId,
        /// Members added to `data`, such as `reason`.
        #[serde(default)]
        extra: Map<String, Value>,
    },
}

/// The ways in which an event can name no video (the contract's section 8.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoId {
    /// No member `remote_id`.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// An empty text.
    Empty,
}

impl Rule {
    /// A rule for the next attempt at the item `guid`.
    pub fn guid(guid: impl Into<String>, says: Vec<Saying>) -> Self {
        Self {
            guid: Some(guid.into()),
            nth: None,
            says,
        }
    }

    /// A rule for the n-th item picked up, counted from 1.
    pub fn nth(nth: u64, says: Vec<Saying>) -> Self {
        Self {
            guid: None,
            nth: Some(nth),
            says,
        }
    }

    /// Both conditions hold when both are given; a rule with neither fits the next item.
    fn fits(&self, guid: &str, nth: u64) -> bool {
        self.guid.as_deref().is_none_or(|wanted| wanted == guid)
            && self.nth.is_none_or(|wanted| wanted == nth)
    }
}

impl Saying {
    /// Ready, with this id.
    pub fn ready(remote_id: impl Into<String>) -> Self {
        Self::Ready {
            remote_id: Some(remote_id.into()),
        }
    }

    /// Failed with this status and nothing else.
    pub fn failed(status: impl Into<String>) -> Self {
        Self::Failed {
            status: status.into(),
            type_name: None,
            remote_id: NoId::Absent,
            extra: Map::new(),
        }
    }
}

/// The rules not used yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Script(VecDeque<Rule>);

impl Script {
    pub(super) fn new(rules: Vec<Rule>) -> Self {
        Self(rules.into())
    }

    pub(super) fn add(&mut self, rule: Rule) {
        self.0.push_back(rule);
    }

    /// Takes the first rule that fits this attempt out of the script.
    pub(super) fn take(&mut self, guid: &str, nth: u64) -> Option<Vec<Saying>> {
        let at = self.0.iter().position(|rule| rule.fits(guid, nth))?;
        self.0.remove(at).map(|rule| rule.says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_used_once_and_in_order() {
        let mut script = Script::new(vec![
            Rule::guid("a", vec![Saying::failed("error")]),
            Rule::guid("a", vec![]),
        ]);
        assert!(script.take("b", 1).is_none());
        assert_eq!(script.take("a", 2).unwrap().len(), 1);
        assert_eq!(script.take("a", 3).unwrap().len(), 0);
        assert!(script.take("a", 4).is_none());
    }

    #[test]
    fn a_rule_can_name_the_nth_item() {
        let mut script = Script::new(vec![Rule::nth(2, vec![])]);
        assert!(script.take("a", 1).is_none());
        assert!(script.take("a", 2).is_some());
    }
}
