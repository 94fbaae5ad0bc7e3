//! Lists of videos read their page from an index and never walk further than they may.

use mcnd::{
    catalog::{Catalog, Sql, VideoPage, VideoQuery},
    model::{Count, ListCursor, PageSize, State, VideoOrder, Words},
};

use super::{Store, TestDatabase, asked, both, creator, explained, filled, plan, plan_of};

/// The module of the statements of lists.
const LISTS: &str = "video_lists";

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_searched_in_an_index_on_sqlite() {
    let store = Store::open(TestDatabase::sqlite()).await;
    let mut faults = Vec::new();
    for (_, name, sql) in lists() {
        let plan = plan_of(&store, sql.sqlite);
        let sought = plan
            .lines()
            .any(|line| line.starts_with("SEARCH videos USING"));
        let bad = |line: &str| line.starts_with("SCAN videos") || line.contains("B-TREE FOR ORDER");
        if !sought || plan.lines().any(bad) {
            faults.push(format!("{name}:\n{plan}"));
        }
    }
    let found = Catalog::statements()
        .into_iter()
        .find(|(module, name, _)| (*module, *name) == ("words", "FOUND"));
    let plan = plan_of(&store, found.unwrap().2.sqlite);
    let place = |what: &str| plan.find(what).unwrap_or_else(|| panic!("{plan}"));
    assert!(
        place("video_search") < place("SEARCH words"),
        "it ends at its limit: {plan}"
    );
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_searched_in_an_index_on_postgres() {
    let store = filled(TestDatabase::postgres()).await;
    let mut faults = Vec::new();
    for (module, name, _) in lists() {
        // What narrows further changes no plan but the number of rows that it leaves.
        if name.contains("by_words")
            || name.contains("not_held")
            || name.starts_with("PAGE oldest")
            || name.starts_with("WALK")
        {
            continue;
        }
        let args = arguments(name);
        let plan = explained(&store, &asked(module, name, "", &args, ""), "EXPLAIN");
        if plan.contains("Seq Scan on") {
            faults.push(format!("{name} ({args}):\n{plan}"));
        }
    }
    let found = asked("words", "FOUND", "text, bigint", "'''v7777'':*', 2001", "");
    let plan = explained(&store, &found, "EXPLAIN");
    if !plan.contains("video_words_search") {
        faults.push(plan);
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

both!(
    async fn creators_are_ranked_by_one_waiting_video_of_each(db: TestDatabase) {
        let store = filled(db).await;
        let (types, args) = ("bigint, text, bigint, text", "-1, '', 50, '%'");
        let (more, words) = (", text".repeat(6), ", '%'".repeat(6));
        let [types_searched, args_searched] = [types.to_owned() + &more, args.to_owned() + &words];
        for (name, types, args) in [
            ("BY_WAITING", types, args),
            ("BY_WAITING_SEARCHED", &types_searched, &args_searched),
        ] {
            let plan = plan(&store, &asked("creator_lists", name, types, args, ""));
            assert!(plan.contains("videos_of_creator_waiting"), "{plan}");
            let scans = ["SCAN videos", "Seq Scan on videos"];
            assert!(!scans.iter().any(|scan| plan.contains(scan)), "{plan}");
        }
    }
);

both!(
    async fn a_search_for_a_rare_word_is_answered_from_its_index(db: TestDatabase) {
        let store = filled(db).await;
        let rare = VideoQuery {
            words: Some(Words::from("V7777 tit")),
            ..VideoQuery::default()
        };
        let page = page(&store, &rare, VideoOrder::Newest, None).await;
        let guids: Vec<_> = page
            .videos
            .iter()
            .map(|video| video.guid.as_str())
            .collect();
        let mut expected: Vec<_> = (0..10).map(|last| format!("v7777{last}")).collect();
        expected.push("v7777".to_owned());
        expected.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(guids, expected);
        assert_eq!(page.next, None);
        let count = store.catalog.count_videos(&rare).await.unwrap();
        assert_eq!(count, Count::Exact(11));
        // Too many videos have the second word for the index to be asked for it, but not all.
        let other = "UPDATE video_words SET words = 'v77773 other' WHERE video_id = 'v77773'";
        store.db.sql(other);
        expected.retain(|guid| guid != "v77773");
        let page = self::page(&store, &rare, VideoOrder::Newest, None).await;
        let guids = page.videos.iter().map(|video| video.guid.as_str());
        assert!(guids.eq(&expected));
        let count = store.catalog.count_videos(&rare).await.unwrap();
        assert_eq!(count, Count::Exact(10));
        let count = store.catalog.count_videos_exactly(&rare).await.unwrap();
        assert_eq!(count, 10);
    }
);

both!(
    async fn a_list_that_finds_some_on_each_stretch_has_each_once(db: TestDatabase) {
        let store = filled(db).await;
        let imported = VideoQuery {
            creator: Some(creator("paper")),
            state: Some(State::Imported),
            held: Some(true),
            ..VideoQuery::default()
        };
        let all = store.catalog.count_videos_exactly(&imported).await.unwrap();
        assert!(all > 5_000, "{all}");
        let mut met = Vec::new();
        for order in [VideoOrder::Oldest, VideoOrder::Newest] {
            let (mut ids, mut after) = (Vec::new(), None);
            loop {
                let page = page(&store, &imported, order, after).await;
                ids.extend(page.videos.into_iter().map(|video| video.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert!(ids.is_sorted() || ids.iter().rev().is_sorted());
            assert_eq!(i64::try_from(ids.len()), Ok(all), "{order:?}");
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(i64::try_from(ids.len()), Ok(all), "{order:?}");
            met.push(ids);
        }
        assert_eq!(met[0], met[1]);
        let counted = store.catalog.count_videos(&imported).await.unwrap();
        match counted {
            Count::Exact(exact) => assert_eq!(exact, all),
            Count::AtLeast(least) => assert!((100..=all).contains(&least), "{least}"),
        }
    }
);

both!(
    async fn a_list_that_finds_nothing_stops_on_its_way_and_goes_on(db: TestDatabase) {
        let store = filled(db).await;
        let of_paper = |state, words: Option<&str>| VideoQuery {
            creator: Some(creator("paper")),
            state: Some(state),
            words: words.map(Words::from),
            ..VideoQuery::default()
        };
        for query in [
            of_paper(State::Draft, None),
            // So many videos have the word that its index is no help.
            of_paper(State::Draft, Some("title")),
        ] {
            let (mut pages, mut after) = (0, None);
            loop {
                let page = page(&store, &query, VideoOrder::Oldest, after).await;
                assert_eq!(page.videos, []);
                pages += 1;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            // 80,020 rows of that creator, 20,000 a page at most and 1,000 at least.
            assert!((5..=81).contains(&pages), "{pages}: {query:?}");
        }
        let common = VideoQuery {
            words: Some(Words::from("title")),
            ..VideoQuery::default()
        };
        let first = page(&store, &common, VideoOrder::Newest, None).await;
        assert_eq!(first.videos.len(), 500);
        let counted = store.catalog.count_videos(&common).await.unwrap();
        assert!(matches!(counted, Count::AtLeast(1_000..)), "{counted:?}");
    }
);

both!(
    async fn counts_are_kept_or_end_above_ten_thousand(db: TestDatabase) {
        let store = filled(db).await;
        let count = async |query: &VideoQuery| store.catalog.count_videos(query).await.unwrap();
        let held = VideoQuery {
            held: Some(true),
            ..VideoQuery::default()
        };
        assert_eq!(count(&held).await.to_string(), "more than 10000");
        let refused = VideoQuery {
            breaks_rules: true,
            ..VideoQuery::default()
        };
        assert_eq!(count(&refused).await, Count::Exact(0));
        let of_alone = VideoQuery {
            creator: Some(creator("alone")),
            state: Some(State::Imported),
            ..VideoQuery::default()
        };
        assert_eq!(count(&of_alone).await, Count::Exact(10));
        let silent = VideoQuery {
            words: Some(Words::from("…")),
            ..VideoQuery::default()
        };
        assert_eq!(count(&silent).await, Count::Exact(0));
    }
);

fn lists() -> impl Iterator<Item = (&'static str, &'static str, Sql)> {
    let all = Catalog::statements().into_iter();
    all.filter(|(module, _, _)| *module == LISTS)
}

async fn page(
    store: &Store,
    query: &VideoQuery,
    order: VideoOrder,
    after: Option<ListCursor>,
) -> VideoPage {
    let page = store
        .catalog
        .list_videos(query, order, after.as_ref(), PageSize::MOST);
    page.await.unwrap()
}

/// Arguments for the statement of a list, by what its name says.
fn arguments(name: &str) -> String {
    let mut words = name.split(' ');
    let purpose = words.next().unwrap();
    let (mut args, mut by_time) = (Vec::new(), false);
    if purpose == "OWN" {
        args.push("'mark'");
    }
    for word in words {
        match word {
            "of_creator" => args.push("'alone'"),
            "in_state" => args.push("'imported'"),
            "refused_with" => args.push("'failed'"),
            "longest_waiting" => by_time = true,
            _ => {}
        }
    }
    let places: &[&str] = match (purpose, by_time) {
        ("OWN" | "AMONG", _) => &["'[\"v5\",\"v6\"]'"],
        ("WALK", _) => &["'v5'", "'v6'", "50"],
        ("END", false) => &["'v5'", "999"],
        ("END", true) => &["5", "'v5'", "999"],
        (_, false) => &["'v6'", "'v5'", "50"],
        (_, true) => &["5", "'v5'", "900", "'v9'", "50"],
    };
    args.extend(places);
    args.join(", ")
}
