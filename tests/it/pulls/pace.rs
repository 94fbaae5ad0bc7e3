//! Several pulls at a time, and their leases.

use std::{sync::Arc, time::Duration};

use mcnd::{
    app::{self, PullPace},
    clock::Clock as _,
    model::{PullOutcome, SourceId, Timestamp},
};
use tokio::task::JoinSet;

use super::{keeping_at, new, outcome, table};
use crate::harness::{
    app::TestApp, both, databases::TestDatabase, given::by, wait_until, web::Site,
};

const LIMIT: Duration = Duration::from_secs(30);
/// How many hours the clock is set forward or back, one after the other.
const SET: [i64; 4] = [1, -1, 240, -240];
/// Looks and renewals follow each other at once.
const RESTLESS: PullPace = PullPace {
    lease: Duration::from_mins(1),
    renewal: Duration::from_millis(1),
    look: Duration::from_millis(1),
};

fn id(name: &str) -> SourceId {
    name.parse().unwrap()
}

/// Pulls what is due in the background, and waits until the site was asked.
async fn under_way(app: &TestApp, site: &Site) -> JoinSet<app::Result<u64>> {
    let service = Arc::clone(&app.app);
    let mut pulling = JoinSet::new();
    pulling.spawn(async move { service.pull_due_sources().await });
    wait_until("a request", LIMIT, async || {
        (!site.asked().is_empty()).then_some(())
    })
    .await;
    pulling
}

both!(
    async fn rows_are_applied_while_sources_are_claimed_and_leases_renewed(db: TestDatabase) {
        let site = Site::new(table(5_000)).await;
        let app = keeping_at(&site, db, RESTLESS).await;
        let mut second = new(&site);
        second.id = id("second");
        app.app.add_source(by(), second, false).await.unwrap();
        let pulls = tokio::time::timeout(LIMIT, app.app.pull_due_sources());
        assert_eq!(pulls.await.expect("no pull waits for itself").unwrap(), 2);
        for name in ["partner", "second"] {
            let source = app.app.source(&id(name)).await.unwrap();
            assert_eq!(outcome(&source), PullOutcome::Applied, "{source:?}");
        }
    }
);

#[tokio::test]
async fn a_pull_goes_on_when_the_next_source_can_not_be_claimed() {
    let site = Site::new(table(5)).await;
    site.answers(false);
    let app = keeping_at(&site, TestDatabase::sqlite(), RESTLESS).await;
    let soon = app.clock.now().after(Duration::from_millis(1));
    app.database.sql(&format!(
        "INSERT INTO sources (id, url, recipe, added_at, due_at) VALUES ('no id', 'x', '{{}}', 0, {})",
        soon.as_millis()
    ));
    let mut pulling = under_way(&app, &site).await;
    // The first step makes the odd source due, and as many looks as renewals follow.
    for _look in 0..10 {
        let before = lease(&app);
        app.advance(Duration::from_millis(1));
        wait_until("another lease", LIMIT, async || {
            (lease(&app) != before).then_some(())
        })
        .await;
    }
    site.answers(true);
    let ended = pulling.join_next().await.unwrap().unwrap();
    assert!(ended.is_err(), "{ended:?}");
    let source = app.app.source(&id("partner")).await.unwrap();
    assert_eq!(outcome(&source), PullOutcome::Applied);
}

/// Until when the source is whoever's who pulls it.
fn lease(app: &TestApp) -> String {
    app.database
        .value("SELECT lease_until FROM sources WHERE id = 'partner'")
}

/// Sets the clock so many hours beside what it shows.
fn set_clock(app: &TestApp, hours: i64) {
    let now = app.clock.now().as_millis();
    app.clock
        .set(Timestamp::from_millis(now + hours * 3_600_000));
}

both!(
    async fn a_source_stays_with_whoever_reads_it_for_as_long_as_that_takes(db: TestDatabase) {
        let site = Site::new(table(5)).await;
        site.answers(false);
        let app = keeping_at(&site, db, RESTLESS).await;
        let mut pulling = under_way(&app, &site).await;
        let other = app.beside().await;
        let stays = async |change: &dyn Fn()| {
            let before = lease(&app);
            change();
            assert_eq!(other.app.pull_due_sources().await.unwrap(), 0);
            wait_until("another lease", LIMIT, async || {
                (lease(&app) != before).then_some(())
            })
            .await;
        };
        for _ in 0..3 {
            stays(&|| app.advance(RESTLESS.lease / 2)).await;
        }
        for hours in SET {
            stays(&|| set_clock(&app, hours)).await;
            stays(&|| app.advance(RESTLESS.lease / 2)).await;
            stays(&|| app.advance(RESTLESS.lease / 2)).await;
        }
        site.answers(true);
        assert_eq!(pulling.join_next().await.unwrap().unwrap().unwrap(), 1);
        assert_eq!(site.asked().len(), 1);
        let source = app.app.source(&id("partner")).await.unwrap();
        assert_eq!(outcome(&source), PullOutcome::Applied);
    }
);

both!(
    async fn after_a_jump_of_the_clock_sources_are_taken_once_a_lease_has_passed(db: TestDatabase) {
        let site = Site::new(table(5)).await;
        let app = keeping_at(&site, db, RESTLESS).await;
        assert_eq!(app.app.pull_due_sources().await.unwrap(), 1);
        for hours in SET.map(|hours| hours * 2) {
            set_clock(&app, hours);
            assert_eq!(app.app.pull_due_sources().await.unwrap(), 0, "{hours}");
            app.advance(RESTLESS.lease);
            assert_eq!(app.app.pull_due_sources().await.unwrap(), 1, "{hours}");
        }
    }
);
