//! Texts that somebody else wrote stay texts, on every page that shows them.

use mcnd::{
    app::NewCreator,
    model::{FeedMode, Role},
};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use super::{attributes, decoded};
use crate::harness::{
    app::{TestApp, answer},
    both,
    given::{by, row, status},
    people::Signed,
};

/// A text that a page must not take for its own, and what no page may hold on its account.
#[derive(Deserialize)]
struct Hostile {
    text: String,
    never: Vec<String>,
}

/// The corpus, which a browser is shown, too; each text would call `zq` or lead away.
fn corpus() -> Vec<Hostile> {
    serde_json::from_str(include_str!("../../../fixtures/hostile.json")).unwrap()
}

/// What no page may hold, however the text came there; what is to be edited stands in its field as it is, with its marks.
fn never(corpus: &[Hostile], edited: bool) -> impl Iterator<Item = &str> {
    let never = corpus.iter().flat_map(|one| &one.never).map(String::as_str);
    never.filter(move |raw| !edited || raw.is_ascii())
}

async fn fill(test: &TestApp, corpus: &[Hostile]) -> Vec<String> {
    let mut rows = Vec::new();
    let mut guids = Vec::new();
    for (number, Hostile { text, .. }) in corpus.iter().enumerate() {
        let id = format!("c{number}");
        let new = NewCreator {
            id: id.parse().unwrap(),
            name: text.clone(),
            dailymotion_id: Some(format!("{number}{text}")),
            username: Some(text.clone()),
            link: Some(text.clone()),
            adopted: true,
            mode: FeedMode::Drain,
        };
        test.app.add_creator(by(), new).await.unwrap();
        for kind in ["waits", "refused", "draft"] {
            let guid = format!("{kind} {text}");
            let media = if kind == "draft" {
                text.as_str()
            } else {
                "https://media.example/a.mp4"
            };
            let fields = json!({ "title": text, "description": text, "tags": text, "link": text, "media_url": media });
            rows.push(row(&id, &guid, &fields));
            guids.push(guid);
        }
    }
    test.import(&rows).await;
    for Hostile { text, .. } in corpus {
        test.deliver(&status(&format!("refused {text}"), text))
            .await;
    }
    guids
}

async fn shown(signed: &Signed, test: &TestApp, path: &str) -> String {
    let page = signed.get(test, path).await.expect(200).text().to_owned();
    let edited = path.ends_with("/edit") || path.ends_with("/reasons");
    for raw in never(&corpus(), edited) {
        assert!(!page.contains(raw), "{path} holds {raw:?}:\n{page}");
    }
    for link in attributes(&page, "href") {
        let followed = link.starts_with('/') || link.starts_with('#') || link.starts_with("http");
        assert!(
            followed && !link.starts_with("//"),
            "{path} leads to {link}"
        );
    }
    page
}

both!(
    async fn stored_texts_never_become_a_part_of_a_page(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let corpus = corpus();
        let guids = fill(&test, &corpus).await;
        let crawl = test
            .crawl("/feeds/c0.xml")
            .header("user-agent", &corpus[0].text);
        answer(crawl).await.expect(200);
        test.app.write_visits().await.unwrap();
        let signed = test.signed(Role::Owner).await;
        let (mut videos, mut list) = (Vec::new(), Some("/videos".to_owned()));
        while let Some(path) = list {
            let page = shown(&signed, &test, &path).await;
            let links = attributes(&page, "href");
            videos.extend(
                links
                    .iter()
                    .filter(|link| link.starts_with("/videos/"))
                    .cloned(),
            );
            list = links.into_iter().find(|link| link.contains("after="));
        }
        assert_eq!(videos.len(), guids.len());
        for path in videos {
            let page = shown(&signed, &test, &path).await;
            assert!(decoded(&page).contains("zq"));
            for page in ["edit", "take-down"] {
                shown(&signed, &test, &format!("{path}/{page}")).await;
            }
        }
        for number in 0..corpus.len() {
            for page in ["", "/feed", "/edit"] {
                shown(&signed, &test, &format!("/creators/c{number}{page}")).await;
            }
            let ask = format!("/creators/_status?status=paused&creator=c{number}");
            shown(&signed, &test, &ask).await;
        }
        for path in [
            "/",
            "/creators",
            "/callbacks",
            "/callbacks/reasons",
            "/crawler",
        ] {
            shown(&signed, &test, path).await;
        }
    }
);

#[tokio::test]
async fn what_an_address_says_never_becomes_a_part_of_a_page() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Owner).await;
    let corpus = corpus();
    for Hostile { text, .. } in &corpus {
        for name in [
            "search", "creator", "state", "reason", "held", "sort", "after", "done",
        ] {
            let value: String = byte_serialize(text.as_bytes()).collect();
            let page = signed.get(&test, &format!("/videos?{name}={value}")).await;
            assert!(matches!(page.status, 200 | 400), "{name}: {}", page.status);
            for raw in never(&corpus, true) {
                assert!(!page.text().contains(raw), "{name} {text}");
            }
        }
    }
}
