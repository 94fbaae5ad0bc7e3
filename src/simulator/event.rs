//! Events as they go over the wire, and the many ways in which an import can be refused.
//!
//! Sections 8.1 to 8.4 of the contract: only `ready` is documented; the other types, statuses and
//! members are guesses made on purpose, so that a receiver that counts on one of them is found out.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::script::{NoId, Saying};

const FAILURE_STATUSES: [&str; 4] = ["error", "encoding_error", "rejected", "failed"];
const FAILURE_TYPES: [&str; 4] = [
    "injector.item.error",
    "injector.item.failed",
    "injector.item.rejected",
    "injector.error",
];
const REASONS: [&str; 4] = [
    "media could not be fetched",
    "unsupported codec",
    "duplicate content",
    "contenu refusé : « durée »",
];

/// One attempt at one item, with the ids that its events carry.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) guid: String,
    /// Counted from 1.
    pub(super) number: u32,
    user_id: String,
    feed_id: String,
    item_id: String,
}

impl Attempt {
    /// User and feed keep their ids for ever; each attempt makes a new item (the contract's 8.3).
    pub(super) fn new(dice: Dice, user: &str, guid: &str, number: u32) -> Self {
        Self {
            guid: guid.to_owned(),
            number,
            user_id: dice.object_id(&["user", user]),
            feed_id: dice.object_id(&["feed", user]),
            item_id: dice.object_id(&["item", guid, &number.to_string()]),
        }
    }

    /// The event's JSON text. `made_id` is the id of the video if the saying names none.
    pub(super) fn event(&self, saying: &Saying, made_id: &str, now_ms: u64) -> String {
        let mut data = Map::from_iter([
            ("user_id".to_owned(), json!(self.user_id)),
            ("uid".to_owned(), json!(self.guid)),
            ("feed_id".to_owned(), json!(self.feed_id)),
            ("item_id".to_owned(), json!(self.item_id)),
        ]);
        let status = status(saying);
        data.insert("status".to_owned(), json!(status));
        if let Some(id) = remote_id(saying, made_id) {
            data.insert("remote_id".to_owned(), id);
        }
        let type_name = match saying {
            Saying::Failed {
                type_name, extra, ..
            } => {
                data.extend(extra.clone());
                type_name.clone()
            }
            _ => None,
        };
        let type_name = type_name.unwrap_or_else(|| format!("injector.item.{status}"));
        json!({ "type": type_name, "timestamp": now_ms, "data": data }).to_string()
    }
}

/// The text of `data.status`.
pub(super) fn status(saying: &Saying) -> &str {
    match saying {
        Saying::Ready { .. } | Saying::ReadyWithoutId => "ready",
        Saying::Progress { status } | Saying::Failed { status, .. } => status,
    }
}

/// The value of `data.remote_id`, if the member is there at all.
fn remote_id(saying: &Saying, made_id: &str) -> Option<Value> {
    match saying {
        Saying::Ready { remote_id } => Some(json!(remote_id.as_deref().unwrap_or(made_id))),
        Saying::ReadyWithoutId | Saying::Progress { .. } => None,
        Saying::Failed { remote_id, .. } => match remote_id {
            NoId::Absent => None,
            NoId::Null => Some(Value::Null),
            NoId::Empty => Some(json!("")),
        },
    }
}

/// A refusal of some shape.
pub(super) fn refusal(rng: &mut StdRng) -> Saying {
    let status = one_of(&FAILURE_STATUSES, rng);
    let type_name = rng
        .random_bool(0.5)
        .then(|| one_of(&FAILURE_TYPES, rng).to_owned());
    let remote_id = one_of(&[NoId::Absent, NoId::Null, NoId::Empty], rng);
    Saying::Failed {
        status: status.to_owned(),
        type_name,
        remote_id,
        extra: extra_members(rng),
    }
}

/// Nothing, a reason in words, or an object with a code.
fn extra_members(rng: &mut StdRng) -> Map<String, Value> {
    let reason = one_of(&REASONS, rng);
    match rng.random_range(0..3) {
        0 => Map::new(),
        1 => Map::from_iter([("reason".to_owned(), json!(reason))]),
        _ => Map::from_iter([(
            "error".to_owned(),
            json!({ "code": rng.random_range(400..600), "message": reason, "retry": false }),
        )]),
    }
}

fn one_of<T: Copy>(choices: &[T], rng: &mut StdRng) -> T {
    *choices
        .choose(rng)
        .expect("every list of choices here is a constant that is not empty")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn attempt() -> Attempt {
        Attempt::new(Dice::new(1), "x1abcd", "mcn-7f3a-000123", 1)
    }

    fn sent(saying: &Saying) -> Value {
        serde_json::from_str(&attempt().event(saying, "xmade01", 1_900_000_000_123)).unwrap()
    }

    #[test]
    fn a_ready_event_has_the_documented_members() {
        let event = sent(&Saying::Ready { remote_id: None });
        assert_eq!(event["type"], "injector.item.ready");
        assert_eq!(event["timestamp"], 1_900_000_000_123_u64);
        let data = &event["data"];
        assert_eq!(data["status"], "ready");
        assert_eq!(data["uid"], "mcn-7f3a-000123");
        assert_eq!(data["remote_id"], "xmade01");
        for id in ["user_id", "feed_id", "item_id"] {
            assert_eq!(data[id].as_str().unwrap().len(), 24);
        }
    }

    #[test]
    fn a_scripted_id_replaces_the_made_one() {
        assert_eq!(sent(&Saying::ready("x9"))["data"]["remote_id"], "x9");
    }

    #[test]
    fn a_ready_event_can_come_without_an_id() {
        let event = sent(&Saying::ReadyWithoutId);
        assert_eq!(event["data"]["status"], "ready");
        assert!(event["data"].get("remote_id").is_none());
    }

    #[test]
    fn user_and_feed_keep_their_ids_and_items_do_not() {
        let (first, second) = (
            Attempt::new(Dice::new(1), "u", "a", 1),
            Attempt::new(Dice::new(1), "u", "a", 2),
        );
        assert_eq!(first.user_id, second.user_id);
        assert_eq!(first.feed_id, second.feed_id);
        assert_ne!(first.item_id, second.item_id);
        assert_ne!(first.user_id, first.feed_id);
    }

    #[test]
    fn refusals_come_in_every_shape() {
        let (mut statuses, mut types, mut ids, mut extras) = (
            HashSet::new(),
            HashSet::new(),
            HashSet::new(),
            HashSet::new(),
        );
        for guid in 0..200 {
            let saying = refusal(&mut Dice::new(1).about(&[&guid.to_string()]));
            let event = sent(&saying);
            let data = &event["data"];
            statuses.insert(data["status"].to_string());
            types.insert(event["type"].to_string());
            ids.insert(data.get("remote_id").map(ToString::to_string));
            extras.insert((data.get("reason").is_some(), data.get("error").is_some()));
        }
        assert_eq!(statuses.len(), FAILURE_STATUSES.len());
        assert!(types.len() > FAILURE_TYPES.len());
        assert_eq!(ids.len(), 3);
        assert_eq!(extras.len(), 3);
    }
}
