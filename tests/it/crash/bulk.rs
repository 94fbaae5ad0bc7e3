//! Death and panics between and within the chunks of a bulk job: the next daemon goes on where it stopped, and nothing is done twice.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use serde_json::json;

use crate::harness::{
    both, databases::Kind, given::status, http::client, installation::Installation, wait_until,
};

/// More than three chunks.
const VIDEOS: usize = 1_700;
const LIMIT: Duration = Duration::from_mins(1);
const ABORTED: i32 = 6;
/// Where the daemons die, one after the other; the number says at which chunk of theirs.
const DEATHS: [&str; 3] = [
    "bulk.before_commit:2",
    "bulk.after_commit",
    "bulk.before_commit",
];

/// Has Dailymotion refuse every video.
async fn refuse_all(installation: &Installation) {
    let secret = installation.credential("callback", "bearer").await;
    let served = installation.serve().await;
    let events: Vec<_> = (0..VIDEOS)
        .map(|number| status(&format!("v{number}"), "failed"))
        .collect();
    let url = format!("http://{}/callbacks/dailymotion", served.public);
    let posted = client()
        .post(url)
        .bearer_auth(secret)
        .body(json!(events).to_string());
    assert_eq!(posted.send().await.unwrap().status(), 200);
    served.process.kill().await;
}

both!(
    async fn a_job_whose_daemons_die_is_done_exactly_once(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        installation.import_videos("v", VIDEOS).await;
        refuse_all(&installation).await;
        // Nobody agrees at once, so the plan is left behind for whoever confirms it.
        installation
            .ends(&["video", "retry", "--creator", "a"], 1)
            .await;
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
        let so_far = installation.lines(&["job", "show", &id, "--json"]).await;
        // One chunk of the first daemon and one of the second were committed.
        let chunk = match installation.database.kind() {
            Kind::Sqlite => 200,
            Kind::Postgres => 500,
        };
        assert_eq!(so_far[0]["done"], 2 * chunk, "{so_far:?}");

        let served = installation.serve().await;
        wait_until("the end of the job", LIMIT, async || {
            let shown = installation.lines(&["job", "show", &id, "--json"]).await;
            (shown[0]["state"] == "done").then_some(())
        })
        .await;
        served.process.kill().await;
        let shown = installation.lines(&["job", "show", &id, "--json"]).await;
        assert_eq!(shown[0]["done"], VIDEOS);
        for (count, expected) in [
            (
                "SELECT COUNT(*) FROM videos WHERE retry_epoch = 1 AND state = 'waiting'",
                VIDEOS,
            ),
            (
                "SELECT COUNT(*) FROM timeline WHERE what = 'retried'",
                VIDEOS,
            ),
        ] {
            assert_eq!(
                installation.database.value(count),
                expected.to_string(),
                "{count}"
            );
        }
        installation.done(&["doctor", "--deep"]).await;
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
