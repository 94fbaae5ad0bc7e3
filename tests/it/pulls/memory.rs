//! What is remembered of a source from one pull to the next.

use std::{sync::Arc, time::Duration};

use mcnd::{
    app::{Error, PullMode},
    model::{PullOutcome, SourceId},
};
use tokio::task::JoinSet;

use super::{HOUR, imports, keeping, message, new, outcome, pulled, table};
use crate::harness::{both, databases::TestDatabase, given::by, wait_until, web::Site};

const DAY: Duration = Duration::from_hours(24);

fn partner() -> SourceId {
    "partner".parse().unwrap()
}

#[tokio::test]
async fn rows_that_the_catalog_refuses_are_tried_again_until_it_takes_them() {
    let site =
        Site::new("guid,creator,category,media_url\ng1,late,news,https://media.example/1.mp4\n")
            .await;
    let app = keeping(&site, TestDatabase::sqlite()).await;
    app.app.remove_source(by(), partner()).await.unwrap();
    let mut source = new(&site);
    source.creator = None;
    source.recipe.map.clear();
    app.app.add_source(by(), source, false).await.unwrap();
    let (_, source) = pulled(&app).await;
    assert!(message(&source).contains("there is no creator `late`"));

    app.creator("late").await;
    app.advance(2 * HOUR);
    let (_, source) = pulled(&app).await;
    let last = source.last.unwrap();
    assert_eq!((last.outcome, &last.message), (PullOutcome::Applied, &None));
    assert_eq!(app.database.value("SELECT count(*) FROM videos"), "1");

    app.advance(2 * HOUR);
    let (_, source) = pulled(&app).await;
    let unchanged = source.last.unwrap();
    assert_eq!(unchanged.outcome, PullOutcome::Unchanged);
    assert_eq!(
        (unchanged.message, unchanged.import),
        (last.message, last.import)
    );
}

#[tokio::test]
async fn relative_addresses_of_a_feed_are_relative_to_where_it_was_found() {
    let item = "<item><guid>g1</guid><title>T</title><enclosure url=\"a b.mp4\" type=\"video/mp4\"/></item>";
    let based = item
        .replace("g1", "g2")
        .replace("<item", "<item xml:base=\"more/\"");
    let feed = format!("<rss version=\"2.0\"><channel>{item}{based}</channel></rss>");
    let site = Site::new(feed).await;
    let app = keeping(&site, TestDatabase::sqlite()).await;
    let mut source = new(&site);
    source.id = "feed".parse().unwrap();
    source.url = site.url("/feeds/all.xml?key=secret");
    source.recipe.map.clear();
    app.app.add_source(by(), source, false).await.unwrap();
    app.app
        .pull_source(by(), "feed".parse().unwrap(), PullMode::Changed)
        .await
        .unwrap();
    let urls = app
        .database
        .query("SELECT media_url FROM videos ORDER BY guid");
    let urls: Vec<_> = urls.into_iter().flatten().flatten().collect();
    let expected = ["/feeds/a%20b.mp4", "/feeds/more/a%20b.mp4"];
    assert_eq!(urls, expected.map(|path| site.url(path)));
}

#[tokio::test]
async fn a_source_that_is_resumed_while_it_is_pulled_is_due_again() {
    let site = Site::new(table(2)).await;
    site.answers(false);
    let app = keeping(&site, TestDatabase::sqlite()).await;
    app.app.pause_source(by(), partner(), true).await.unwrap();
    let service = Arc::clone(&app.app);
    let mut pulling = JoinSet::new();
    pulling.spawn(async move {
        service
            .pull_source(by(), partner(), PullMode::Changed)
            .await
    });
    wait_until("a request", HOUR, async || {
        (!site.asked().is_empty()).then_some(())
    })
    .await;
    app.app.pause_source(by(), partner(), false).await.unwrap();
    site.answers(true);
    let source = pulling.join_next().await.unwrap().unwrap().unwrap().source;
    assert_eq!((source.paused, source.due_at.is_some()), (false, true));
    assert_eq!(pulled(&app).await.0, 0);
    app.advance(2 * HOUR);
    assert_eq!(pulled(&app).await.0, 1);
}

#[tokio::test]
async fn who_agrees_to_a_document_that_is_not_applied_then_has_agreed_to_nothing() {
    let site = Site::new(table(100)).await;
    let app = keeping(&site, TestDatabase::sqlite()).await;
    pulled(&app).await;
    site.put(table(50));
    app.advance(2 * HOUR);
    assert_eq!(outcome(&pulled(&app).await.1), PullOutcome::Waiting);

    for (items, ended) in [(0, PullOutcome::Failed), (10, PullOutcome::Waiting)] {
        site.put(table(items));
        if items == 0 {
            site.fail(500);
        }
        let accepted = app.app.pull_source(by(), partner(), PullMode::Accept).await;
        let source = accepted.unwrap().source;
        assert_eq!(outcome(&source), ended);
        assert_eq!(source.known.items, Some(100));
    }
    site.put(table(9));
    app.advance(2 * HOUR);
    assert_eq!(outcome(&pulled(&app).await.1), PullOutcome::Waiting);
    let accepted = app.app.pull_source(by(), partner(), PullMode::Accept).await;
    let source = accepted.unwrap().source;
    assert_eq!((source.known.items, source.waiting_items), (Some(9), None));
    let again = app.app.pull_source(by(), partner(), PullMode::Accept).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
}

both!(
    async fn old_imports_are_forgotten_but_for_the_last_one_of_a_source(db: TestDatabase) {
        let site = Site::new(table(1)).await;
        let app = keeping(&site, db).await;
        for rows in 1..=3 {
            site.put(table(rows));
            pulled(&app).await;
            app.advance(2 * HOUR);
        }
        app.advance(89 * DAY);
        assert_eq!(app.app.forget_old_imports().await.unwrap(), 0);
        app.advance(DAY);
        assert_eq!(app.app.forget_old_imports().await.unwrap(), 2);
        assert_eq!(imports(&app), "1");
        let kept = app.database.value("SELECT id FROM imports");
        let source = app.app.source(&partner()).await.unwrap();
        assert_eq!(source.last.unwrap().import.unwrap().as_str(), kept);
        site.put(table(4));
        pulled(&app).await;
        assert_eq!(app.app.forget_old_imports().await.unwrap(), 1);
        assert_eq!(imports(&app), "1");
    }
);
