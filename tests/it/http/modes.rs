//! What a feed lists in each mode: as videos move, as windows open and end, as settings change, and what its tag says.

use std::time::Duration;

use mcnd::model::FeedMode;
use serde_json::json;

use crate::harness::{
    app::{NOON, TestApp, answer, guids_in},
    both,
    databases::TestDatabase,
    given::{by, ready, status},
};

const DAY: Duration = Duration::from_hours(24);

/// A creator `a` in that mode, with these videos.
async fn listed(database: TestDatabase, mode: FeedMode, guids: &[&str]) -> TestApp {
    let test = TestApp::start(database, &[]).await;
    test.creator("a").await;
    test.set_mode("a", mode).await;
    test.videos("a", guids).await;
    test
}

impl TestApp {
    async fn import_all(&self, guids: &[&str]) {
        for guid in guids {
            self.deliver(&ready(guid, &format!("x{guid}"))).await;
        }
    }

    async fn edit(&self, guid: &str) {
        self.advance(Duration::from_secs(1));
        let title = format!("{guid} at {:?}", self.app.new_id());
        self.video("a", guid, json!({ "title": title })).await;
    }

    async fn take_down(&self, guid: &str) {
        let done = self.app.take_down_video(guid.parse().unwrap(), by());
        done.await.unwrap();
    }

    /// What the three modes list, one after the other.
    async fn in_all_modes(&self) -> [Vec<String>; 3] {
        let mut listed = [Vec::new(), Vec::new(), Vec::new()];
        for (mode, listed) in FeedMode::ALL.into_iter().zip(&mut listed) {
            self.set_mode("a", mode).await;
            *listed = self.feed_guids("a").await;
        }
        listed
    }
}

both!(
    async fn a_video_is_listed_as_its_state_says(db: TestDatabase) {
        let test = listed(db, FeedMode::Drain, &["g1", "g2", "g3", "g4"]).await;
        let all = ["g1", "g2", "g3", "g4"];
        assert_eq!(test.in_all_modes().await, [all; 3]);
        test.import_all(&["g2", "g1"]).await;
        test.deliver(&status("g3", "error")).await;
        let drained = vec!["g4".to_owned()];
        let again = ["g4", "g1", "g2"].map(str::to_owned).to_vec();
        assert_eq!(
            test.in_all_modes().await,
            [drained.clone(), again.clone(), again]
        );
        test.advance(14 * DAY);
        let again = ["g4", "g1", "g2"].map(str::to_owned).to_vec();
        assert_eq!(
            test.in_all_modes().await,
            [drained.clone(), again, drained.clone()]
        );
        test.edit("g1").await;
        let again = ["g4", "g2", "g1"].map(str::to_owned).to_vec();
        let changed = ["g4", "g1"].map(str::to_owned).to_vec();
        assert_eq!(test.in_all_modes().await, [drained, again, changed]);
        test.take_down("g1").await;
        test.take_down("g4").await;
        let left = vec!["g2".to_owned()];
        assert_eq!(test.in_all_modes().await, [vec![], left, vec![]]);
    }
);

both!(
    async fn an_imported_video_is_held_for_the_reasons_that_hold_a_waiting_one(db: TestDatabase) {
        let mut test = listed(db, FeedMode::Full, &["g1", "g2", "g3", "g4"]).await;
        test.import_all(&["g1", "g2", "g3", "g4"]).await;
        test.video("a", "g1", json!({ "made_for_kids": true }))
            .await;
        test.video("a", "g2", json!({ "private": true })).await;
        // An imported video stays one although it breaks a rule.
        let blocked = test
            .import(&[json!({ "guid": "g3", "creator": "a", "title": null })])
            .await;
        assert_eq!(blocked[0]["outcome"], "updated");
        assert_eq!(test.feed_guids("a").await, ["g4"]);
        test.set(
            "feed.dm",
            r#"[{ attribute = "made_for_kids", element = "forKids" }, { attribute = "private", element = "hidden" }]"#,
        )
        .await;
        assert_eq!(test.feed_guids("a").await, ["g1", "g2", "g4"]);
        test.set("feed.dm", "[]").await;
        assert_eq!(test.feed_guids("a").await, ["g4"]);
        let held = test
            .database
            .value("SELECT COUNT(*) FROM videos WHERE held");
        assert_eq!(held, "3");
        test.set_status("a", mcnd::model::CreatorStatus::Paused)
            .await;
        assert_eq!(test.feed_guids("a").await, Vec::<String>::new());
    }
);

both!(
    async fn windows_of_imported_videos_open_and_end_on_time(db: TestDatabase) {
        let test = listed(db, FeedMode::Full, &["always", "window"]).await;
        test.import_all(&["always", "window"]).await;
        let hour = |hours: u64| NOON.after(Duration::from_hours(hours)).to_string();
        test.video(
            "a",
            "window",
            json!({ "starts_at": hour(1), "ends_at": hour(2) }),
        )
        .await;
        let expected = [
            &["always"][..],
            &["always", "window"],
            &["always"],
            &["always"],
        ];
        for expected in expected {
            for mode in [FeedMode::Full, FeedMode::Delta] {
                test.set_mode("a", mode).await;
                // With and without the job that turns feeds.
                assert_eq!(test.feed_guids("a").await, expected);
                test.app.turn_feeds().await.unwrap();
                assert_eq!(test.feed_guids("a").await, expected);
            }
            test.advance(Duration::from_hours(1));
        }
        test.video("a", "window", json!({ "ends_at": null })).await;
        assert_eq!(test.feed_guids("a").await, ["always", "window"]);
    }
);

both!(
    async fn the_clock_ends_what_a_delta_feed_lists(db: TestDatabase) {
        let mut test = listed(db, FeedMode::Delta, &["g1", "g2"]).await;
        test.import_all(&["g1", "g2"]).await;
        test.advance(Duration::from_hours(1));
        test.edit("g2").await;
        let before = test.feed("a").await;
        assert_eq!(guids_in(before.text()), ["g1", "g2"]);
        test.advance(Duration::from_millis(14 * 86_400_000 - 3_600_000 - 1_001));
        assert_eq!(test.app.turn_feeds().await.unwrap(), 0);
        assert_eq!(test.feed("a").await.header("etag"), before.header("etag"));
        test.advance(Duration::from_millis(1));
        // By the clock alone; there is no tag to go by until the feed is turned.
        let untagged = test.feed("a").await;
        assert_eq!(guids_in(untagged.text()), ["g2"]);
        assert_eq!(untagged.header("etag"), None);
        assert_eq!(test.app.turn_feeds().await.unwrap(), 1);
        let turned = test.feed("a").await;
        assert_ne!(turned.header("etag"), before.header("etag"));
        test.set("feed.delta_window", "1h").await;
        assert_eq!(test.feed_guids("a").await, Vec::<String>::new());
        test.set("feed.delta_window", "30d").await;
        assert_eq!(test.feed_guids("a").await, ["g1", "g2"]);
        assert!(test.feed("a").await.header("etag").is_some());
    }
);

both!(
    async fn videos_of_an_older_program_are_listed_once_the_mode_is_changed(db: TestDatabase) {
        let test = listed(db, FeedMode::Drain, &["g1", "g2", "g3"]).await;
        test.import_all(&["g1", "g2", "g3"]).await;
        let opens = NOON.after(DAY).as_millis();
        test.database.sql(&format!(
            "UPDATE videos SET relisted_from = NULL, needs = 32;
             UPDATE videos SET starts_at = {opens} WHERE guid = 'g2';
             UPDATE videos SET broken = 'title_missing', title = NULL WHERE guid = 'g3'"
        ));
        test.set_mode("a", FeedMode::Full).await;
        assert_eq!(test.feed_guids("a").await, ["g1"]);
        test.advance(DAY);
        assert_eq!(test.feed_guids("a").await, ["g1", "g2"]);
    }
);

/// What can happen to the imported `i` and the waiting `w`, and in which modes the feed is another afterwards.
const HAPPENINGS: [(&str, [bool; 3]); 10] = [
    ("nothing", [false, false, false]),
    ("the same rows again", [false, false, false]),
    ("ready again", [false, false, false]),
    ("another remote id", [false, false, false]),
    ("a failure after all", [false, false, false]),
    ("an edit of the imported", [false, true, true]),
    ("an edit of the waiting", [true, true, true]),
    ("a minute", [false, false, false]),
    ("ready", [true, true, true]),
    ("taken down", [false, true, true]),
];

async fn happen(test: &TestApp, creator: &str, what: &str) {
    let [imported, waiting] = ["i", "w"].map(|part| format!("{creator}-{part}"));
    let another_title = json!({ "title": what });
    test.advance(Duration::from_mins(1));
    match what {
        "the same rows again" => test.video(creator, &imported, json!({})).await,
        "ready again" => {
            let mut again = ready(&imported, "xi");
            again["timestamp"] = json!(5);
            test.deliver(&again).await;
        }
        "another remote id" => {
            test.deliver(&ready(&imported, "xother")).await;
        }
        "a failure after all" => {
            test.deliver(&status(&imported, "error")).await;
        }
        "an edit of the imported" => test.video(creator, &imported, another_title).await,
        "an edit of the waiting" => test.video(creator, &waiting, another_title).await,
        "ready" => test.import_all(&[&waiting]).await,
        "taken down" => test.take_down(&imported).await,
        _ => {}
    }
    test.app.turn_feeds().await.unwrap();
}

both!(
    async fn the_tag_changes_exactly_when_the_bytes_do(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        for (number, mode) in FeedMode::ALL.into_iter().enumerate() {
            let creator = mode.as_str();
            test.creator(creator).await;
            test.set_mode(creator, mode).await;
            let [imported, waiting] = ["i", "w"].map(|part| format!("{creator}-{part}"));
            test.videos(creator, &[&imported, &waiting]).await;
            test.deliver(&ready(&imported, "xi")).await;
            let mut before = test.feed(creator).await;
            for (what, changes) in HAPPENINGS {
                happen(&test, creator, what).await;
                let after = test.feed(creator).await;
                let same = before.header("etag").unwrap() == after.header("etag").unwrap();
                assert_eq!(same, !changes[number], "{what} in {mode:?}");
                assert_eq!(before.body == after.body, same, "{what} in {mode:?}");
                let known = before.header("etag").unwrap();
                let path = format!("/feeds/{creator}.xml");
                let asked = answer(test.crawl(&path).header("if-none-match", known)).await;
                asked.expect(if same { 304 } else { 200 });
                before = after;
            }
        }
    }
);
