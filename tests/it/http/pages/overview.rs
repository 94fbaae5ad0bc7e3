//! What an operator sees first.

use std::time::Duration;

use mcnd::model::Role;
use serde_json::json;

use crate::harness::{
    app::TestApp,
    both,
    given::{ready, status},
};

both!(
    async fn the_overview_counts_what_waits_what_is_held_and_what_came_lately(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let signed = test.signed(Role::Viewer).await;
        let empty = signed.get(&test, "/").await.expect(200);
        assert!(empty.text().contains("Where to begin"));
        test.creator("a").await;
        test.videos("a", &["one", "two", "three"]).await;
        test.advance(Duration::from_hours(3));
        test.video("a", "kids", json!({ "made_for_kids": true }))
            .await;
        test.deliver(&ready("one", "x1")).await;
        test.deliver(&status("two", "failed")).await;
        test.app.judge_alarms().await.unwrap();
        let overview = test.app.overview(5, 5).await.unwrap();
        assert_eq!(overview.held.to_string(), "1");
        let longest = overview.longest_waiting.unwrap();
        assert_eq!(longest.guid.as_str(), "three");
        let hours: Vec<_> = overview
            .day
            .iter()
            .map(|hour| (hour.added, hour.ready, hour.refused))
            .collect();
        assert_eq!((hours[20], hours[23]), ((3, 0, 0), (1, 1, 1)));
        let all: i64 = hours.iter().map(|(added, ..)| added).sum();
        assert_eq!(all, 4);
        let page = signed.get(&test, "/").await.expect(200);
        for words in [
            "1 creator, 4 videos",
            "1 held back",
            "/videos?state=waiting&amp;held=true",
            "for 3 h",
            "1 imported",
            "1 refused",
            "4 added",
            "https://mcn.example/users.json",
            "https://mcn.example/callbacks/dailymotion",
        ] {
            let said = page.text().replace("&#38;", "&amp;");
            assert!(said.contains(words), "{words} is not in {said}");
        }
    }
);

#[tokio::test]
async fn an_open_alarm_stands_on_the_overview_until_it_is_over() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.deliver(&ready("stranger", "x1")).await;
    test.app.judge_alarms().await.unwrap();
    let signed = test.signed(Role::Viewer).await;
    let page = signed.get(&test, "/").await.expect(200);
    assert!(page.text().contains("<li class=\"warning\">"));
    assert!(page.text().contains("1 reports about unknown videos"));
    test.videos("a", &["stranger"]).await;
    test.app.judge_alarms().await.unwrap();
    let page = signed.get(&test, "/").await.expect(200);
    assert!(page.text().contains("No alarm is open"));
}
