//! `mcnd visit`, `mcnd audit`, `mcnd event export` and `mcnd creator list`: what is watched, and what is taken out.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    both,
    databases::TestDatabase,
    given::status,
    http::client,
    installation::{Installation, lines_of},
    wait_until,
};

const LIMIT: Duration = Duration::from_mins(1);

fn all<'a>(lines: &'a [Value], member: &str) -> Vec<&'a str> {
    lines
        .iter()
        .map(|line| line[member].as_str().unwrap())
        .collect()
}

both!(
    async fn visits_and_whom_the_crawlers_addresses_turned_away_are_listed(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        let said = installation.done(&["visit", "habits"]).await;
        assert!(said.contains("no crawler has come yet"), "{said}");
        let secret = installation.credential("crawler", "bearer").await;
        let served = installation.serve().await;
        let feed = format!("http://{}/feeds/a.xml", served.public);
        for secret in [secret.as_str(), "wrong"] {
            client()
                .get(&feed)
                .bearer_auth(secret)
                .send()
                .await
                .unwrap();
        }
        let turned = wait_until("what was turned away", LIMIT, async || {
            let lines = installation
                .lines(&["visit", "turned-away", "--json"])
                .await;
            (!lines.is_empty()).then_some(lines)
        });
        let turned = turned.await;
        assert_eq!(turned[0]["reason"], "wrong_credential");
        let said = installation.done(&["visit", "turned-away"]).await;
        assert!(
            said.contains("compare it with `mcnd credential list`"),
            "{said}"
        );
        let visits = installation
            .lines(&["visit", "list", "--creator", "a", "--json"])
            .await;
        assert_eq!(all(&visits, "face"), ["feed"]);
        assert!(
            installation
                .done(&["visit", "list"])
                .await
                .contains("feed of a")
        );
        let habits = installation.lines(&["visit", "habits", "--json"]).await;
        assert_eq!(habits[0]["is_silent"], false);
    }
);

/// Two creators; of the first, two videos that were refused for different reasons, and a report about no video.
async fn told(db: TestDatabase) -> Installation {
    let installation = Installation::new(db).await;
    for id in ["a", "b"] {
        installation.creator(id).await;
    }
    installation.import_videos("v", 2).await;
    let secret = installation.credential("callback", "bearer").await;
    let served = installation.serve().await;
    let events = json!([
        status("v0", "denied"),
        status("v1", "too long"),
        status("lost", "denied"),
    ]);
    let request = client().post(format!("http://{}/callbacks/dailymotion", served.public));
    let request = request.bearer_auth(secret).body(events.to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
    installation
}

both!(
    async fn events_and_the_audit_are_taken_out_and_that_is_noted(db: TestDatabase) {
        let installation = told(db).await;
        let of = async |args: &[&str]| {
            let args = [&["event", "export"], args].concat();
            installation.done(&args).await
        };
        let denied = lines_of(&of(&["--creator", "a", "--reason", "denied"]).await);
        assert_eq!(all(&denied, "guid"), ["v0"]);
        assert_eq!(lines_of(&of(&["--failures"]).await).len(), 3);
        let csv = of(&["--guid", "v1", "--format", "csv"]).await;
        assert!(csv.contains(",refused,too long,v1,"), "{csv}");
        of(&["--outcome", "orphan", "--output", "orphans.jsonl"]).await;
        let orphans = lines_of(&installation.read("orphans.jsonl"));
        assert_eq!(all(&orphans, "guid"), ["lost"]);

        let exports = ["audit", "list", "--object", "events", "--json"];
        let noted = installation.lines(&exports).await;
        assert_eq!(all(&noted, "action"), ["event.export"; 4]);
        assert_eq!(noted[3]["after"]["reason"], "denied");
        installation
            .done(&["audit", "export", "--output", "audit.jsonl"])
            .await;
        let audit = lines_of(&installation.read("audit.jsonl"));
        assert_eq!(audit[0]["action"], "creator.add");
        assert_eq!(audit.last().unwrap()["object"], "audit export");
    }
);

both!(
    async fn creators_are_listed_by_what_needs_a_look(db: TestDatabase) {
        let installation = told(db).await;
        let list = async |args: &[&str]| {
            let args = [&["creator", "list", "--json"], args].concat();
            installation.lines(&args).await
        };
        let waiting = list(&["--sort", "oldest_waiting", "--search", "user"]).await;
        assert_eq!(all(&waiting, "id"), ["a", "b"]);
        let failing = list(&["--sort", "failure_rate", "--limit", "1"]).await;
        assert_eq!(all(&failing, "id"), ["a"]);
        assert_eq!(failing[0]["refused_per_mille"], 1_000);
        assert_eq!(all(&list(&["--after", "a"]).await, "id"), ["b"]);
        let wrong = ["creator", "list", "--sort", "best"];
        let said = installation.ends(&wrong, 2).await.err;
        assert!(
            said.contains("give one of `id`, `oldest_waiting`"),
            "{said}"
        );
        installation.ends(&["alarm", "show", "nothing"], 1).await;
    }
);
