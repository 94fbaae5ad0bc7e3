//! The dashboard's pages as browsers without scripts see them.

mod creators;
mod edits;
mod hostile;
mod overview;
mod rules;
mod videos;

use mcnd::{
    http::{self, Needs, Speech},
    model::Role,
};
use reqwest::Method;

use crate::harness::{
    app::{TestApp, answer},
    people::Signed,
};

/// The values of this attribute on a page, as a browser understands them.
fn attributes(page: &str, name: &str) -> Vec<String> {
    let begin = format!(" {name}=\"");
    let values = page.split(&begin).skip(1);
    values
        .map(|rest| decoded(rest.split('"').next().unwrap()))
        .collect()
}

/// A text of a page without its entities.
fn decoded(text: &str) -> String {
    let mut plain = text.to_owned();
    for (entity, character) in [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(entity, character);
    }
    plain
}

#[tokio::test]
async fn a_form_without_its_token_changes_nothing() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.videos("a", &["nothing"]).await;
    let signed = test.signed(Role::Owner).await;
    let before = test.database.value("SELECT COUNT(*) FROM audit");
    let routes = http::routes().into_iter();
    let posts = routes.filter(|(method, _, needs, speech)| {
        *method == Method::POST && *speech == Speech::Page && *needs != Needs::Nothing
    });
    let mut sent = 0;
    for (_, path, ..) in posts {
        let path = path.replace("{id}", "a").replace("{guid}", "nothing");
        let path = path.replace("{name}", "owner");
        for form in [
            &[("status", "paused"), ("creator", "a")][..],
            &[("token", "guessed")],
        ] {
            let answer = answer(signed.ask(&test, Method::POST, &path).form(form)).await;
            assert_eq!(answer.status, 403, "{path}");
            sent += 1;
        }
    }
    assert!(sent >= 12, "{sent}");
    assert_eq!(test.database.value("SELECT COUNT(*) FROM audit"), before);
    assert_eq!(test.state("nothing").await, "waiting");
}

#[tokio::test]
async fn a_viewer_sees_every_page_and_no_form() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.videos("a", &["one", "two"]).await;
    test.deliver(&crate::harness::given::status("two", "failed"))
        .await;
    let viewer = test.signed(Role::Viewer).await;
    for path in [
        "/",
        "/creators",
        "/creators/a",
        "/creators/a/feed",
        "/videos",
        "/videos?state=refused",
        "/videos/one",
        "/videos/two",
    ] {
        let page = viewer.get(&test, path).await.expect(200);
        let forms = page.text().matches("method=\"post\"").count();
        assert_eq!(forms, 1, "{path} has more than the form to sign out");
        for link in attributes(page.text(), "href") {
            let asks = ["/_new", "/_status", "/edit", "/take-down"];
            assert!(!asks.iter().any(|ask| link.contains(ask)), "{path}: {link}");
        }
        assert!(!page.text().contains("As it came"), "{path}");
    }
    for path in [
        "/creators/_new",
        "/creators/a/edit",
        "/videos/one/edit",
        "/videos/one/take-down",
    ] {
        viewer.get(&test, path).await.expect(403);
    }
}

#[tokio::test]
async fn a_link_that_signs_in_opens_once_and_from_here_alone() {
    let test = TestApp::sqlite().await;
    let prepared = test.signed(Role::Operator).await;
    let path = format!("/enter/{}", prepared.secret());
    let foreign = test.operator_ask(Method::GET, &path);
    let foreign = foreign.header("sec-fetch-site", "cross-site");
    answer(foreign).await.expect(404);
    let opened = test.inside(&path).await.expect(303);
    assert_eq!(opened.header("location"), Some("/"));
    let signed = Signed::of(&opened);
    signed.get(&test, "/api/v1/me").await.expect(200);
    assert_ne!(signed.secret(), prepared.secret());
    test.inside(&path).await.expect(404);
    // Whoever is in already is led on and keeps what they have.
    let again = signed.get(&test, "/enter/whatever").await.expect(303);
    assert_eq!(again.header("set-cookie"), None);
    test.inside("/enter/whatever").await.expect(404);
}
