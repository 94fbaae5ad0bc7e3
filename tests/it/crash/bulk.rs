//! Death and panics between and within the chunks of a bulk job: the next daemon goes on where it stopped, and nothing is
//! done twice.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use serde_json::{Value, json};

use crate::harness::{
    both,
    databases::Kind,
    given::{ready, status},
    http::client,
    installation::Installation,
    wait_until,
};

/// More than three chunks each.
const VIDEOS: usize = 1_700;
const EVENTS: usize = 350;
const CREATORS: usize = 170;
const LIMIT: Duration = Duration::from_mins(1);
const ABORTED: i32 = 6;
/// Where the daemons die, one after the other; the number says at which chunk of theirs.
const DEATHS: [&str; 3] = [
    "bulk.before_commit:2",
    "bulk.after_commit",
    "bulk.before_commit",
];

/// Has Dailymotion say this of the videos `v0`, `v1`, …
async fn report(installation: &Installation, events: Vec<Value>) {
    let secret = installation.credential("callback", "bearer").await;
    let served = installation.serve().await;
    let url = format!("http://{}/callbacks/dailymotion", served.public);
    let posted = client()
        .post(url)
        .bearer_auth(secret)
        .body(json!(events).to_string());
    assert_eq!(posted.send().await.unwrap().status(), 200);
    served.process.kill().await;
}

/// Plans what a command asks for and confirms it. Three daemons die over it and leave two chunks of so many things done;
/// the next one goes to its end. Gives the job's id.
async fn carried_out_in_spite_of_deaths(
    installation: &Installation,
    command: &[&str],
    chunk: usize,
    all: usize,
) -> String {
    // Nobody agrees at once, so the plan is left behind for whoever confirms it.
    installation.ends(command, 1).await;
    let planned = installation.lines(&["job", "list", "--json"]).await;
    let id = planned[0]["id"].as_str().unwrap().to_owned();
    installation
        .done(&["job", "confirm", &id, "--detach"])
        .await;
    for point in DEATHS {
        let dying = installation.start(&["serve"], &[("MCND_DIE_AT", point)]);
        let died = dying.ends_within(LIMIT).await;
        assert_eq!(died.status.signal(), Some(ABORTED), "{point}: {died:?}");
    }
    let show = ["job", "show", &id, "--json"];
    let so_far = installation.lines(&show).await;
    // One chunk of the first daemon and one of the second were committed.
    assert_eq!(so_far[0]["done"], 2 * chunk, "{so_far:?}");
    let served = installation.serve().await;
    wait_until("the end of the job", LIMIT, async || {
        let shown = installation.lines(&show).await;
        (shown[0]["state"] == "done").then_some(())
    })
    .await;
    served.process.kill().await;
    let shown = installation.lines(&show).await;
    assert_eq!(shown[0]["done"], all, "{shown:?}");
    id
}

fn expect(installation: &Installation, count: &str, expected: usize) {
    let sql = format!("SELECT COUNT(*) FROM {count}");
    let counted = installation.database.value(&sql);
    assert_eq!(counted, expected.to_string(), "{count}");
}

both!(
    async fn a_job_whose_daemons_die_is_done_exactly_once(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        installation.import_videos("v", VIDEOS).await;
        let refused = (0..VIDEOS).map(|number| status(&format!("v{number}"), "failed"));
        report(&installation, refused.collect()).await;
        let chunk = match installation.database.kind() {
            Kind::Sqlite => 200,
            Kind::Postgres => 500,
        };
        let retry = ["video", "retry", "--creator", "a"];
        carried_out_in_spite_of_deaths(&installation, &retry, chunk, VIDEOS).await;
        let waiting = "videos WHERE retry_epoch = 1 AND state = 'waiting'";
        expect(&installation, waiting, VIDEOS);
        expect(&installation, "timeline WHERE what = 'retried'", VIDEOS);
        installation.done(&["doctor", "--deep"]).await;
    }
);

both!(
    async fn a_replay_whose_daemons_die_is_done_exactly_once(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        installation.import_videos("v", EVENTS).await;
        let imported = (0..EVENTS).map(|number| ready(&format!("v{number}"), "x1"));
        report(&installation, imported.collect()).await;
        // As if all had stayed orphans.
        installation.database.sql(&format!(
            "UPDATE creators SET videos_waiting = {EVENTS}, videos_imported = 0;
             UPDATE videos SET state = 'waiting', remote_id = NULL, ready_at = NULL, relisted_from = NULL,
                    listed_from = waiting_since;
             UPDATE events SET outcome = 'orphan', epoch = NULL"
        ));
        let replay = ["event", "replay", "--outcome", "orphan"];
        let id = carried_out_in_spite_of_deaths(&installation, &replay, 100, EVENTS).await;
        expect(&installation, "videos WHERE state = 'imported'", EVENTS);
        let told = format!("timeline WHERE by_whom = 'replay of job {id}'");
        expect(&installation, &told, EVENTS);
    }
);

both!(
    async fn a_pause_whose_daemons_die_is_done_exactly_once(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        installation.database.sql(&format!(
            "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {CREATORS})
             INSERT INTO creators (id, name, status, adopted, mode, announced, added_at, feed_version, feed_changed_at, words)
             SELECT 'c' || number, name, status, adopted, mode, announced, added_at, 1, feed_changed_at, 'c' || number
               FROM creators CROSS JOIN numbers"
        ));
        let pause = ["creator", "pause", "--all"];
        carried_out_in_spite_of_deaths(&installation, &pause, 50, CREATORS + 1).await;
        expect(
            &installation,
            "creators WHERE status = 'paused'",
            CREATORS + 1,
        );
        expect(
            &installation,
            "creators WHERE feed_version = 2 AND id <> 'a'",
            CREATORS,
        );
    }
);

both!(
    async fn a_job_whose_walk_panics_fails_and_can_be_resumed(db: TestDatabase) {
        const FEW: usize = 10;
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        installation.import_videos("v", FEW).await;
        let ids = plan_twice(&installation).await;
        let variables = [("MCND_PANIC_AT", "bulk.before_commit")];
        let served = installation.serve_with(&variables).await;
        for id in &ids {
            installation.done(&["job", "confirm", id, "--detach"]).await;
        }
        let state = async |id: &str| {
            let shown = installation.lines(&["job", "show", id, "--json"]).await;
            shown[0]["state"].as_str().unwrap().to_owned()
        };
        // The first walk panics; the one behind it goes to its end.
        wait_until("the end of both", LIMIT, async || {
            let ends = [state(&ids[0]).await, state(&ids[1]).await];
            (ends == ["failed", "done"]).then_some(())
        })
        .await;
        installation
            .done(&["job", "resume", &ids[0], "--detach"])
            .await;
        wait_until("the end of the first", LIMIT, async || {
            (state(&ids[0]).await == "done").then_some(())
        })
        .await;
        served.process.kill().await;
    }
);

/// Two plans to take down all videos, the older one first.
async fn plan_twice(installation: &Installation) -> Vec<String> {
    for _plan in 0..2 {
        installation
            .ends(&["video", "take-down", "--creator", "a"], 1)
            .await;
    }
    let planned = installation.lines(&["job", "list", "--json"]).await;
    let id = |job: &serde_json::Value| job["id"].as_str().unwrap().to_owned();
    planned.iter().rev().map(id).collect()
}
