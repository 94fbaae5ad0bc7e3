//! Lists of creators: in an order, narrowed, searched, page by page.

use mcnd::{
    catalog::{CreatorQuery, NewCreator},
    model::{CreatorOrder, CreatorStatus, PageSize, Timestamp, Words},
};

use super::store::{Store, creator, new_creator, video};
use crate::harness::both;

/// Five creators: what waits since when, what was refused and imported.
const CREATORS: [(&str, &str, Option<i64>, i64, i64); 5] = [
    ("a-1", "Paper Boats", Some(50), 0, 10),
    ("b-2", "Été Films", None, 5, 5),
    ("c-3", "Boatyard", Some(20), 1, 99),
    ("d-4", "Quiet", None, 0, 0),
    ("e-5", "Loud", Some(50), 3, 0),
];

async fn filled(store: &Store) {
    for (id, name, waiting, refused, imported) in CREATORS {
        let new = NewCreator {
            name: name.to_owned(),
            ..new_creator(id)
        };
        store.add_creator(new).await;
        if let Some(since) = waiting {
            let mut first = video(id);
            first.creator = creator(id);
            store.add(vec![first]).await;
            store.db.sql(&format!(
                "UPDATE videos SET listed_from = {since} WHERE guid = '{id}'"
            ));
        }
        store.db.sql(&format!(
            "UPDATE creators SET videos_refused = {refused}, videos_imported = {imported} WHERE id = '{id}'"
        ));
    }
}

/// The ids of a whole list, read in pages of two.
async fn listed(store: &Store, query: &CreatorQuery, order: CreatorOrder) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let size = PageSize::try_from(2).unwrap();
        let page = store
            .catalog
            .ranked_creators(query, order, after.as_ref(), size);
        let page = page.await.unwrap();
        assert!(page.creators.len() <= 2);
        ids.extend(
            page.creators
                .into_iter()
                .map(|one| one.creator.id.to_string()),
        );
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

fn searching(text: &str) -> CreatorQuery {
    CreatorQuery {
        words: Some(Words::from(text)),
        ..CreatorQuery::default()
    }
}

both!(
    async fn creators_are_listed_by_what_needs_a_look(db: TestDatabase) {
        let store = Store::open(db).await;
        filled(&store).await;
        let all = CreatorQuery::default();
        let by_id = listed(&store, &all, CreatorOrder::Id).await;
        assert_eq!(by_id, ["a-1", "b-2", "c-3", "d-4", "e-5"]);
        let waiting = listed(&store, &all, CreatorOrder::OldestWaiting).await;
        assert_eq!(waiting, ["c-3", "a-1", "e-5", "b-2", "d-4"]);
        let failing = listed(&store, &all, CreatorOrder::FailureRate).await;
        assert_eq!(failing, ["e-5", "b-2", "c-3", "a-1", "d-4"]);
        let page =
            store
                .catalog
                .ranked_creators(&all, CreatorOrder::FailureRate, None, PageSize::MOST);
        let page = page.await.unwrap().creators;
        let shown = |at: usize| {
            let one = &page[at];
            (
                one.oldest_waiting.map(Timestamp::as_millis),
                one.creator.counts.refused_per_mille(),
            )
        };
        assert_eq!(shown(0), (Some(50), Some(1_000)));
        assert_eq!(shown(2), (Some(20), Some(10)));
        assert_eq!(shown(4), (None, None));
    }
);

both!(
    async fn creators_are_found_by_words_and_status(db: TestDatabase) {
        let store = Store::open(db).await;
        filled(&store).await;
        store
            .db
            .sql("UPDATE creators SET status = 'paused' WHERE id IN ('c-3', 'd-4')");
        let order = CreatorOrder::Id;
        for (text, expected) in [
            ("boat", &["a-1", "c-3"][..]),
            ("ÉT", &["b-2"]),
            ("e 5", &["e-5"]),
            ("oats", &[]),
            ("…", &[]),
            ("%", &[]),
        ] {
            assert_eq!(
                listed(&store, &searching(text), order).await,
                expected,
                "{text}"
            );
        }
        let paused = CreatorQuery {
            status: Some(CreatorStatus::Paused),
            ..searching("boat")
        };
        let failing = CreatorOrder::FailureRate;
        assert_eq!(listed(&store, &paused, failing).await, ["c-3"]);
    }
);

both!(
    async fn creators_of_an_older_program_are_given_their_words(db: TestDatabase) {
        let store = Store::open(db).await;
        filled(&store).await;
        store
            .db
            .sql("UPDATE creators SET words = NULL WHERE id <> 'a-1'");
        let (query, order) = (searching("boat"), CreatorOrder::OldestWaiting);
        assert_eq!(listed(&store, &query, order).await, ["a-1"]);
        let all = listed(&store, &CreatorQuery::default(), order).await;
        assert_eq!(all.len(), 5);
        for filled in [3, 1, 0] {
            let mut tx = store.begin().await;
            assert_eq!(tx.fill_creator_words(3).await.unwrap(), filled);
            tx.commit().await.unwrap();
        }
        assert_eq!(listed(&store, &query, order).await, ["c-3", "a-1"]);
    }
);
