//! The user list: its shape, its pages, who is in it, and what guards it.

use mcnd::{
    app::CreatorChange,
    catalog::NewCreator,
    model::{CreatorStatus, FeedMode},
};
use serde_json::{Value, json};

use crate::harness::{
    app::{BASE, TestApp, answer},
    both,
    databases::{Kind, TestDatabase},
    given::by,
    http::Raw,
};

const LIST: &str = "/users.json";

/// A service with this many creators, `c00` and on.
async fn crowd(database: TestDatabase, count: usize, settings: &[(&str, &str)]) -> TestApp {
    let test = TestApp::start(database, settings).await;
    for number in 0..count {
        test.creator(&format!("c{number:02}")).await;
    }
    test
}

async fn ids(test: &TestApp) -> Vec<String> {
    let list = test.get(LIST).await.expect(200).json();
    let ids = list
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["id"].as_str().unwrap().to_owned());
    ids.collect()
}

async fn pause(test: &TestApp, numbers: std::ops::Range<usize>) {
    for number in numbers {
        test.set_status(&format!("c{number:02}"), CreatorStatus::Paused)
            .await;
    }
}

both!(
    async fn active_adopted_creators_are_listed_in_the_declared_shape(db: TestDatabase) {
        let test = crowd(db, 3, &[]).await;
        pause(&test, 1..2).await;
        let unadopted = CreatorChange {
            adopted: Some(false),
            ..CreatorChange::default()
        };
        test.app
            .change_creator(by(), "c02".parse().unwrap(), unadopted)
            .await
            .unwrap();
        let list = test.get(LIST).await.expect(200);
        assert_eq!(
            list.header("content-type"),
            Some("application/json; charset=utf-8")
        );
        let entry = json!({ "id": "xc00", "username": "user-c00", "mrss": format!("{BASE}/feeds/c00.xml") });
        assert_eq!(list.json(), json!([entry]));
    }
);

#[tokio::test]
async fn the_profile_shapes_the_list() {
    let mut test = crowd(TestDatabase::sqlite(), 1, &[]).await;
    test.set("user_list.shape", "object").await;
    test.set("user_list.member", "users").await;
    test.set(
        "user_list.fields",
        r#"[["channel", "creator_id"], ["feed", "feed_url"], ["label", "name"]]"#,
    )
    .await;
    test.set("user_list.constants", r#"[["network", "example"]]"#)
        .await;
    let expected = json!({ "users": [{
        "channel": "c00", "feed": format!("{BASE}/feeds/c00.xml"), "label": "Creator c00", "network": "example",
    }] });
    assert_eq!(test.get(LIST).await.expect(200).json(), expected);
    test.set("user_list.adopted_only", "false").await;
    let unadopted = CreatorChange {
        adopted: Some(false),
        ..CreatorChange::default()
    };
    test.app
        .change_creator(by(), "c00".parse().unwrap(), unadopted)
        .await
        .unwrap();
    assert_eq!(test.get(LIST).await.expect(200).json(), expected);
}

#[tokio::test]
async fn bad_paging_is_400_and_unknown_parameters_are_ignored() {
    let test = crowd(TestDatabase::sqlite(), 1, &[]).await;
    for page in ["0", "-1", "abc", "1e9", "", "1.0", "+", "99999999999", "2"] {
        test.get(&format!("{LIST}?page={page}")).await.expect(400);
    }
    let plain = test.get(LIST).await.expect(200).body;
    assert_eq!(
        test.get(&format!("{LIST}?page=1&limit=x&q=%00"))
            .await
            .expect(200)
            .body,
        plain
    );
}

both!(
    async fn pages_cover_the_list_once(db: TestDatabase) {
        let settings = [("user_list.paging", "true"), ("user_list.page_size", "2")];
        let test = crowd(db, 5, &settings).await;
        let mut listed = Vec::new();
        for (page, more) in [
            (1, true),
            (2, true),
            (3, false),
            (4, false),
            (1_000_000_000, false),
        ] {
            let body = test
                .get(&format!("{LIST}?page={page}"))
                .await
                .expect(200)
                .json();
            assert_eq!(
                (&body["page"], &body["limit"], &body["has_more"]),
                (&json!(page), &json!(2), &json!(more))
            );
            listed.extend(
                body["list"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|entry| entry["id"].clone()),
            );
        }
        assert_eq!(listed, ["xc00", "xc01", "xc02", "xc03", "xc04"]);
        test.get(&format!("{LIST}?page=0")).await.expect(400);
    }
);

#[tokio::test]
async fn garbage_in_conditions_is_ignored() {
    let test = crowd(TestDatabase::sqlite(), 1, &[]).await;
    let plain = test.get(LIST).await.expect(200).body;
    for (name, garbage) in [
        ("if-none-match", "garbage"),
        ("if-none-match", "\""),
        ("if-modified-since", "yesterday"),
        ("if-modified-since", "Thu, 01 Jan 2099 00:00:00 GMT"),
        ("accept", "no/thing"),
        ("accept", ";;,"),
        ("range", "bytes=5-2"),
        ("range", "bytes=0-0"),
        ("accept-encoding", "???"),
    ] {
        let got = answer(test.crawl(LIST).header(name, garbage))
            .await
            .expect(200);
        assert_eq!(got.body, plain, "{name}: {garbage}");
    }
}

both!(
    async fn a_list_without_creators_is_empty(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        assert_eq!(test.get(LIST).await.expect(200).text(), "[]");
        test.creator("a").await;
        assert_eq!(ids(&test).await, ["xa"]);
        test.set_status("a", CreatorStatus::Rejected).await;
        assert_eq!(test.get(LIST).await.expect(200).text(), "[]");
    }
);

both!(
    async fn a_list_that_loses_more_than_a_fifth_waits_for_consent(db: TestDatabase) {
        let test = crowd(db, 10, &[]).await;
        assert_eq!(ids(&test).await.len(), 10);
        pause(&test, 0..2).await;
        assert_eq!(ids(&test).await.len(), 8);
        // Eight are too few to be guarded, so two come back first.
        for number in 0..2 {
            test.set_status(&format!("c{number:02}"), CreatorStatus::Active)
                .await;
        }
        assert_eq!(ids(&test).await.len(), 10);
        pause(&test, 0..3).await;
        let refused = test.get(LIST).await.expect(503);
        assert_eq!(refused.header("retry-after"), Some("30"));
        assert_eq!(refused.json()["status"], 503);
        let held = answer(test.crawl(LIST).header("if-none-match", "*")).await;
        held.expect(503);
        // Creators that join at the same time do not hide the loss.
        for id in ["d0", "d1", "d2"] {
            test.creator(id).await;
        }
        test.get(LIST).await.expect(503);
        let compared = test.app.accept_user_list(by()).await.unwrap();
        assert_eq!((compared.lost, compared.next()), (3, 10));
        assert_eq!(ids(&test).await.len(), 10);
    }
);

#[tokio::test]
async fn fewer_than_ten_creators_are_not_guarded() {
    let test = crowd(TestDatabase::sqlite(), 9, &[]).await;
    assert_eq!(ids(&test).await.len(), 9);
    pause(&test, 0..9).await;
    assert_eq!(ids(&test).await.len(), 0);
}

#[tokio::test]
async fn what_was_served_is_remembered_over_a_restart() {
    let test = crowd(TestDatabase::sqlite(), 10, &[]).await;
    assert_eq!(ids(&test).await.len(), 10);
    pause(&test, 0..10).await;
    let test = test.restart().await;
    test.get(LIST).await.expect(503);
}

both!(
    async fn a_store_that_fails_midway_breaks_the_transfer(db: TestDatabase) {
        let test = crowd(db, 1, &[]).await;
        let yes = match test.database.kind() {
            Kind::Sqlite => "1",
            Kind::Postgres => "TRUE",
        };
        let creators = (0..600).map(|number| {
            format!(
                "INSERT INTO creators (id, name, status, adopted, mode, announced, added_at, feed_version, feed_changed_at) \
                 VALUES ('d{number:03}', 'd', 'active', {yes}, 'drain', {yes}, 0, 1, 0);"
            )
        });
        test.database.sql(&creators.collect::<Vec<_>>().join("\n"));
        assert_eq!(ids_or_nulls(&test).await, 601);
        test.database.spoil("creators", "name", "d550");
        let mut raw = Raw::connect(test.public).await;
        let secret = &test.crawler;
        raw.send(format!(
            "GET {LIST} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {secret}\r\n\r\n"
        ))
        .await
        .unwrap();
        let said = String::from_utf8(raw.rest().await.unwrap()).unwrap();
        assert!(
            !said.ends_with("0\r\n\r\n") && !said.contains("}]"),
            "{said}"
        );
    }
);

async fn ids_or_nulls(test: &TestApp) -> usize {
    test.get(LIST)
        .await
        .expect(200)
        .json()
        .as_array()
        .unwrap()
        .len()
}

both!(
    async fn names_of_any_kind_are_valid_json(db: TestDatabase) {
        let test = TestApp::start(db, &[("user_list.fields", r#"[["name", "name"]]"#)]).await;
        let names = [
            "\"quotes\" \\ and /",
            "\u{1}\u{7f}\u{85}\n\t\r",
            "\u{202e}gnirts \u{200f}",
            "\u{10ffff}😀𝔐",
            "</script>\u{2028}",
        ];
        for (number, name) in names.iter().enumerate() {
            let new = NewCreator {
                id: format!("c{number}").parse().unwrap(),
                name: (*name).to_owned(),
                dailymotion_id: None,
                username: None,
                link: None,
                adopted: true,
                mode: FeedMode::Drain,
            };
            test.app.add_creator(by(), new).await.unwrap();
        }
        let list = test.get(LIST).await.expect(200);
        assert!(
            !list.text().chars().any(|letter| letter < ' '),
            "{}",
            list.text()
        );
        let expected: Value = names.iter().map(|name| json!({ "name": name })).collect();
        assert_eq!(list.json(), expected);
    }
);
