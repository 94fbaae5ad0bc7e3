//! What is remembered of crawlers.

use std::time::Duration;

use mcnd::{
    app::Seen,
    model::{Face, Timestamp, Visit},
};

use crate::harness::{
    app::{TestApp, answer},
    both, wait_until,
};

/// The rows of a table, one text each.
fn rows(test: &TestApp, select: &str) -> Vec<String> {
    let rows = test.database.query(select);
    let line = |row: Vec<Option<String>>| {
        row.into_iter()
            .map(Option::unwrap_or_default)
            .collect::<Vec<_>>()
            .join(" ")
    };
    rows.into_iter().map(line).collect()
}

both!(
    async fn a_document_is_a_visit_with_what_it_offered(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        test.videos("a", &["g1", "g2"]).await;
        answer(
            test.crawl("/users.json")
                .header("user-agent", "Crawler/1\t"),
        )
        .await
        .expect(200);
        answer(test.crawl("/feeds/a.xml").header("user-agent", "Crawler/1"))
            .await
            .expect(200);
        test.get("/feeds/nobody.xml").await.expect(404);
        test.app.write_visits().await.unwrap();
        let visits = rows(
            &test,
            "SELECT face, creator_id, address, user_agent, status, offered FROM visits ORDER BY id",
        );
        assert_eq!(
            visits,
            [
                "user_list  127.0.0.1 Crawler/1 200 1",
                "feed a 127.0.0.1 Crawler/1 200 2"
            ]
        );
        let why = test.app.why(&"g2".parse().unwrap()).await.unwrap();
        assert!(
            why.sentence
                .contains("last offered at 2026-10-01T12:00:00Z"),
            "{}",
            why.sentence
        );
    }
);

both!(
    async fn unchanged_answers_are_counted_by_the_minute(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        for path in ["/feeds/a.xml", "/users.json"] {
            for _ in 0..3 {
                answer(test.crawl(path).header("if-none-match", "*"))
                    .await
                    .expect(304);
            }
        }
        test.app.write_visits().await.unwrap();
        test.advance(Duration::from_secs(59));
        answer(test.crawl("/feeds/a.xml").header("if-none-match", "*"))
            .await
            .expect(304);
        test.advance(Duration::from_secs(1));
        answer(test.crawl("/feeds/a.xml").header("if-none-match", "*"))
            .await
            .expect(304);
        test.app.write_visits().await.unwrap();
        let counts = rows(
            &test,
            "SELECT minute, creator_id, times FROM unchanged_visits ORDER BY minute, creator_id",
        );
        assert_eq!(
            counts,
            ["1790856000000  3", "1790856000000 a 4", "1790856060000 a 1"]
        );
        assert_eq!(rows(&test, "SELECT id FROM visits"), [""; 0]);
    }
);

#[tokio::test]
async fn visits_in_memory_are_written_when_the_service_ends() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.feed("a").await;
    let test = test.restart().await;
    assert_eq!(test.database.value("SELECT count(*) FROM visits"), "1");
}

fn visit_of_the_list() -> Seen {
    Seen::Visit(Visit {
        at: Timestamp::from_millis(0),
        face: Face::UserList,
        creator: None,
        credential: None,
        address: "192.0.2.1".to_owned(),
        user_agent: None,
        status: 200,
        feed_version: None,
        offered: 0,
        first: None,
        last: None,
    })
}

#[tokio::test]
async fn a_thousand_visits_are_written_without_waiting_for_the_second() {
    let test = TestApp::sqlite().await;
    for _ in 0..1_000 {
        test.app.see(visit_of_the_list());
    }
    wait_until("written visits", Duration::from_secs(20), async || {
        let count = rows(&test, "SELECT COUNT(*) FROM visits");
        (count == ["1000"]).then_some(())
    })
    .await;
}
