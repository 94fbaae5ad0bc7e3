//! The simulator against a small network: what it asks for, what it takes, what it reports.

mod network;

use std::collections::{BTreeSet, HashMap, HashSet};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Callback, Crawler, Credential, Fate, Faults, Handle, Injector, Rule, Saying};
use super::{Settings, Simulator};
use network::{Network, Page, feed};

/// Crawls when asked to, imports at once, refuses nothing.
fn settings(network: &Network) -> Settings {
    Settings {
        seed: 1,
        crawler: Crawler {
            user_list: network.address("/users.json"),
            period_ms: 0,
            ..Crawler::default()
        },
        injector: Injector {
            import_ms: 0,
            jitter_ms: 0,
            refuse_share: 0.0,
            progress_share: 0.0,
        },
        callback: Callback {
            address: network.address("/callback"),
            gather_ms: 1,
            first_wait_ms: 1,
            longest_wait_ms: 5,
            ..Callback::default()
        },
        ..Settings::default()
    }
}

fn start(network: &Network) -> Handle {
    Simulator::start(settings(network)).unwrap()
}

async fn crawl(simulator: &Handle) {
    simulator.crawl_now().await;
    simulator.settled().await;
}

fn statuses(simulator: &Handle) -> Vec<Option<u16>> {
    let visits = simulator.report().visits.newest;
    visits.iter().map(|visit| visit.status).collect()
}

fn guids(simulator: &Handle) -> Vec<String> {
    simulator.report().items.into_keys().collect()
}

#[tokio::test]
async fn what_is_listed_is_imported_once_and_reported() {
    let network = Network::start().await;
    network.list(&["a", "b"]);
    let simulator = start(&network);
    crawl(&simulator).await;
    crawl(&simulator).await;
    let report = simulator.stop().await;
    let reported: HashMap<String, Value> = network
        .events()
        .into_iter()
        .map(|event| (event["data"]["uid"].as_str().unwrap().to_owned(), event))
        .collect();
    assert_eq!(network.events().len(), 2);
    assert_eq!(report.imported().len(), 2);
    for (guid, remote_id) in report.imported() {
        assert_eq!(reported[guid]["data"]["remote_id"], remote_id);
        assert_eq!(report.items[guid].unacknowledged, 0);
    }
    assert_eq!(report.items["a"].title, "Title of a");
    assert_eq!(report.errors.total, 0);
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

#[tokio::test]
async fn an_array_is_repeated_in_the_same_bytes_until_it_is_answered_2xx() {
    let network = Network::start().await;
    network.list(&["a"]);
    network.answer_next([
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::UNAUTHORIZED,
        StatusCode::TOO_MANY_REQUESTS,
    ]);
    let simulator = start(&network);
    crawl(&simulator).await;
    let posts = network.requests(&Method::POST);
    let bodies: HashSet<String> = posts.iter().map(|post| post.body.clone()).collect();
    assert_eq!((posts.len(), bodies.len()), (4, 1));
    let callbacks = simulator.report().callbacks;
    assert_eq!((callbacks.sent, callbacks.acknowledged), (4, 1));
    assert_eq!(callbacks.events_acknowledged, 1);
}

#[tokio::test]
async fn a_limit_on_sendings_gives_an_array_up() {
    let network = Network::start().await;
    network.list(&["a"]);
    network.answer_next([StatusCode::BAD_GATEWAY; 9]);
    let mut settings = settings(&network);
    settings.callback.give_up_after = 2;
    let simulator = Simulator::start(settings).unwrap();
    crawl(&simulator).await;
    let report = simulator.report();
    assert_eq!((report.callbacks.sent, report.callbacks.given_up), (2, 1));
    assert_eq!(report.items["a"].unacknowledged, 1);
}

#[tokio::test]
async fn every_item_is_reported_in_spite_of_every_fault() {
    let network = Network::start().await;
    let names: Vec<String> = (0..200).map(|number| format!("g{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    network.list(&names);
    network.answer_next([StatusCode::SERVICE_UNAVAILABLE; 5]);
    let mut settings = settings(&network);
    settings.injector.jitter_ms = 100;
    settings.injector.refuse_share = 0.3;
    settings.injector.progress_share = 0.3;
    settings.callback.array_max = 5;
    settings.faults = Faults {
        slow_body_ms: 10,
        ..Faults::all(0.5)
    };
    let simulator = Simulator::start(settings).unwrap();
    crawl(&simulator).await;
    let report = simulator.stop().await;
    for (guid, item) in &report.items {
        assert_eq!(item.unacknowledged, 0, "{guid}");
    }
    let outcomes: BTreeSet<String> = network
        .events()
        .iter()
        .filter(|event| event["data"]["status"] != "processing")
        .map(|event| event["data"]["uid"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(outcomes.len(), names.len());
    assert_eq!(
        report.imported().len() + report.refused().len(),
        names.len()
    );
    let callbacks = report.callbacks;
    assert!(callbacks.lost > 0 && callbacks.hung_up > 0 && callbacks.slow > 0);
    let events = network.events();
    let different: HashSet<String> = events.iter().map(ToString::to_string).collect();
    assert!(different.len() < events.len(), "some came twice");
    assert_eq!(different.len() as u64, callbacks.events_acknowledged);
}

#[tokio::test]
async fn a_refused_item_that_was_gone_and_comes_back_succeeds() {
    let network = Network::start().await;
    network.list(&["a"]);
    let mut settings = settings(&network);
    settings.injector.refuse_share = 1.0;
    let simulator = Simulator::start(settings).unwrap();
    crawl(&simulator).await;
    crawl(&simulator).await;
    assert_eq!(simulator.report().refused().len(), 1);
    network.list(&[]);
    crawl(&simulator).await;
    network.list(&["a"]);
    crawl(&simulator).await;
    let report = simulator.report();
    assert_eq!(report.items["a"].attempts, 2);
    assert_eq!(report.imported().len(), 1);
    assert_eq!(network.events().len(), 2);
}

#[tokio::test]
async fn the_script_decides_before_chance() {
    let network = Network::start().await;
    network.list(&["a", "b", "c", "d", "e"]);
    let mut settings = settings(&network);
    settings.script = vec![
        Rule::guid("a", vec![Saying::ready("x1"), Saying::ready("x2")]),
        Rule::guid("b", vec![Saying::failed("rejected"), Saying::ready("xb")]),
        Rule::nth(3, vec![Saying::ReadyWithoutId]),
        Rule::guid("d", vec![]),
    ];
    let simulator = Simulator::start(settings).unwrap();
    simulator.script(Rule::guid("e", vec![Saying::failed("encoding_error")]));
    crawl(&simulator).await;
    let items = simulator.report().items;
    let fate = |guid: &str| items[guid].fate.clone();
    assert_eq!(
        fate("a"),
        Fate::Imported(vec!["x1".to_owned(), "x2".to_owned()])
    );
    assert_eq!(fate("b"), Fate::Imported(vec!["xb".to_owned()]));
    assert_eq!(fate("c"), Fate::Imported(vec![]));
    assert_eq!(fate("d"), Fate::Silent);
    assert_eq!(fate("e"), Fate::Refused("encoding_error".to_owned()));
    assert_eq!(network.events().len(), 6);
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story_and_another_does_not() {
    let network = Network::start().await;
    let names: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    network.list(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut told = Vec::new();
    for seed in [1, 1, 2] {
        let mut settings = settings(&network);
        settings.seed = seed;
        settings.injector.refuse_share = 0.5;
        settings.faults.lose = 0.5;
        let simulator = Simulator::start(settings).unwrap();
        crawl(&simulator).await;
        told.push(simulator.stop().await.items);
    }
    assert_eq!(told[0], told[1]);
    assert_ne!(told[0], told[2]);
}

#[tokio::test]
async fn it_crawls_by_itself_and_stops_while_callbacks_go_unanswered() {
    let network = Network::start().await;
    network.list(&["a"]);
    network.answer_next([StatusCode::SERVICE_UNAVAILABLE; 100]);
    let mut settings = settings(&network);
    settings.crawler.period_ms = 1;
    settings.callback.longest_wait_ms = 60_000;
    let simulator = Simulator::start(settings).unwrap();
    while simulator.report().crawls < 2 || simulator.report().callbacks.sent == 0 {
        tokio::task::yield_now().await;
    }
    let report = simulator.stop().await;
    assert_eq!(report.items["a"].unacknowledged, 1);
}
