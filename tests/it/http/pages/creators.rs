//! Creators on pages: listed, shown, paused, added and edited.

use mcnd::model::Role;

use super::attributes;
use crate::harness::{app::TestApp, both, given::status, http::between};

both!(
    async fn chosen_creators_are_paused_after_a_page_has_said_what_that_does(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        for id in ["a", "b", "c"] {
            test.creator(id).await;
            test.videos(id, &[&format!("{id}1"), &format!("{id}2")])
                .await;
        }
        let signed = test.signed(Role::Operator).await;
        let ask = "/creators/_status?status=paused&creator=a&creator=c";
        let page = signed.get(&test, ask).await.expect(200);
        assert!(page.text().contains("these 2 creators"));
        assert!(page.text().contains("4 waiting videos"));
        assert_eq!(test.feed_guids("a").await.len(), 2);
        let fields = [("status", "paused"), ("creator", "a"), ("creator", "c")];
        let sent = signed.send(&test, "/creators/_status", &fields).await;
        assert_eq!(
            sent.expect(303).header("location"),
            Some("/creators?done=paused")
        );
        assert_eq!(test.feed_guids("a").await.len(), 0);
        assert_eq!(test.feed_guids("b").await.len(), 2);
        let resumed = [("status", "active"), ("creator", "a")];
        let sent = signed.send(&test, "/creators/_status", &resumed).await;
        assert_eq!(
            sent.expect(303).header("location"),
            Some("/creators/a?done=resumed")
        );
        assert_eq!(test.feed_guids("a").await.len(), 2);
        for odd in [
            "/creators/_status?status=paused",
            "/creators/_status?status=rejected&creator=a",
            "/creators/_status?status=paused&creator=A+B",
        ] {
            signed.get(&test, odd).await.expect(400);
        }
    }
);

both!(
    async fn of_two_who_edit_a_creator_at_once_the_second_is_told(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let signed = test.signed(Role::Operator).await;
        let page = signed.get(&test, "/creators/a/edit").await.expect(200);
        let edition = page.text().split("name=\"edition\"").nth(1).unwrap();
        let edition = attributes(edition, "value").remove(0);
        let edit = |name: &'static str, link: &'static str| {
            [
                ("edition", edition.clone()),
                ("name", name.to_owned()),
                ("link", link.to_owned()),
                ("status", "active".to_owned()),
                ("mode", "full".to_owned()),
                ("adopted", "true".to_owned()),
            ]
        };
        let first = edit("New & <b>", "https://a.example/");
        let first = first
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let sent = signed.send(&test, "/creators/a/edit", &first).await;
        assert_eq!(
            sent.expect(303).header("location"),
            Some("/creators/a?done=creator-changed")
        );
        let creator = test.app.creator(&"a".parse().unwrap()).await.unwrap();
        assert_eq!(creator.name, "New & <b>");
        assert_eq!(creator.mode.as_str(), "full");
        assert_eq!((creator.username, creator.dailymotion_id), (None, None));
        let second = edit("Other", "");
        let second = second
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let refused = signed
            .send(&test, "/creators/a/edit", &second)
            .await
            .expect(422);
        assert!(refused.text().contains("somebody else has changed"));
        assert!(refused.text().contains("value=\"Other\""));
    }
);

both!(
    async fn creators_are_found_and_put_in_the_order_of_what_needs_a_look(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        for id in ["a", "b", "c"] {
            test.creator(id).await;
        }
        test.videos("b", &["b1"]).await;
        test.advance(std::time::Duration::from_hours(5));
        test.videos("c", &["c1", "c2"]).await;
        test.deliver(&status("c2", "failed")).await;
        let signed = test.signed(Role::Viewer).await;
        for (path, expected) in [
            (
                "/creators",
                ["/creators/a", "/creators/b", "/creators/c"].as_slice(),
            ),
            (
                "/creators?sort=oldest_waiting",
                &["/creators/b", "/creators/c", "/creators/a"],
            ),
            (
                "/creators?sort=failure_rate",
                &["/creators/c", "/creators/a", "/creators/b"],
            ),
            ("/creators?search=creator+b&status=active", &["/creators/b"]),
            ("/creators?status=paused", &[]),
        ] {
            let page = signed.get(&test, path).await.expect(200);
            let links = attributes(page.text(), "href").into_iter();
            let shown: Vec<_> = links
                .filter(|link| link.starts_with("/creators/"))
                .collect();
            assert_eq!(shown, expected, "{path}");
        }
        let page = signed.get(&test, "/creators").await.expect(200);
        assert!(page.text().contains("5 h"), "how long the oldest waits");
        assert!(page.text().contains("100.0 %"));
        signed.get(&test, "/creators?sort=best").await.expect(400);
    }
);

#[tokio::test]
async fn a_creator_is_added_once_everything_is_right() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Operator).await;
    let odd = [("id", "A b"), ("name", ""), ("link", "javascript:x")];
    let page = signed.send(&test, "/creators/_new", &odd).await.expect(422);
    let faults = between(page.text(), "role=\"alert\"", "</ul>");
    assert_eq!(faults.matches("<li>").count(), 3, "{faults}");
    let right = [("id", "anna"), ("name", "Anna"), ("mode", "delta")];
    let sent = signed.send(&test, "/creators/_new", &right).await;
    assert_eq!(
        sent.expect(303).header("location"),
        Some("/creators/anna?done=creator-added")
    );
    let again = signed
        .send(&test, "/creators/_new", &right)
        .await
        .expect(422);
    assert!(again.text().contains("there is a creator"));
}

#[tokio::test]
async fn the_feed_is_shown_as_it_is_served_with_what_somebody_would_object_to() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.videos("a", &["one", "two"]).await;
    test.deliver(&status("two", "failed")).await;
    let signed = test.signed(Role::Viewer).await;
    let page = signed.get(&test, "/creators/a/feed").await.expect(200);
    for words in [
        "1 entry on this page",
        "No errors",
        "Video one",
        "/videos/one",
    ] {
        assert!(page.text().contains(words), "{words}");
    }
    assert!(!page.text().contains("Video two"));
    test.app.write_visits().await.unwrap();
    assert_eq!(test.database.value("SELECT COUNT(*) FROM visits"), "0");
    signed.get(&test, "/creators/nobody/feed").await.expect(404);
}
