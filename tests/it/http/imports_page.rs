//! The page *Import*, as a browser fills it in.

use mcnd::model::Role;
use reqwest::Method;

use super::imports::{HEAD, files, rows};
use crate::harness::{
    app::{TestApp, answer},
    both,
    http::Answer,
    people::Signed,
    wait_until,
};

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
const BOUNDARY: &str = "----browser";

/// A form with files as a browser sends it; fields in their order, the file last.
fn form(fields: &[(&str, &str)], file: Option<(&str, &str)>) -> String {
    let (name, text) = file.unwrap_or_default();
    let fields = fields.iter().map(|(name, text)| {
        format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}")
    });
    let file = format!(
        "Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n{text}"
    );
    let parts = fields.chain([file]);
    let parts = parts.map(|part| format!("--{BOUNDARY}\r\n{part}\r\n"));
    parts.collect::<String>() + &format!("--{BOUNDARY}--\r\n")
}

async fn send(test: &TestApp, who: &Signed, body: String) -> Answer {
    let request = who.ask(test, Method::POST, "/imports");
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    answer(request.header("content-type", kind).body(body)).await
}

/// The page of an import once it says this.
async fn says(test: &TestApp, who: &Signed, path: &str, words: &str) -> String {
    wait_until(words, PATIENCE, async || {
        let text = who.get(test, path).await.expect(200).text().to_owned();
        text.contains(words).then_some(text)
    })
    .await
}

/// Two rows that may go out and a wrong one.
fn text() -> String {
    let wrong = "<script>,Odd,news,https://media.example/9.mp4,perhaps";
    format!("{}\n{wrong}\n", rows(2))
}

/// Sends that text and waits for its plan; returns the address of its page and a token.
async fn planned(test: &TestApp, who: &Signed) -> (String, String) {
    test.creator("a").await;
    let token = who.token(test).await;
    let fields = [
        ("token", token.as_str()),
        ("creator", "a"),
        ("default", "\r\n"),
        ("address", ""),
    ];
    let sent = send(test, who, form(&fields, Some(("rows.csv", &text())))).await;
    let path = sent.expect(303).header("location").unwrap().to_owned();
    says(test, who, &path, "<strong>planned</strong>").await;
    (path, token)
}

/// Sends a form of that page, which leads back to it.
async fn post(test: &TestApp, who: &Signed, path: &str, fields: &[(&str, &str)]) {
    let sent = answer(who.ask(test, Method::POST, path).form(fields)).await;
    assert!(
        sent.expect(303)
            .header("location")
            .unwrap()
            .starts_with("/imports/")
    );
}

#[tokio::test]
async fn a_plan_shows_what_is_wrong_and_is_made_again_by_other_options() {
    let test = TestApp::sqlite().await;
    let operator = test.signed(Role::Operator).await;
    let (path, token) = planned(&test, &operator).await;
    let page = operator.get(&test, &path).await.expect(200);
    let page = page.text();
    assert!(page.contains("<dt>created</dt><dd>2</dd>"), "{page}");
    assert!(
        page.contains("<td data-label=\"guid\"><bdi>&#60;script&#62;</bdi></td>"),
        "{page}"
    );
    assert!(
        page.contains("made_for_kids") && !page.contains("data-fresh"),
        "{page}"
    );
    let listed = operator
        .get(&test, &format!("{path}/rows?wrong=true"))
        .await;
    assert!(listed.expect(200).text().contains("&#60;script&#62;"));
    let other = [
        ("token", token.as_str()),
        ("creator", "a"),
        ("default", "language=fr"),
        ("derive_guid", "on"),
    ];
    post(&test, &operator, &format!("{path}/plan"), &other).await;
    let page = says(&test, &operator, &path, "<strong>planned</strong>").await;
    let kept = page.contains(">language=fr</textarea>") && page.contains("checked");
    assert!(kept, "{page}");
}

both!(
    async fn a_plan_is_applied_and_then_discarded(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let operator = test.signed(Role::Operator).await;
        let (path, token) = planned(&test, &operator).await;
        let only = [("token", token.as_str())];
        let ask = operator
            .get(&test, &format!("{path}/apply"))
            .await
            .expect(200);
        assert!(
            ask.text().contains("1 wrong rows are left out"),
            "{}",
            ask.text()
        );
        post(&test, &operator, &format!("{path}/apply"), &only).await;
        let page = says(&test, &operator, &path, "<strong>applied</strong>").await;
        assert!(page.contains("All rows as CSV"), "{page}");
        assert_eq!(test.feed_guids("a").await.len(), 2);
        let list = operator.get(&test, "/imports").await.expect(200);
        assert!(list.text().contains("rows.csv"));
        operator
            .get(&test, &format!("{path}/cancel"))
            .await
            .expect(200);
        post(&test, &operator, &format!("{path}/cancel"), &only).await;
        assert_eq!(files(&test), 0);
    }
);

#[tokio::test]
async fn a_form_is_known_before_its_file_is_stored() {
    let test = TestApp::sqlite().await;
    let operator = test.signed(Role::Operator).await;
    let token = operator.token(&test).await;
    let other = test.signed(Role::Owner).await;
    let file = Some(("rows.csv", HEAD));
    for fields in [
        &[][..],
        &[("token", "wrong")],
        &[("creator", "a"), ("token", token.as_str())],
        &[("token", "")],
    ] {
        let refused = send(&test, &operator, form(fields, file)).await.expect(403);
        assert!(refused.text().contains("out of date"), "{}", refused.text());
    }
    let fields = [("token", token.as_str())];
    send(&test, &other, form(&fields, file)).await.expect(403);
    let foreign = test.operator_ask(Method::POST, "/imports");
    let foreign = foreign.header("cookie", operator.cookie());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let foreign = foreign
        .header("content-type", kind)
        .body(form(&fields, file));
    let foreign = foreign.header("sec-fetch-site", "cross-site");
    assert_eq!(answer(foreign).await.status, 403);
    assert_eq!(files(&test), 0);
    assert_eq!(
        test.database.value("SELECT count(*) FROM import_files"),
        "0"
    );
}

#[tokio::test]
async fn one_thing_is_imported_and_a_wrong_option_is_told_before_the_file_is_stored() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    let operator = test.signed(Role::Operator).await;
    let token = operator.token(&test).await;
    let token = ("token", token.as_str());
    let file = Some(("rows.csv", HEAD));
    for (fields, file, words) in [
        (
            vec![token, ("address", "")],
            None,
            "neither a file nor an address",
        ),
        (
            vec![token, ("address", "nowhere")],
            None,
            "the address is none",
        ),
        (
            vec![token, ("address", "https://a.example/")],
            file,
            "a file and an address",
        ),
        (vec![token, ("map", "title")], file, "must be `theirs=ours`"),
        (vec![token, ("creator", "No Id")], file, "creator id"),
    ] {
        let refused = send(&test, &operator, form(&fields, file))
            .await
            .expect(400);
        assert!(refused.text().contains(words), "{}", refused.text());
        assert_eq!(files(&test), 0);
    }
}

#[tokio::test]
async fn a_viewer_sees_imports_and_begins_none() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.videos("a", &["one"]).await;
    let operator = test.signed(Role::Operator).await;
    let token = operator.token(&test).await;
    let fields = [("token", token.as_str()), ("creator", "a")];
    let sent = send(
        &test,
        &operator,
        form(&fields, Some(("rows.csv", &rows(1)))),
    )
    .await;
    let path = sent.expect(303).header("location").unwrap().to_owned();
    let viewer = test.signed(Role::Viewer).await;
    let list = viewer.get(&test, "/imports").await.expect(200);
    assert!(list.text().contains("rows.csv") && !list.text().contains("type=\"file\""));
    let page = says(&test, &viewer, &path, "<strong>planned</strong>").await;
    for hidden in ["/apply", "/cancel", "Plan again", "All rows as CSV"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    for hidden in ["apply", "cancel"] {
        viewer
            .get(&test, &format!("{path}/{hidden}"))
            .await
            .expect(403);
    }
    viewer
        .get(&test, &format!("/api/v1{path}/result"))
        .await
        .expect(403);
}
