//! What is asked for, and what is taken from the answers.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::network::{CHANGED, Network, Page, feed};
use super::{crawl, guids, settings, start};
use crate::simulator::{Credential, Handle, Simulator};

fn statuses(simulator: &Handle) -> Vec<Option<u16>> {
    let visits = simulator.report().visits.newest;
    visits.iter().map(|visit| visit.status).collect()
}

#[tokio::test]
async fn the_second_read_is_conditional_and_a_304_lists_the_same() {
    let network = Network::start().await;
    let page = |body: String| Page {
        etag: Some("\"1\""),
        ..Page::of(body)
    };
    network.serve("/users.json", page(network.users(&["u"]).to_string()));
    network.serve("/feeds/u.xml", page(feed(&["a", "b"], "")));
    let simulator = start(&network);
    crawl(&simulator).await;
    crawl(&simulator).await;
    let expected = [Some(200), Some(200), Some(304), Some(304)];
    assert_eq!(statuses(&simulator), expected);
    let visits = simulator.report().visits.newest;
    assert_eq!(visits[3].listed, 2);
    let asked = network.requests(&Method::GET);
    assert_eq!(asked[0].header("if-none-match"), "");
    assert_eq!(asked[3].header("if-none-match"), "\"1\"");
    assert_eq!(asked[3].header("if-modified-since"), CHANGED);
}

#[tokio::test]
async fn offered_pages_are_followed_to_the_last() {
    let network = Network::start().await;
    let page = |page: u8, more: bool, user: &str| {
        let list = network.users(&[user]);
        json!({ "page": page, "limit": 1, "has_more": more, "list": list }).to_string()
    };
    network.serve("/users.json", Page::of(page(1, true, "u")));
    network.serve("/users.json?page=2&limit=1", Page::of(page(2, false, "v")));
    let next = r#"<atom:link rel="next" href="u.xml?page=2"/>"#;
    network.serve("/feeds/u.xml", Page::of(feed(&["a"], next)));
    network.serve("/feeds/u.xml?page=2", Page::of(feed(&["b"], "")));
    network.serve("/feeds/v.xml", Page::of(feed(&["c"], "")));
    let simulator = start(&network);
    crawl(&simulator).await;
    assert_eq!(guids(&simulator), ["a", "b", "c"]);
    assert_eq!(simulator.report().items["c"].user, "v");
}

#[tokio::test]
async fn a_next_page_that_was_read_already_ends_the_feed_with_an_error() {
    let network = Network::start().await;
    network.list(&[]);
    let next = r#"<atom:link rel="next" href="u.xml"/>"#;
    network.serve("/feeds/u.xml", Page::of(feed(&["a"], next)));
    let simulator = start(&network);
    crawl(&simulator).await;
    assert!(guids(&simulator).is_empty());
    assert_eq!(simulator.report().errors.total, 1);
}

#[tokio::test]
async fn crawler_and_callback_show_their_own_credentials() {
    let network = Network::start().await;
    network.list(&["a"]);
    let mut settings = settings(&network);
    settings.crawler.user_agent = "pretender/1".to_owned();
    settings.crawler.credential = Credential::Basic {
        user: "dm".to_owned(),
        password: "hush".to_owned(),
    };
    settings.callback.credential = Credential::Bearer {
        token: "t0ken".to_owned(),
    };
    settings.faults.slow_body = 1.0;
    settings.faults.slow_body_ms = 10;
    settings.faults.at_most = 1;
    network.answer_next([StatusCode::SERVICE_UNAVAILABLE]);
    let simulator = Simulator::start(settings).unwrap();
    crawl(&simulator).await;
    for asked in network.requests(&Method::GET) {
        assert_eq!(asked.header("authorization"), "Basic ZG06aHVzaA==");
        assert_eq!(asked.header("user-agent"), "pretender/1");
    }
    let posts = network.requests(&Method::POST);
    assert_eq!(posts.len(), 2, "one slow by hand, one by the client");
    for post in posts {
        assert_eq!(post.header("authorization"), "Bearer t0ken");
        assert_eq!(post.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn a_compressed_feed_is_read() {
    let network = Network::start().await;
    network.list(&[]);
    let page = Page::of(feed(&["a"], ""));
    network.serve("/feeds/u.xml", Page { gzip: true, ..page });
    let simulator = start(&network);
    crawl(&simulator).await;
    assert_eq!(guids(&simulator), ["a"]);
}

#[tokio::test]
async fn nothing_is_taken_from_a_feed_that_cannot_be_read_whole() {
    let network = Network::start().await;
    network.list(&[]);
    let whole = feed(&["a", "b"], "");
    let cut = whole.split_at(whole.find("<title>Title of b").unwrap()).0;
    let broken = [
        Page {
            breaks_off: true,
            ..Page::of(whole.clone())
        },
        Page::of(cut),
        Page::of(format!("{whole}{}", " ".repeat(5_000))),
    ];
    let mut settings = settings(&network);
    settings.crawler.max_body_bytes = 5_000;
    let simulator = Simulator::start(settings).unwrap();
    for page in broken {
        let errors = simulator.report().errors.total;
        network.serve("/feeds/u.xml", page);
        crawl(&simulator).await;
        assert!(guids(&simulator).is_empty());
        assert_eq!(simulator.report().errors.total, errors + 1);
    }
    network.serve("/feeds/u.xml", Page::of(whole));
    crawl(&simulator).await;
    assert_eq!(guids(&simulator), ["a", "b"]);
}

#[tokio::test]
async fn without_a_user_list_the_last_one_is_used() {
    let network = Network::start().await;
    network.list(&["a"]);
    let simulator = start(&network);
    crawl(&simulator).await;
    network.serve("/users.json", Page::of("[{"));
    network.serve("/feeds/u.xml", Page::of(feed(&["b"], "")));
    crawl(&simulator).await;
    assert_eq!(guids(&simulator), ["a", "b"]);
    assert_eq!(simulator.report().errors.total, 1);
}
