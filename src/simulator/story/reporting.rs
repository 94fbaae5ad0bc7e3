//! What becomes of the items, and what the callback address is told about them.

use std::collections::{BTreeSet, HashMap, HashSet};

use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::network::Network;
use super::{crawl, settings, start};
use crate::simulator::{Fate, Faults, Rule, Saying, Simulator};

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
