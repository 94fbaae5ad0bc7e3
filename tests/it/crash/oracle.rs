//! What was sent to a daemon and what it answered, kept outside of it and held against the catalog afterwards.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    databases::TestDatabase,
    given::ready,
    http::client,
    installation::{Installation, lines_of},
};

/// Videos that events report; what goes beyond them is kept as an orphan.
const VIDEOS: usize = 2_000;
/// Events of a delivery, for each sender.
const SIZES: [usize; 8] = [1, 1, 2, 3, 5, 8, 13, 21];
/// Deliveries after which a fault must have shown.
const MANY: usize = 5_000;
/// Deeper than a delivery may be.
const TOO_DEEP: usize = 40;

/// A creator whose videos wait, and a sender of callbacks who keeps book.
pub(crate) struct Site {
    pub(crate) installation: Installation,
    pub(crate) oracle: Oracle,
    secret: String,
}

/// Every event that was sent, and what became of it as its sender knows.
#[derive(Default)]
pub(crate) struct Oracle {
    next: AtomicUsize,
    sent: Mutex<BTreeMap<String, Sent>>,
    /// Deliveries without a clear answer, which a sender repeats.
    doubtful: Mutex<Vec<Vec<Value>>>,
}

struct Sent {
    event: Value,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// 4xx: must not be kept.
    Refused,
    /// 5xx or no answer: may be kept.
    Doubtful,
    /// 2xx: must be kept.
    Acknowledged,
}

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
        let client = client();
        while self.post(&client, address, size).await.is_ok() {}
    }

    /// Posts one delivery, an earlier one without an answer first, and keeps book of it.
    pub(crate) async fn post(
        &self,
        client: &Client,
        address: SocketAddr,
        size: usize,
    ) -> reqwest::Result<StatusCode> {
        let events = self.oracle.again_or_new(size);
        let answer = self
            .request(client, address, json!(events).to_string())
            .await;
        self.oracle.settle(events, &answer);
        answer
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
        self.request(client, address, "[]".to_owned()).await
    }

    /// Posts deliveries that break a limit.
    async fn send_refused(&self, address: SocketAddr) {
        let client = client();
        loop {
            let events = self.oracle.new_events(2);
            let deep = format!("[{}{}]", "[".repeat(TOO_DEEP), "]".repeat(TOO_DEEP));
            let body = format!("[{},{deep},{}]", events[0], events[1]);
            let answer = self.request(&client, address, body).await;
            self.oracle.settle_for_good(events, &answer);
            if answer.is_err() {
                return;
            }
        }
    }

    async fn request(
        &self,
        client: &Client,
        address: SocketAddr,
        body: String,
    ) -> reqwest::Result<StatusCode> {
        let request = client
            .post(format!("http://{address}/callbacks/dailymotion"))
            .bearer_auth(&self.secret);
        let answer = request.body(body).send().await?;
        let status = answer.status();
        // An answer counts once it is here to its end.
        answer.bytes().await?;
        Ok(status)
    }

    /// How much of what was acknowledged is not in the catalog as it was sent; the rest is held against all promises.
    pub(crate) async fn lost(&self) -> usize {
        let exported = lines_of(&self.installation.done(&["event", "export"]).await);
        let kept: BTreeMap<_, _> = exported
            .iter()
            .map(|event| (event["guid"].as_str().unwrap(), &event["raw"]))
            .collect();
        assert_eq!(kept.len(), exported.len(), "an event is kept twice");
        self.has_effect(&kept).await;
        self.oracle.missing_from(&kept)
    }

    /// What is kept has its effect, and nothing else has one; every row agrees with the others.
    async fn has_effect(&self, kept: &BTreeMap<&str, &Value>) {
        self.installation.done(&["doctor", "--deep"]).await;
        for video in self.installation.lines(&["video", "export"]).await {
            let guid = video["guid"].as_str().unwrap();
            assert_eq!(
                video["state"] == "imported",
                kept.contains_key(guid),
                "{video}"
            );
        }
    }
}

impl Oracle {
    fn new_events(&self, count: usize) -> Vec<Value> {
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        (first..first + count)
            .map(|number| ready(&format!("k{number}"), &format!("x{number}")))
            .collect()
    }

    fn again_or_new(&self, count: usize) -> Vec<Value> {
        let again = self.doubtful.lock().unwrap().pop();
        again.unwrap_or_else(|| self.new_events(count))
    }

    /// Keeps what was answered to a delivery; without a clear answer it is sent again.
    fn settle(&self, events: Vec<Value>, answer: &reqwest::Result<StatusCode>) {
        if self.settle_for_good(events.clone(), answer) == Fate::Doubtful {
            self.doubtful.lock().unwrap().push(events);
        }
    }

    fn settle_for_good(&self, events: Vec<Value>, answer: &reqwest::Result<StatusCode>) -> Fate {
        let fate = match answer {
            Ok(status) if status.is_success() => Fate::Acknowledged,
            Ok(status) if status.is_client_error() => Fate::Refused,
            _ => Fate::Doubtful,
        };
        let mut sent = self.sent.lock().unwrap();
        for event in events {
            let guid = event["data"]["uid"].as_str().unwrap().to_owned();
            let known = sent.entry(guid).or_insert(Sent { event, fate });
            known.fate = known.fate.max(fate);
        }
        fate
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
        sent.values().filter(|sent| sent.fate == fate).count()
    }

    fn missing_from(&self, kept: &BTreeMap<&str, &Value>) -> usize {
        let sent = self.sent.lock().unwrap();
        for (guid, raw) in kept {
            let known = sent.get(*guid);
            let known = known.unwrap_or_else(|| panic!("{guid} is kept and was never sent"));
            assert_eq!(&known.event, *raw, "{guid} is not as it was sent");
            assert!(known.fate != Fate::Refused, "{guid} was refused and kept");
        }
        sent.iter()
            .filter(|(_, sent)| sent.fate == Fate::Acknowledged)
            .filter(|(guid, _)| !kept.contains_key(guid.as_str()))
            .count()
    }
}
