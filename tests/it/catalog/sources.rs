//! Kept sources, their leases, and the right to import.

use std::{collections::BTreeSet, time::Duration};

use mcnd::{
    catalog::{Catalog, NewSource, SourceCounts},
    model::{
        CreatorId, Digest, ImportId, LastPull, PullOutcome, Recipe, Source, SourceId, Timestamp,
    },
};

use super::store::{CREATOR, Store, at, creator};
use crate::harness::{both, databases::Kind};

const LEASE: Duration = Duration::from_hours(1);

fn id(text: &str) -> SourceId {
    text.parse().unwrap()
}

fn new(name: &str) -> NewSource {
    NewSource {
        id: id(name),
        creator: Some(creator(CREATOR)),
        url: format!("https://{name}.example/é?x=1"),
        credentials_file: Some("/run/secrets/feed".to_owned()),
        recipe: Recipe {
            map: vec!["Näme=title".to_owned()],
            derive_guid: true,
            ..Recipe::default()
        },
        every: Some(Duration::from_mins(5)),
    }
}

async fn keep(store: &Store, new: &NewSource) -> bool {
    let mut tx = store.begin().await;
    let added = tx.add_source(new, at(1)).await.unwrap();
    tx.commit().await.unwrap();
    added
}

async fn claim(store: &Store, source: &str, name: &str) -> bool {
    claim_due(store, source, name, None).await
}

async fn claim_due(store: &Store, source: &str, name: &str, due: Option<Timestamp>) -> bool {
    let mut tx = store.begin().await;
    let source = id(source);
    let claim = tx.claim_source(&source, name, due, at(0), LEASE);
    let taken = claim.await.unwrap();
    tx.commit().await.unwrap();
    taken
}

async fn settle(store: &Store, source: &Source, name: &str) -> bool {
    let mut tx = store.begin().await;
    let settled = tx.settle_source(source, name).await.unwrap();
    tx.commit().await.unwrap();
    settled.is_some()
}

async fn found(store: &Store, name: &str) -> Source {
    let found = store.catalog.find_source(&id(name)).await.unwrap();
    found.unwrap()
}

both!(
    async fn a_source_comes_back_as_it_was_kept(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        let given = new("partner");
        assert!(keep(&store, &given).await);
        assert!(!keep(&store, &given).await);
        let kept = found(&store, "partner").await;
        assert_eq!((&kept.url, &kept.recipe), (&given.url, &given.recipe));
        assert_eq!((&kept.creator, kept.every), (&given.creator, given.every));
        assert_eq!(kept.credentials_file, given.credentials_file);
        assert_eq!(
            (kept.due_at, kept.paused, kept.failures),
            (Some(at(1)), false, 0)
        );
        assert!(keep(&store, &new("another")).await);
        let listed = store.catalog.list_sources(None, 10).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[1], kept);
        let behind = store.catalog.list_sources(Some(&id("another")), 10).await;
        assert_eq!(behind.unwrap(), [kept]);
        let mut tx = store.begin().await;
        assert!(tx.remove_source(&id("another")).await.unwrap());
        assert!(!tx.remove_source(&id("another")).await.unwrap());
        tx.commit().await.unwrap();
    }
);

both!(
    async fn a_source_has_one_holder_who_alone_settles_it(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        keep(&store, &new("partner")).await;
        assert!(claim(&store, "partner", "one").await);
        assert!(!claim(&store, "partner", "two").await);
        let mut source = found(&store, "partner").await;
        source.known.etag = Some("\"é\"".to_owned());
        source.known.digest = Some(Digest::of(b"document"));
        source.known.items = Some(9);
        source.waiting_items = Some(3);
        let last = LastPull {
            at: at(5),
            outcome: PullOutcome::Waiting,
            message: Some("3 items where there were 9".to_owned()),
            import: Some(ImportId::from("i".to_owned())),
        };
        source.end_pull(last, None, 0.0);
        assert!(!settle(&store, &source, "two").await);
        assert!(settle(&store, &source, "one").await);
        assert_eq!(found(&store, "partner").await, source);
        assert!(claim(&store, "partner", "two").await);
        assert!(!settle(&store, &source, "one").await);
    }
);

both!(
    async fn a_source_that_somebody_pulled_meanwhile_is_not_due_any_more(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        keep(&store, &new("partner")).await;
        let due = found(&store, "partner").await.due_at.unwrap();
        assert!(
            !claim_due(
                &store,
                "partner",
                "one",
                Some(due.before(Duration::from_mins(1)))
            )
            .await
        );
        assert!(claim_due(&store, "partner", "one", Some(due)).await);
        store
            .db
            .sql("UPDATE sources SET lease_until = NULL, due_at = NULL");
        assert!(!claim_due(&store, "partner", "two", Some(due)).await);
        assert!(claim(&store, "partner", "two").await);
    }
);

both!(
    async fn a_lease_that_has_ended_is_anybodys(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        keep(&store, &new("partner")).await;
        assert!(claim(&store, "partner", "one").await);
        // Postgres asks its own clock, so the lease itself is put into the past.
        let ended = match store.db.kind() {
            Kind::Sqlite => at(0).as_millis(),
            Kind::Postgres => 1,
        };
        store
            .db
            .sql(&format!("UPDATE sources SET lease_until = {ended}"));
        assert!(claim(&store, "partner", "two").await);
        let mut tx = store.begin().await;
        let renew = |name: &'static str| (id("partner"), name);
        for (name, kept) in [("one", false), ("two", true)] {
            let (source, name) = renew(name);
            assert_eq!(
                tx.renew_source(&source, name, at(9), LEASE).await.unwrap(),
                kept
            );
        }
        tx.release_source(&id("partner"), "two").await.unwrap();
        tx.commit().await.unwrap();
        assert!(claim(&store, "partner", "three").await);
    }
);

both!(
    async fn what_is_paused_is_never_due_and_what_waits_can_be_agreed_to(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        for name in ["one", "two"] {
            keep(&store, &new(name)).await;
        }
        let mut by_hand = new("three");
        by_hand.every = None;
        keep(&store, &by_hand).await;
        let due = async |now| store.catalog.due_sources(at(now), 10).await.unwrap();
        assert_eq!(due(0).await, []);
        assert_eq!(due(1).await.len(), 2);
        store
            .db
            .sql("UPDATE sources SET waiting_items = 4, items = 9, failures = 1 WHERE id = 'one'");
        let mut tx = store.begin().await;
        tx.pause_source(&id("two"), true, None).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(due(1).await, [id("one")]);
        let counts = SourceCounts {
            kept: 3,
            paused: 1,
            failing: 1,
            waiting: 1,
        };
        assert_eq!(store.catalog.source_counts().await.unwrap(), counts);
        let mut tx = store.begin().await;
        assert!(tx.source_waits(&id("one")).await.unwrap());
        assert!(!tx.source_waits(&id("two")).await.unwrap());
    }
);

both!(
    async fn what_a_clock_wrote_before_it_jumped_back_holds_up_no_source(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        keep(&store, &new("partner")).await;
        let ahead = |lease: i64| format!("UPDATE sources SET lease_until = {lease}");
        let postgres = store.db.kind() == Kind::Postgres;
        let now = if postgres {
            store
                .db
                .value("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
                .parse()
                .unwrap()
        } else {
            at(0).as_millis()
        };
        let lease = i64::try_from(LEASE.as_millis()).unwrap();
        store.db.sql(&ahead(now + 2 * lease));
        assert!(!claim(&store, "partner", "one").await);
        store.db.sql(&ahead(now + 3 * lease));
        assert!(claim(&store, "partner", "one").await);

        let due = async |failures: i64, ahead: i64| {
            store.db.sql(&format!(
                "UPDATE sources SET lease_until = NULL, failures = {failures}, due_at = {}",
                at(0).as_millis() + ahead
            ));
            let listed = store.catalog.due_sources(at(0), 10).await.unwrap().len() == 1;
            let claimed = claim_due(&store, "partner", "two", Some(at(0))).await;
            assert_eq!(listed, claimed);
            claimed
        };
        let (minute, day) = (60_000, 86_400_000);
        for (failures, ahead, is_due) in [
            (0, 0, true),
            (0, minute, false),
            (0, 11 * minute / 2, false),
            (0, 11 * minute / 2 + 1, true),
            (3, 11 * minute, false),
            (3, day, false),
            (3, day + 1, true),
        ] {
            assert_eq!(due(failures, ahead).await, is_due, "{failures} {ahead}");
        }
    }
);

async fn try_lock(catalog: &Catalog, creators: &[&str]) -> Option<mcnd::catalog::ImportLock> {
    let creators: BTreeSet<CreatorId> = creators.iter().map(|id| creator(id)).collect();
    catalog.try_lock_imports(&creators).await.unwrap()
}

both!(
    async fn the_right_to_import_a_creator_is_one_imports_until_it_is_dropped(db: TestDatabase) {
        let postgres = db.kind() == Kind::Postgres;
        let store = Store::open(db).await;
        let held = try_lock(&store.catalog, &["a", "b"]).await;
        assert!(held.is_some());
        assert!(try_lock(&store.catalog, &["b", "c"]).await.is_none());
        // A SQLite file takes one import at a time, whosever rows they are.
        assert_eq!(try_lock(&store.catalog, &["c"]).await.is_some(), postgres);
        drop(held);
        crate::harness::wait_until("the lock", Duration::from_secs(5), async || {
            try_lock(&store.catalog, &["b", "c"]).await
        })
        .await;
        assert!(try_lock(&store.catalog, &[]).await.is_some());
    }
);
