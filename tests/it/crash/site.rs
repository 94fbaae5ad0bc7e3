//! A creator whose videos wait, callbacks that are sent about them, and what the catalog then has to hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::oracle::{Answer, Fate, Oracle};
use crate::harness::{
    databases::TestDatabase,
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
        let (sending, body) = self.oracle.about_to_send(delivery);
        let answer = self.request(client, address, body).await;
        self.oracle.settle(&sending, &answer);
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
            self.oracle.settle_hopeless(delivery, &answer);
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

fn chance() -> bool {
    rand::random_ratio(1, REPEATED)
}
