//! Death while all videos are judged again by other rules: the next daemon goes on where it stood, and counts nothing twice.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use serde_json::json;

use crate::harness::{both, installation::Installation, wait_until};

/// More than two pages of a walk.
const VIDEOS: usize = 1_200;
const LIMIT: Duration = Duration::from_mins(1);
const ABORTED: i32 = 6;

both!(
    async fn judging_again_goes_on_after_a_death(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        installation.import_videos("v", VIDEOS).await;
        let rules = json!({ "categories": ["music"], "check_category": true });
        installation.write("rules.json", rules.to_string());
        for (round, point) in ["rules.before_commit:2", "rules.after_commit:2"]
            .into_iter()
            .enumerate()
        {
            let dying = installation.serve_with(&[("MCND_DIE_AT", point)]).await;
            let command: &[&str] = match round {
                0 => &["rules", "set", "rules.json"],
                _ => &["rules", "reset"],
            };
            installation.done(command).await;
            let ended = dying.process.ends_within(LIMIT).await;
            assert_eq!(ended.status.signal(), Some(ABORTED), "{point}: {ended:?}");
            let served = installation.serve().await;
            let ending = "SELECT COALESCE(ending, 'open') FROM rule_walks ORDER BY id DESC LIMIT 1";
            let done = async || (installation.database.value(ending) == "done").then_some(());
            wait_until("the walk's end", LIMIT, done).await;
            let found = "SELECT found FROM rule_walks ORDER BY id DESC LIMIT 1";
            let found: serde_json::Value =
                serde_json::from_str(&installation.database.value(found)).unwrap();
            let flipped = ["to_draft", "to_waiting"][round];
            assert_eq!(
                (&found["looked_at"], &found[flipped]["videos"]),
                (&json!(VIDEOS), &json!(VIDEOS)),
                "{point}"
            );
            let lines = "SELECT CAST(COUNT(*) AS TEXT) FROM timeline WHERE what = 'reconsidered'";
            let lines: usize = installation.database.value(lines).parse().unwrap();
            assert_eq!(lines, VIDEOS * (round + 1), "{point}");
            drop(served);
        }
        installation.done(&["doctor", "--deep"]).await;
    }
);
