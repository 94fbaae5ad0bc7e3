//! What was sent to a daemon and what it answered, kept outside of it and held against the catalog afterwards.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use rand::seq::IndexedRandom as _;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::given::{ready, status};

/// Every delivery that was sent, and what became of it as its sender knows. No event is in two of them.
#[derive(Default)]
pub(crate) struct Oracle {
    /// The next video to be spoken of.
    next: AtomicUsize,
    sent: Mutex<Vec<Delivery>>,
    /// Deliveries without a clear answer, which a sender repeats.
    doubtful: Mutex<Vec<usize>>,
    /// What is told of videos after their first event was acknowledged.
    later: Mutex<VecDeque<Vec<Value>>>,
    /// When the newest delivery was sent that has been acknowledged for the first time.
    newest: Mutex<Option<Instant>>,
}

/// A delivery that is on its way.
pub(super) struct Sending {
    delivery: usize,
    /// How many of its events an answer may call new.
    most: usize,
    begun: Instant,
}

struct Delivery {
    events: Vec<Value>,
    fate: Option<Fate>,
    /// How many events its answers call new, all together.
    stored: usize,
    /// What the same videos are told about next.
    then: Vec<Value>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// 4xx: must not be kept.
    Refused,
    /// 503 or no answer: may be kept.
    Doubtful,
    /// 2xx: must be kept.
    Acknowledged,
}

/// A whole answer: its status, and how many events it calls new.
pub(super) type Answer = reqwest::Result<(StatusCode, usize)>;

/// What the injector says of a video, one after the other: a failure, a ready, or both in either order.
fn story(number: usize) -> (Value, Option<Value>) {
    let guid = format!("k{number}");
    let failure = status(&guid, "error");
    let ready = ready(&guid, &format!("x{number}"));
    match number % 4 {
        0 => (ready, None),
        1 => (failure, None),
        2 => (failure, Some(ready)),
        _ => (ready, Some(failure)),
    }
}

impl Oracle {
    /// A delivery to be sent: one without a clear answer, what follows on an earlier one, or new videos.
    pub(super) fn next(&self, count: usize) -> usize {
        let again = self.doubtful.lock().unwrap().pop();
        if let Some(again) = again {
            return again;
        }
        let later = self.later.lock().unwrap().pop_front();
        if let Some(events) = later {
            return self.enter(events, Vec::new());
        }
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        let (events, then): (Vec<_>, Vec<_>) = (first..first + count).map(story).unzip();
        self.enter(events, then.into_iter().flatten().collect())
    }

    /// A delivery that can't be kept, and its events.
    pub(super) fn hopeless(&self) -> (usize, Vec<Value>) {
        let first = self.next.fetch_add(2, Ordering::Relaxed);
        let events: Vec<_> = (first..first + 2).map(|number| story(number).0).collect();
        (self.enter(events.clone(), Vec::new()), events)
    }

    fn enter(&self, events: Vec<Value>, then: Vec<Value>) -> usize {
        let mut sent = self.sent.lock().unwrap();
        sent.push(Delivery {
            events,
            fate: None,
            stored: 0,
            then,
        });
        sent.len() - 1
    }

    /// Some delivery that was acknowledged.
    pub(super) fn known(&self) -> Option<usize> {
        let sent = self.sent.lock().unwrap();
        let known = (0..sent.len()).filter(|number| sent[*number].fate == Some(Fate::Acknowledged));
        known.collect::<Vec<_>>().choose(&mut rand::rng()).copied()
    }

    /// A delivery on its way, and its body.
    pub(super) fn about_to_send(&self, number: usize) -> (Sending, String) {
        let delivery = &self.sent.lock().unwrap()[number];
        let known = delivery.fate == Some(Fate::Acknowledged);
        let sending = Sending {
            delivery: number,
            most: if known { 0 } else { delivery.events.len() },
            begun: Instant::now(),
        };
        (sending, json!(delivery.events).to_string())
    }

    /// Keeps what was answered to a delivery; without a clear answer it is sent again.
    pub(super) fn settle(&self, sending: &Sending, answer: &Answer) {
        let mut sent = self.sent.lock().unwrap();
        let delivery = &mut sent[sending.delivery];
        let before = delivery.fate;
        let fate = delivery.hear(sending.most, answer);
        if fate == Fate::Doubtful {
            self.doubtful.lock().unwrap().push(sending.delivery);
        }
        if fate == Fate::Acknowledged && before != Some(fate) {
            let mut newest = self.newest.lock().unwrap();
            *newest = (*newest).max(Some(sending.begun));
            let then = std::mem::take(&mut delivery.then);
            if !then.is_empty() {
                self.later.lock().unwrap().push_back(then);
            }
        }
    }

    /// Keeps what was answered to a delivery that can't be kept.
    pub(super) fn settle_hopeless(&self, delivery: usize, answer: &Answer) {
        self.sent.lock().unwrap()[delivery].hear(0, answer);
    }

    /// Whether something sent since then was acknowledged for the first time, whenever its answer came.
    pub(super) fn has_acknowledged_since(&self, moment: Instant) -> bool {
        let newest = *self.newest.lock().unwrap();
        newest.is_some_and(|newest| newest > moment)
    }

    /// How many events were acknowledged so far.
    pub(crate) fn acknowledged(&self) -> usize {
        self.count(Fate::Acknowledged)
    }

    /// How many events were refused so far.
    pub(crate) fn refused(&self) -> usize {
        self.count(Fate::Refused)
    }

    fn count(&self, fate: Fate) -> usize {
        let sent = self.sent.lock().unwrap();
        let with_fate = sent.iter().filter(|delivery| delivery.fate == Some(fate));
        with_fate.map(|delivery| delivery.events.len()).sum()
    }

    /// What became of each event, by its text.
    pub(super) fn fates(&self) -> BTreeMap<String, Option<Fate>> {
        let sent = self.sent.lock().unwrap();
        let fates = sent.iter().flat_map(|delivery| {
            let texts = delivery.events.iter().map(Value::to_string);
            texts.map(|text| (text, delivery.fate))
        });
        fates.collect()
    }

    pub(super) fn missing_from(&self, kept: &BTreeMap<String, Value>) -> usize {
        let fates = self.fates();
        for text in kept.keys() {
            let fate = fates.get(text);
            let fate = fate.unwrap_or_else(|| panic!("{text} is kept and was never sent so"));
            assert!(*fate != Some(Fate::Refused), "{text} was refused and kept");
        }
        let promised = |fate| fate == Some(Fate::Acknowledged);
        let lost = fates.into_iter();
        lost.filter(|(text, fate)| promised(*fate) && !kept.contains_key(text))
            .count()
    }
}

impl Delivery {
    /// Takes note of an answer, which may call so many events new.
    fn hear(&mut self, most: usize, answer: &Answer) -> Fate {
        let (fate, stored) = match answer {
            Ok((status, stored)) if status.is_success() => (Fate::Acknowledged, *stored),
            Ok((status, _)) if status.is_client_error() => (Fate::Refused, 0),
            _ => (Fate::Doubtful, 0),
        };
        self.stored += stored;
        let fits = stored <= most && self.stored <= self.events.len();
        assert!(fits, "events are new once more: {:?}", self.events);
        self.fate = self.fate.max(Some(fate));
        fate
    }
}

#[test]
fn what_was_sent_counts_from_its_sending_on_and_not_from_its_answer() {
    let oracle = Oracle::default();
    let send = || oracle.about_to_send(oracle.next(1)).0;
    let acknowledge = |sending| oracle.settle(&sending, &Ok((StatusCode::OK, 1)));
    let before = send();
    let moment = Instant::now();
    let (refused, after) = (send(), send());
    acknowledge(before);
    oracle.settle(&refused, &Ok((StatusCode::SERVICE_UNAVAILABLE, 0)));
    assert!(!oracle.has_acknowledged_since(moment));
    acknowledge(after);
    assert!(oracle.has_acknowledged_since(moment));
}
