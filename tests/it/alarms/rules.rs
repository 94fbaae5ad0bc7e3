//! Each rule opens, folds and resolves under a clock that moves only when told.

use std::time::Duration;

use mcnd::model::{AlarmId, CreatorStatus, CredentialForm, CredentialKind};
use serde_json::{Value, json};

use super::{judged, rules, told};
use crate::harness::{
    app::TestApp,
    both,
    databases::Kind,
    given::{by, ready, row, status},
};

const HOUR: Duration = Duration::from_hours(1);
const NONE: [&str; 0] = [];

/// Lets a crawler read the feeds of these creators, and writes down that it did.
async fn crawl(app: &TestApp, creators: &[&str]) {
    for creator in creators {
        app.feed(creator).await;
    }
    app.app.write_visits().await.unwrap();
}

/// So many videos of the creator `a`, with guids from this number on.
async fn videos(app: &TestApp, numbers: std::ops::Range<u32>, more: &Value) {
    let rows: Vec<_> = numbers
        .map(|number| row("a", &format!("g{number}"), more))
        .collect();
    app.import(&rows).await;
}

both!(
    async fn silence_of_all_folds_the_silences_of_each_and_both_resolve(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        for creator in ["a", "b", "c"] {
            app.creator(creator).await;
        }
        for _ in 0..5 {
            crawl(&app, &["a", "b", "c"]).await;
            app.advance(HOUR);
        }
        assert_eq!(rules(&app).await, NONE);
        // Somebody still asks for the feed of one of them.
        for _ in 0..3 {
            crawl(&app, &["c"]).await;
            app.advance(HOUR);
        }
        crawl(&app, &["c"]).await;
        assert_eq!(rules(&app).await, ["creator_silent", "creator_silent"]);
        app.set_status("b", CreatorStatus::Paused).await;
        assert_eq!(rules(&app).await, ["creator_silent"]);
        assert_eq!(
            told(&app),
            ["alarm.opened", "alarm.opened", "alarm.resolved"]
        );

        app.advance(4 * HOUR);
        let open = judged(&app).await;
        let head = open
            .iter()
            .find(|alarm| alarm.rule.code() == "crawler_silent");
        let head = head.unwrap().id.clone();
        let folded = open
            .iter()
            .filter(|alarm| alarm.group.as_ref() == Some(&head));
        assert_eq!((open.len(), folded.count()), (3, 2), "{open:?}");
        assert_eq!(told(&app)[3..], ["alarm.opened"]);

        // A crawler is back, but not for everybody.
        crawl(&app, &["c"]).await;
        assert_eq!(rules(&app).await, ["creator_silent"]);
        assert_eq!(told(&app)[4..].len(), 2, "{:?}", told(&app));
        crawl(&app, &["a"]).await;
        assert_eq!(rules(&app).await, NONE);
    }
);

both!(
    async fn refusals_above_the_rate_open_and_an_hour_without_them_resolves(db: TestDatabase) {
        let settings = [("alarms.disk_free", "0"), ("alarms.refused_least", "5")];
        let app = TestApp::start(db, &settings).await;
        app.creator("a").await;
        videos(&app, 0..20, &json!({})).await;
        let taken: Vec<_> = (0..12)
            .map(|number| ready(&format!("g{number}"), &format!("x{number}aa")))
            .collect();
        app.deliver(&json!(taken)).await;
        assert_eq!(rules(&app).await, NONE);
        let refused: Vec<_> = (12..17)
            .map(|number| status(&format!("g{number}"), "failed"))
            .collect();
        app.deliver(&json!(refused)).await;
        assert_eq!(rules(&app).await, ["refusals"]);
        // The same once more is no news.
        app.deliver(&json!(refused)).await;
        let open = judged(&app).await;
        assert!(open[0].sentence.contains("refused 5 of the 17"), "{open:?}");
        app.advance(HOUR + HOUR / 4);
        assert_eq!(rules(&app).await, NONE);
        assert_eq!(told(&app), ["alarm.opened", "alarm.resolved"]);
    }
);

both!(
    async fn orphans_resolve_when_their_videos_come(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        app.creator("a").await;
        app.deliver(&json!([ready("g0", "x1abcd"), ready("g1", "x2abcd")]))
            .await;
        let open = judged(&app).await;
        assert!(open[0].sentence.starts_with("2 reports of"), "{open:?}");
        videos(&app, 0..1, &json!({})).await;
        let open = judged(&app).await;
        assert!(open[0].sentence.starts_with("1 report of"), "{open:?}");
        videos(&app, 1..2, &json!({})).await;
        assert_eq!(rules(&app).await, NONE);
        assert_eq!(told(&app), ["alarm.opened", "alarm.resolved"]);
    }
);

both!(
    async fn an_orphan_is_told_of_for_an_hour_and_the_next_one_is_news(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        app.deliver(&json!([ready("g0", "x1abcd")])).await;
        assert_eq!(rules(&app).await, ["orphans"]);
        app.advance(HOUR / 2);
        app.deliver(&json!([ready("g1", "x2abcd")])).await;
        let open = judged(&app).await;
        assert!(open[0].sentence.starts_with("2 reports of the last hour"));
        app.advance(HOUR / 2 + HOUR / 4);
        let open = judged(&app).await;
        assert!(open[0].sentence.starts_with("1 report of"), "{open:?}");
        assert!(open[0].sentence.contains("2 in all"), "{open:?}");
        app.advance(HOUR / 2);
        assert_eq!(rules(&app).await, NONE);
        app.deliver(&json!([ready("g2", "x3abcd")])).await;
        assert_eq!(rules(&app).await, ["orphans"]);
        let expected = ["alarm.opened", "alarm.resolved", "alarm.opened"];
        assert_eq!(told(&app), expected);
    }
);

both!(
    async fn a_conflict_is_told_of_for_an_hour_and_the_next_one_is_news(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        app.creator("a").await;
        videos(&app, 0..2, &json!({})).await;
        let twice = |guid, first, second| json!([ready(guid, first), ready(guid, second)]);
        app.deliver(&twice("g0", "x1abcd", "x2abcd")).await;
        let open = judged(&app).await;
        assert_eq!(open[0].rule.code(), "conflicts");
        assert!(open[0].sentence.contains("1 video is"), "{open:?}");
        app.advance(HOUR + HOUR / 4);
        assert_eq!(rules(&app).await, NONE);
        app.deliver(&twice("g1", "x3abcd", "x4abcd")).await;
        let open = judged(&app).await;
        assert!(open[0].sentence.starts_with("1 report of"), "{open:?}");
        assert!(open[0].sentence.contains("2 videos are"), "{open:?}");
        let expected = ["alarm.opened", "alarm.resolved", "alarm.opened"];
        assert_eq!(told(&app), expected);
    }
);

both!(
    async fn a_conflict_that_waited_for_its_video_counts_when_that_comes(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        app.creator("a").await;
        app.deliver(&json!([ready("g0", "x1abcd"), ready("g0", "x2abcd")]))
            .await;
        app.advance(2 * HOUR);
        assert_eq!(rules(&app).await, NONE);
        videos(&app, 0..1, &json!({})).await;
        assert_eq!(rules(&app).await, ["conflicts"]);
    }
);

both!(
    async fn videos_that_settings_take_from_feeds_count(db: TestDatabase) {
        let settings = [("alarms.disk_free", "0"), ("alarms.lost_videos", "10")];
        let mut app = TestApp::start(db, &settings).await;
        app.creator("a").await;
        videos(&app, 0..30, &json!({ "explicit": true })).await;
        // An import makes drafts of a third; Dailymotion takes some.
        videos(
            &app,
            0..10,
            &json!({ "category": "nothing-known", "explicit": true }),
        )
        .await;
        let taken: Vec<_> = (10..20)
            .map(|number| ready(&format!("g{number}"), &format!("x{number}aa")))
            .collect();
        app.deliver(&json!(taken)).await;
        assert_eq!(app.feed_guids("a").await.len(), 10);
        assert_eq!(rules(&app).await, NONE);
        app.set("feed.explicit_rating", "false").await;
        assert_eq!(app.feed_guids("a").await.len(), 0);
        let open = judged(&app).await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert!(
            open[0].sentence.contains("10 videos left their feeds"),
            "{open:?}"
        );
        assert!(open[0].sentence.contains("10 of them of `a`"), "{open:?}");
        app.advance(HOUR + HOUR / 4);
        assert_eq!(rules(&app).await, NONE);
        assert_eq!(told(&app), ["alarm.opened", "alarm.resolved"]);
    }
);

both!(
    async fn a_credential_that_ends_soon_opens_one_until_it_has_ended(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        let kind = CredentialKind::Callback;
        let made = app
            .app
            .add_credential(by(), kind, CredentialForm::Path)
            .await
            .unwrap();
        app.app
            .rotate_credential(by(), made.credential.id.clone(), 96 * HOUR)
            .await
            .unwrap();
        assert_eq!(rules(&app).await, NONE);
        app.advance(25 * HOUR);
        let open = judged(&app).await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(
            (open[0].rule.code(), open[0].subject.as_str()),
            ("credential_ends", made.credential.id.as_str())
        );
        app.advance(72 * HOUR);
        assert_eq!(rules(&app).await, NONE);
    }
);

both!(
    async fn the_last_credential_of_a_kind_is_missed_until_there_is_another(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        let callbacks = app.app.list_credentials().await.unwrap().into_iter();
        let mut callbacks = callbacks.filter(|kept| kept.kind == CredentialKind::Callback);
        let old = callbacks.next().unwrap().id;
        let new = app
            .app
            .rotate_credential(by(), old, 48 * HOUR)
            .await
            .unwrap();
        let successor = new.successor.credential.id;
        app.app.remove_credential(by(), successor).await.unwrap();
        let open = judged(&app).await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(open[0].subject, "callback");
        assert!(open[0].sentence.contains("nothing takes its place"));
        app.advance(48 * HOUR);
        let open = judged(&app).await;
        assert!(open[0].sentence.contains("is valid since"), "{open:?}");
        app.app.sweep().await.unwrap();
        assert_eq!(app.app.list_credentials().await.unwrap().len(), 1);
        assert_eq!(rules(&app).await, ["credential_ends"]);
        assert_eq!(told(&app), ["alarm.opened"]);
        let kind = CredentialKind::Callback;
        app.credential(kind, CredentialForm::Bearer).await;
        assert_eq!(rules(&app).await, NONE);
        assert_eq!(told(&app), ["alarm.opened", "alarm.resolved"]);
    }
);

both!(
    async fn a_job_that_fails_three_times_opens_one_until_it_succeeds(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        app.app.note_job("sweep", false);
        app.app.note_job("sweep", false);
        assert_eq!(rules(&app).await, NONE);
        app.app.note_job("sweep", false);
        let beside = app.beside().await;
        assert_eq!(rules(&app).await, ["job_failing"]);
        // Another daemon, on which it succeeds, does not end it.
        beside.app.note_job("sweep", true);
        assert_eq!(rules(&beside).await, ["job_failing"]);
        app.app.note_job("sweep", true);
        assert_eq!(rules(&app).await, NONE);
        // A daemon that is gone is not believed for ever.
        for _ in 0..3 {
            app.app.note_job("sweep", false);
        }
        assert_eq!(rules(&app).await, ["job_failing"]);
        app.advance(Duration::from_mins(6));
        assert_eq!(rules(&beside).await, NONE);
    }
);

both!(
    async fn a_full_disk_opens_one_where_there_is_a_file(db: TestDatabase) {
        let expected = match db.kind() {
            Kind::Sqlite => vec!["disk_low"],
            Kind::Postgres => Vec::new(),
        };
        let settings = [("alarms.disk_free", "1000000000000000000")];
        let mut app = TestApp::start(db, &settings).await;
        assert_eq!(rules(&app).await, expected);
        app.set("alarms.disk_free", "1").await;
        assert_eq!(rules(&app).await, NONE);
    }
);

both!(
    async fn an_alarm_is_acknowledged_snoozed_and_audited(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        app.deliver(&json!([ready("g0", "x1abcd")])).await;
        let id = judged(&app).await[0].id.clone();
        let alarm = app.app.acknowledge_alarm(by(), id.clone()).await.unwrap();
        assert_eq!(
            (alarm.standing().as_str(), alarm.acknowledged.unwrap().by),
            ("acknowledged", by().name)
        );
        app.app.acknowledge_alarm(by(), id.clone()).await.unwrap();
        let now = app.app.now();
        let past = app.app.snooze_alarm(by(), id.clone(), now).await;
        assert!(past.unwrap_err().to_string().contains("has passed"));
        let until = now.after(HOUR / 2);
        let alarm = app.app.snooze_alarm(by(), id.clone(), until).await.unwrap();
        assert_eq!(alarm.standing().as_str(), "snoozed");
        app.advance(HOUR / 4);
        judged(&app).await;
        assert_eq!(
            told(&app),
            ["alarm.opened", "alarm.acknowledged", "alarm.snoozed"]
        );
        app.advance(HOUR / 4);
        judged(&app).await;
        assert_eq!(told(&app)[3..], ["alarm.reminded"]);
        let audited = format!("SELECT action FROM audit WHERE object = '{id}' ORDER BY id");
        let audited: Vec<_> = app
            .database
            .query(&audited)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        assert_eq!(audited, ["alarm.acknowledge", "alarm.snooze"]);
        let unknown = app.app.alarm(&AlarmId::from("nothing".to_owned())).await;
        assert!(unknown.unwrap_err().to_string().contains("mcnd alarm list"));
    }
);
