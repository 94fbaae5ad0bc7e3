//! Fields that operators edit: pinned against imports, and given back.

use std::time::Duration;

use mcnd::model::{Role, Scope};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{
    app::{TestApp, answer},
    both,
    databases::TestDatabase,
    given::row,
    http::Answer,
};

const VIDEO: &str = "/api/v1/videos/v1";

/// A program of an operator, and what it asks.
struct Editor<'a> {
    test: &'a TestApp,
    key: String,
}

impl<'a> Editor<'a> {
    async fn of(test: &'a TestApp) -> Self {
        let key = test.key(Role::Operator, &[Scope::Catalog]).await;
        Self { test, key }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.test.operator_ask(method, path).bearer_auth(&self.key)
    }

    async fn shown(&self) -> Answer {
        answer(self.ask(Method::GET, VIDEO)).await.expect(200)
    }

    /// Sends a patch for the video as it is tagged so.
    async fn patch(&self, tag: &str, patch: &Value) -> Answer {
        let request = self.ask(Method::PATCH, VIDEO).header("if-match", tag);
        answer(request.json(patch)).await
    }

    async fn patched(&self, patch: &Value) -> Value {
        self.patch("*", patch).await.expect(200).json()
    }
}

async fn listed(db: TestDatabase) -> TestApp {
    let test = TestApp::start(db, &[]).await;
    test.creator("a").await;
    test.videos("a", &["v1", "v2"]).await;
    test
}

both!(
    async fn an_edit_is_pinned_listed_found_and_written_down(db: TestDatabase) {
        let test = listed(db).await;
        let editor = Editor::of(&test).await;
        let before = editor.shown().await;
        assert_eq!(before.json()["pinned"], json!({}));
        let tag = before.header("etag").unwrap().to_owned();
        let patch = json!({ "title": "Kites", "language": "fr" });
        let edited = editor.patch(&tag, &patch).await.expect(200);
        let pinned = json!({ "title": "Video v1", "language": null });
        assert_eq!(edited.json()["title"], "Kites");
        assert_eq!(edited.json()["pinned"], pinned);
        assert_ne!(edited.header("etag"), Some(tag.as_str()));
        assert!(test.feed("a").await.text().contains("Kites"));
        let timeline = format!("{VIDEO}/timeline");
        let timeline = answer(editor.ask(Method::GET, &timeline)).await.json();
        let line = &timeline.as_array().unwrap()[1];
        assert_eq!(
            (&line["what"], &line["detail"]),
            (&json!("edited"), &json!("title, language"))
        );
        let found = test
            .database
            .value("SELECT words FROM video_words WHERE words LIKE '%kites%'");
        assert_eq!(found, "v1 kites");
        let told = test
            .database
            .value("SELECT before FROM audit WHERE action = 'video.edit'");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(
            told["fields"],
            json!({ "title": "Video v1", "language": null })
        );
    }
);

both!(
    async fn the_second_of_two_editors_reads_again_first(db: TestDatabase) {
        let test = listed(db).await;
        let editor = Editor::of(&test).await;
        let tag = editor.shown().await;
        let tag = tag.header("etag").unwrap();
        editor
            .patch(tag, &json!({ "title": "One" }))
            .await
            .expect(200);
        editor
            .patch(tag, &json!({ "title": "Two" }))
            .await
            .expect(412);
        let untagged = editor.ask(Method::PATCH, VIDEO);
        answer(untagged.json(&json!({ "title": "Two" })))
            .await
            .expect(428);
        assert_eq!(editor.shown().await.json()["title"], "One");
    }
);

#[tokio::test]
async fn everything_wrong_with_a_patch_is_told_at_once() {
    let test = listed(TestDatabase::sqlite()).await;
    let editor = Editor::of(&test).await;
    let patch = json!({ "width": "wide", "title": 5, "guid": "v9", "unpin": ["geo", "titel"], "geo": "deny DE" });
    let told = editor.patch("*", &patch).await.expect(422).json();
    assert_eq!(told["problems"].as_array().unwrap().len(), 5, "{told}");
    let unpinned = editor
        .patch("*", &json!({ "unpin": ["geo", "link"] }))
        .await;
    let said = unpinned.expect(400).text().to_owned();
    assert!(
        said.contains("`link` is not pinned; column `geo` is"),
        "{said}"
    );
    assert_eq!(editor.shown().await.json()["pinned"], json!({}));
}

both!(
    async fn an_import_speaks_beside_what_is_pinned(db: TestDatabase) {
        let test = listed(db).await;
        let editor = Editor::of(&test).await;
        editor.patched(&json!({ "title": "Kites" })).await;
        let theirs = row("a", "v1", &json!({ "title": "Boats", "language": "en" }));
        let result = &test.import(std::slice::from_ref(&theirs)).await[0];
        assert_eq!(result["outcome"], "updated");
        let warning = "`title` is pinned; the source says `Boats`";
        assert_eq!(result["warnings"], json!([warning]));
        let shown = editor.shown().await.json();
        assert_eq!(
            (&shown["title"], &shown["language"], &shown["pinned"]),
            (&json!("Kites"), &json!("en"), &json!({ "title": "Boats" }))
        );
        let again = &test.import(std::slice::from_ref(&theirs)).await[0];
        assert_eq!(
            (&again["outcome"], &again["warnings"]),
            (&json!("unchanged"), &json!([warning]))
        );
        let agreeing = row("a", "v1", &json!({ "title": "Kites", "language": "en" }));
        let agrees = &test.import(&[agreeing]).await[0];
        assert_eq!(agrees["warnings"], Value::Null);
        test.import(&[theirs]).await;
        let unpinned = editor.patched(&json!({ "unpin": ["title"] })).await;
        assert_eq!(
            (&unpinned["title"], &unpinned["pinned"]),
            (&json!("Boats"), &json!({}))
        );
    }
);

both!(
    async fn an_edit_moves_between_draft_and_waiting_and_wakes_nothing(db: TestDatabase) {
        let test = listed(db).await;
        let editor = Editor::of(&test).await;
        let draft = editor.patched(&json!({ "category": "poetry" })).await;
        assert_eq!(
            (&draft["state"], &draft["broken"]),
            (&json!("draft"), &json!(["category_unknown"]))
        );
        assert_eq!(test.feed_guids("a").await, ["v2"]);
        let row = row("a", "v1", &json!({}));
        let results = test.import(&[row]).await;
        assert_eq!(results[0]["outcome"], "unchanged", "{results:?}");
        assert_eq!(test.state("v1").await, "draft");
        test.advance(Duration::from_secs(1));
        let waits = editor.patched(&json!({ "category": "music" })).await;
        assert_eq!(waits["state"], "waiting");
        assert_eq!(test.feed_guids("a").await, ["v2", "v1"]);
        let take_down = editor.ask(Method::POST, &format!("{VIDEO}/take-down"));
        answer(take_down.json(&json!({}))).await.expect(200);
        let late = editor.patch("*", &json!({ "title": "Kites" })).await;
        late.expect(409);
    }
);
