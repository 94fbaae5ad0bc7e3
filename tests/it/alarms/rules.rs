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
        assert!(open[0].sentence.starts_with("2 reports about"), "{open:?}");
        videos(&app, 0..1, &json!({})).await;
        let open = judged(&app).await;
        assert!(open[0].sentence.starts_with("1 report about"), "{open:?}");
        videos(&app, 1..2, &json!({})).await;
        assert_eq!(rules(&app).await, NONE);
        assert_eq!(told(&app), ["alarm.opened", "alarm.resolved"]);
    }
);

both!(
    async fn a_conflict_opens_one(db: TestDatabase) {
        let app = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
        app.creator("a").await;
        videos(&app, 0..1, &json!({})).await;
        app.deliver(&json!([ready("g0", "x1abcd"), ready("g0", "x2abcd")]))
            .await;
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
        let until = now.after(2 * HOUR);
        let alarm = app.app.snooze_alarm(by(), id.clone(), until).await.unwrap();
        assert_eq!(alarm.standing().as_str(), "snoozed");
        app.advance(HOUR);
        judged(&app).await;
        assert_eq!(
            told(&app),
            ["alarm.opened", "alarm.acknowledged", "alarm.snoozed"]
        );
        app.advance(HOUR);
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
