//! `kill -9` under a load of callbacks: what was acknowledged is in the ledger, once, however often.
//!
//! The oracle is this process: it remembers every event for which it read a 200.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{
    both,
    given::ready,
    http::client,
    installation::{Installation, lines_of},
    wait_until,
};

const CYCLES: usize = 30;
const SENDERS: usize = 8;
/// Videos that events report; what goes beyond them is kept as an orphan.
const VIDEOS: usize = 5_000;
/// Acknowledged events of a cycle, at the least.
const ENOUGH: usize = 1_000;
const LIMIT: Duration = Duration::from_secs(30);

/// What was sent and what was acknowledged.
#[derive(Default)]
struct Oracle {
    next: AtomicUsize,
    acknowledged: Mutex<BTreeMap<String, Value>>,
}

impl Oracle {
    fn events(&self, count: usize) -> Vec<Value> {
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        (first..first + count)
            .map(|number| ready(&format!("k{number}"), &format!("x{number}")))
            .collect()
    }

    fn acknowledge(&self, events: Vec<Value>) {
        let guid = |event: &Value| event["data"]["uid"].as_str().unwrap().to_owned();
        self.acknowledged
            .lock()
            .unwrap()
            .extend(events.into_iter().map(|event| (guid(&event), event)));
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }
}

/// Posts callbacks, one after the other, until the daemon is gone.
async fn send(oracle: &Oracle, address: SocketAddr, secret: &str, size: usize) {
    let client = client();
    loop {
        let events = oracle.events(size);
        let request = client
            .post(format!("http://{address}/callbacks/dailymotion"))
            .bearer_auth(secret);
        match request.body(json!(events).to_string()).send().await {
            Ok(answer) if answer.status() == 200 => oracle.acknowledge(events),
            Ok(other) => panic!("{other:?}"),
            Err(_gone) => return,
        }
    }
}

async fn cycle(installation: &Installation, oracle: &Oracle, secret: &str, number: usize) {
    let served = installation.serve().await;
    let enough = oracle.count() + ENOUGH + number;
    let senders = (1..=SENDERS).map(|size| send(oracle, served.public, secret, size * size));
    let killing = async {
        wait_until("acknowledged events", LIMIT, async || {
            (oracle.count() >= enough).then_some(())
        })
        .await;
        served.process.kill().await
    };
    tokio::join!(join_all(senders), killing);
}

both!(
    async fn no_acknowledged_event_is_lost_by_thirty_kills(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        let rows = (0..VIDEOS)
            .map(|number| format!("k{number},Title,news,https://media.example/{number}.mp4,no"));
        let rows = ["guid,title,category,media_url,made_for_kids".to_owned()]
            .into_iter()
            .chain(rows);
        installation.write("rows.csv", rows.collect::<Vec<_>>().join("\n"));
        installation
            .done(&["import", "rows.csv", "--creator", "a"])
            .await;
        let secret = installation.credential("callback", "bearer").await;
        let oracle = Oracle::default();
        for number in 0..CYCLES {
            cycle(&installation, &oracle, &secret, number).await;
        }
        let acknowledged = oracle.acknowledged.into_inner().unwrap();
        assert!(
            acknowledged.len() >= CYCLES * ENOUGH,
            "{} events",
            acknowledged.len()
        );
        let exported = lines_of(&installation.done(&["event", "export"]).await);
        let kept: BTreeMap<_, _> = exported
            .iter()
            .map(|event| (event["guid"].as_str().unwrap(), &event["raw"]))
            .collect();
        assert_eq!(kept.len(), exported.len(), "an event is kept twice");
        for (guid, event) in &acknowledged {
            assert_eq!(
                kept.get(guid.as_str()),
                Some(&event),
                "{guid} was acknowledged and is lost"
            );
        }
        installation.done(&["doctor", "--deep"]).await;
        // What is kept has its effect, and nothing else has one.
        let videos = installation.lines(&["video", "export"]).await;
        let imported: BTreeSet<_> = videos
            .iter()
            .filter(|video| video["state"] == "imported")
            .map(|video| video["guid"].as_str().unwrap())
            .collect();
        let known: BTreeSet<_> = videos
            .iter()
            .map(|video| video["guid"].as_str().unwrap())
            .collect();
        assert_eq!(
            imported,
            kept.keys()
                .copied()
                .filter(|guid| known.contains(guid))
                .collect()
        );
    }
);
