//! What was sent to a daemon and what it answered, kept outside of it and held against the catalog afterwards.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use rand::seq::IndexedRandom as _;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    databases::TestDatabase,
    given::{ready, status},
    http::client,
    installation::{Installation, lines_of},
    passes,
};

/// Videos that events report; what goes beyond them is kept as an orphan.
const VIDEOS: usize = 2_000;
/// Videos of a delivery, for each sender.
const SIZES: [usize; 8] = [1, 1, 2, 3, 5, 8, 13, 21];
/// Deliveries after which a fault must have shown.
const MANY: usize = 5_000;
/// Senders who are told to come back do so after this, and those who are refused try something else.
const REST: Duration = Duration::from_millis(20);
/// Deeper than a delivery may be.
const TOO_DEEP: usize = 40;
/// One delivery in so many goes out over two connections at once, and one in so many comes once more later.
const REPEATED: u32 = 4;

/// A creator whose videos wait, and a sender of callbacks who keeps book.
pub(crate) struct Site {
    pub(crate) installation: Installation,
    pub(crate) oracle: Oracle,
    secret: String,
}

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
enum Fate {
    /// 4xx: must not be kept.
    Refused,
    /// 503 or no answer: may be kept.
    Doubtful,
    /// 2xx: must be kept.
    Acknowledged,
}

/// A whole answer: its status, and how many events it calls new.
type Answer = reqwest::Result<(StatusCode, usize)>;

impl Site {
    pub(crate) async fn new(database: TestDatabase) -> Self {
        let installation = Installation::new(database).await;
        installation.creator("a").await;
        installation.import_videos("k", VIDEOS).await;
        let secret = installation.credential("callback", "bearer").await;
        Self {
            installation,
            oracle: Oracle::default(),
            secret,
        }
    }

    /// Posts callbacks from several senders until the daemon is gone.
    pub(crate) async fn send(&self, address: SocketAddr) {
        let senders = SIZES.map(|size| self.send_in_sizes_of(size, address));
        tokio::join!(join_all(senders), self.send_refused(address));
    }

    async fn send_in_sizes_of(&self, size: usize, address: SocketAddr) {
        let (client, other) = (client(), client());
        loop {
            let delivery = match self.oracle.known() {
                Some(known) if chance() => known,
                _ => self.oracle.next(size),
            };
            let one = self.deliver(&client, address, delivery);
            let answered = if chance() {
                let twice = tokio::join!(one, self.deliver(&other, address, delivery));
                twice.0.and(twice.1)
            } else {
                one.await
            };
            let Ok(status) = answered else { return };
            assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR);
            if status == StatusCode::SERVICE_UNAVAILABLE {
                passes(REST).await;
            }
        }
    }

    /// Posts one delivery, an earlier one without an answer first, and keeps book of it.
    pub(crate) async fn post(
        &self,
        client: &Client,
        address: SocketAddr,
        size: usize,
    ) -> reqwest::Result<StatusCode> {
        self.deliver(client, address, self.oracle.next(size)).await
    }

    async fn deliver(
        &self,
        client: &Client,
        address: SocketAddr,
        delivery: usize,
    ) -> reqwest::Result<StatusCode> {
        let (body, most) = self.oracle.about_to_send(delivery);
        let answer = self.request(client, address, body).await;
        self.oracle.settle(delivery, most, &answer);
        answer.map(|(status, _stored)| status)
    }

    /// Posts deliveries until one is told to come back.
    pub(crate) async fn post_until_refused(&self, client: &Client, address: SocketAddr) {
        for _ in 0..MANY {
            let status = self.post(client, address, 5).await.unwrap();
            if status != StatusCode::OK {
                assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
                return;
            }
        }
        panic!("{MANY} deliveries were stored in spite of the fault");
    }

    /// Posts one delivery that must be stored.
    pub(crate) async fn post_is_stored(&self, client: &Client, address: SocketAddr) {
        let status = self.post(client, address, 5).await.unwrap();
        assert_eq!(status, StatusCode::OK);
    }

    /// Posts a delivery without an event.
    pub(crate) async fn post_nothing(
        &self,
        client: &Client,
        address: SocketAddr,
    ) -> reqwest::Result<StatusCode> {
        let answer = self.request(client, address, "[]".to_owned()).await;
        answer.map(|(status, _stored)| status)
    }

    /// Posts deliveries that break a limit.
    async fn send_refused(&self, address: SocketAddr) {
        let client = client();
        loop {
            let (delivery, events) = self.oracle.hopeless();
            let deep = format!("[{}{}]", "[".repeat(TOO_DEEP), "]".repeat(TOO_DEEP));
            let body = format!("[{},{deep},{}]", events[0], events[1]);
            let answer = self.request(&client, address, body).await;
            self.oracle.sent.lock().unwrap()[delivery].hear(0, &answer);
            if answer.is_err() {
                return;
            }
            passes(REST).await;
        }
    }

    async fn request(&self, client: &Client, address: SocketAddr, body: String) -> Answer {
        let request = client
            .post(format!("http://{address}/callbacks/dailymotion"))
            .bearer_auth(&self.secret);
        let answer = request.body(body).send().await?;
        let status = answer.status();
        // An answer counts once it is here to its end.
        let said = answer.text().await?;
        let stored = || lines_of(&said)[0]["stored"].as_u64().unwrap();
        let stored = if status.is_success() { stored() } else { 0 };
        Ok((status, usize::try_from(stored).unwrap()))
    }

    /// How much of what was acknowledged is not in the catalog as it was sent; the rest is held against all promises.
    pub(crate) async fn lost(&self) -> usize {
        self.installation.done(&["doctor", "--deep"]).await;
        let kept = self.kept().await;
        self.has_effect(kept.values()).await;
        self.oracle.missing_from(&kept)
    }

    /// How many events are kept although nobody was told so.
    pub(crate) async fn unanswered(&self) -> usize {
        let kept = self.kept().await;
        let fates = self.oracle.fates();
        let told = |text| fates.get(text) == Some(&Some(Fate::Acknowledged));
        kept.keys().filter(|text| !told(*text)).count()
    }

    /// The events that are kept, by their texts.
    async fn kept(&self) -> BTreeMap<String, Value> {
        let exported = self.installation.lines(&["event", "export"]).await;
        let count = exported.len();
        let events = exported.into_iter().map(|mut event| event["raw"].take());
        let kept: BTreeMap<_, _> = events.map(|event| (event.to_string(), event)).collect();
        assert_eq!(kept.len(), count, "an event is kept twice");
        kept
    }

    /// What is kept has its effect, once, and nothing else has one.
    async fn has_effect(&self, kept: impl Iterator<Item = &Value>) {
        let mut told = BTreeMap::<_, BTreeSet<_>>::new();
        for event in kept {
            let of_video = told.entry(event["data"]["uid"].as_str().unwrap());
            let status = event["data"]["status"].as_str().unwrap();
            of_video.or_default().insert(status);
        }
        let mut effects = 0;
        for video in self.installation.lines(&["video", "export"]).await {
            let guid = video["guid"].as_str().unwrap();
            let told = told.get(guid).cloned().unwrap_or_default();
            effects += told.len();
            assert_eq!(video["state"], state_after(&told), "{video}");
            let remote = told.contains("ready").then(|| guid.replace('k', "x"));
            assert_eq!(
                video["remote_ids"],
                json!(Vec::from_iter(remote)),
                "{video}"
            );
        }
        let lines = "SELECT video_id, detail FROM timeline WHERE what = 'reported'";
        let lines = self.installation.database.query_as_served(lines);
        let different = lines.iter().collect::<BTreeSet<_>>().len();
        assert_eq!(different, lines.len(), "an event has its effect twice");
        assert_eq!(different, effects, "an event that is kept has no effect");
    }
}

/// Where a video stands of which these statuses were reported, in whatever order.
fn state_after(told: &BTreeSet<&str>) -> &'static str {
    if told.contains("ready") {
        "imported"
    } else if told.is_empty() {
        "waiting"
    } else {
        "refused"
    }
}

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

fn chance() -> bool {
    rand::random_ratio(1, REPEATED)
}

impl Oracle {
    /// A delivery to be sent: one without a clear answer, what follows on an earlier one, or new videos.
    fn next(&self, count: usize) -> usize {
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
    fn hopeless(&self) -> (usize, Vec<Value>) {
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
    fn known(&self) -> Option<usize> {
        let sent = self.sent.lock().unwrap();
        let known = (0..sent.len()).filter(|number| sent[*number].fate == Some(Fate::Acknowledged));
        known.collect::<Vec<_>>().choose(&mut rand::rng()).copied()
    }

    /// The body of a delivery, and how many of its events an answer may call new.
    fn about_to_send(&self, delivery: usize) -> (String, usize) {
        let delivery = &self.sent.lock().unwrap()[delivery];
        let known = delivery.fate == Some(Fate::Acknowledged);
        let most = if known { 0 } else { delivery.events.len() };
        (json!(delivery.events).to_string(), most)
    }

    /// Keeps what was answered to a delivery; without a clear answer it is sent again.
    fn settle(&self, number: usize, most: usize, answer: &Answer) {
        let mut sent = self.sent.lock().unwrap();
        let delivery = &mut sent[number];
        let fate = delivery.hear(most, answer);
        if fate == Fate::Doubtful {
            self.doubtful.lock().unwrap().push(number);
        }
        if fate == Fate::Acknowledged && !delivery.then.is_empty() {
            let then = std::mem::take(&mut delivery.then);
            self.later.lock().unwrap().push_back(then);
        }
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
    fn fates(&self) -> BTreeMap<String, Option<Fate>> {
        let sent = self.sent.lock().unwrap();
        let fates = sent.iter().flat_map(|delivery| {
            let texts = delivery.events.iter().map(Value::to_string);
            texts.map(|text| (text, delivery.fate))
        });
        fates.collect()
    }

    fn missing_from(&self, kept: &BTreeMap<String, Value>) -> usize {
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
