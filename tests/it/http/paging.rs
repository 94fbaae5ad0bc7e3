//! Pages of feeds that list imported videos, and feeds of any size: nothing is missed, whatever happens between them.

use std::collections::BTreeSet;

use mcnd::model::FeedMode;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;

use crate::harness::{
    app::{BASE, TestApp, guids_in},
    both,
    given::{by, ready},
};

const MODES: [FeedMode; 2] = [FeedMode::Full, FeedMode::Delta];
const FEED: &str = "/feeds/a.xml";

/// A creator `a` in that mode with so many videos, every third of them imported.
async fn mixed(test: &TestApp, mode: FeedMode, count: usize) -> Vec<String> {
    test.creator("a").await;
    test.set_mode("a", mode).await;
    let guids = (0..count)
        .map(|number| format!("g{number:04}"))
        .collect::<Vec<_>>();
    test.videos("a", &guids.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    let events = guids.iter().step_by(3).map(|guid| ready(guid, "x1"));
    test.deliver(&events.collect()).await;
    guids
}

/// The guids of a page, and the path of the next one.
async fn page(test: &TestApp, path: &str) -> (Vec<String>, Option<String>) {
    let feed = test.get(path).await.expect(200);
    let document = roxmltree::Document::parse(feed.text()).unwrap();
    let next = document
        .descendants()
        .find(|node| node.attribute("rel") == Some("next"));
    let next = next.map(|link| link.attribute("href").unwrap().replace(BASE, ""));
    (guids_in(feed.text()), next)
}

/// Every page, one after the other, with something happening between two.
async fn walk(test: &TestApp, mut between: impl AsyncFnMut()) -> Vec<Vec<String>> {
    let (mut path, mut pages) = (Some(FEED.to_owned()), Vec::new());
    while let Some(asked) = path {
        let (guids, next) = page(test, &asked).await;
        pages.push(guids);
        path = next;
        between().await;
        assert!(pages.len() < 1_000, "the pages never end");
    }
    pages
}

fn sorted(pages: &[Vec<String>]) -> Vec<String> {
    let mut all = pages.concat();
    all.sort();
    all
}

both!(
    async fn the_next_links_lead_through_everything_exactly_once(db: TestDatabase) {
        let mut test = TestApp::start(db, &[]).await;
        let guids = mixed(&test, FeedMode::Full, 20).await;
        for mode in MODES {
            test.set_mode("a", mode).await;
            for limit in [1, 2, 3, 6, 7, 13, 14, 19, 20, 21] {
                test.set("feed.limit", &limit.to_string()).await;
                for max_bytes in ["5000000", "0"] {
                    test.set("feed.max_bytes", max_bytes).await;
                    let pages = walk(&test, async || ()).await;
                    assert_eq!(sorted(&pages), guids, "{limit}, {max_bytes}");
                    assert_eq!(pages.len(), 20_usize.div_ceil(limit), "{limit}");
                    assert_eq!(pages.concat()[13], guids[0], "imported ones come last");
                }
            }
            test.set("feed.max_bytes", "3500").await;
            test.set("feed.limit", "0").await;
            let pages = walk(&test, async || ()).await;
            assert_eq!(sorted(&pages), guids);
            assert!(pages.len() > 2, "{}", pages.len());
        }
    }
);

/// Something that may happen while a crawler pages.
async fn happen(test: &TestApp, dice: &mut StdRng, gone: &mut BTreeSet<String>) {
    test.advance(std::time::Duration::from_secs(dice.random_range(0..3)));
    let guid = format!("g{:04}", dice.random_range(0..20));
    match dice.random_range(0..6) {
        0..3 => {
            test.deliver(&ready(&guid, "x1")).await;
        }
        3 if !gone.contains(&guid) => {
            let title = format!("Title {}", test.app.new_id());
            test.video("a", &guid, json!({ "title": title })).await;
        }
        4 => {
            let done = test.app.take_down_video(guid.parse().unwrap(), by());
            if done.await.is_ok() {
                gone.insert(guid);
            }
        }
        _ => test.video("a", &test.app.new_id(), json!({})).await,
    }
}

both!(
    async fn nothing_is_skipped_while_videos_move(db: TestDatabase) {
        let mut test = TestApp::start(db, &[("feed.limit", "2")]).await;
        let guids = mixed(&test, FeedMode::Full, 20).await;
        let mut dice = StdRng::seed_from_u64(7);
        let mut gone = BTreeSet::new();
        for round in 0..8 {
            test.set_mode("a", MODES[round % 2]).await;
            let max_bytes = if round % 3 == 0 { "0" } else { "5000000" };
            test.set("feed.max_bytes", max_bytes).await;
            let seen = walk(&test, async || happen(&test, &mut dice, &mut gone).await).await;
            let seen = seen.concat();
            for guid in guids.iter().filter(|guid| !gone.contains(*guid)) {
                assert!(seen.contains(guid), "{guid} was skipped in round {round}");
            }
        }
        assert!(gone.len() < guids.len());
    }
);

both!(
    async fn the_daily_cap_holds_over_all_pages(db: TestDatabase) {
        let test = TestApp::start(db, &[("feed.limit", "2"), ("feed.daily_cap", "8")]).await;
        let guids = mixed(&test, FeedMode::Full, 9).await;
        // Three were imported today, so five of the six that wait may go out.
        let listed = walk(&test, async || ()).await.concat();
        let waiting = guids
            .iter()
            .enumerate()
            .filter(|(number, _)| number % 3 > 0);
        let waiting = waiting.map(|(_, guid)| guid.clone()).take(5);
        let imported = guids.iter().step_by(3).cloned();
        assert_eq!(listed, waiting.chain(imported).collect::<Vec<_>>());
    }
);

both!(
    async fn without_limits_every_mode_streams_everything(db: TestDatabase) {
        let test = TestApp::start(db, &[("feed.limit", "0"), ("feed.max_bytes", "0")]).await;
        let guids = mixed(&test, FeedMode::Full, 3_000).await;
        for mode in MODES {
            test.set_mode("a", mode).await;
            let feed = test.feed("a").await;
            assert_eq!(feed.header("transfer-encoding"), Some("chunked"));
            let listed = guids_in(feed.text());
            assert_eq!(sorted(&[listed]), guids);
            assert!(!feed.text().contains("\"next\""));
        }
        test.set_mode("a", FeedMode::Drain).await;
        assert_eq!(test.feed_guids("a").await.len(), 2_000);
    }
);

both!(
    async fn a_slow_reader_of_a_stream_holds_no_connection(db: TestDatabase) {
        let settings = [
            ("feed.limit", "0"),
            ("feed.max_bytes", "0"),
            ("database.read_connections", "1"),
            ("database.connections", "2"),
        ];
        let test = TestApp::start(db, &settings).await;
        let guids = mixed(&test, FeedMode::Full, 3_000).await;
        let mut slow = Vec::new();
        for _reader in 0..6 {
            // The answer has begun, and nobody reads on.
            slow.push(test.crawl(FEED).send().await.unwrap());
        }
        assert_eq!(test.feed_guids("a").await.len(), guids.len());
        for reader in slow {
            let text = reader.text().await.unwrap();
            assert_eq!(sorted(&[guids_in(&text)]), guids);
        }
    }
);
