//! Imports that were applied.

use mcnd::{
    catalog::ImportRun,
    model::{Digest, ImportCounts, ImportId},
};

use super::store::{Store, at};
use crate::harness::both;

both!(
    async fn an_import_is_noted_when_it_starts_and_when_it_ends(db: TestDatabase) {
        let store = Store::open(db).await;
        let run = |id: &str| ImportRun {
            id: ImportId::from(id.to_owned()),
            source: "bötchen.csv".to_owned(),
            digest: Digest::of(id.as_bytes()),
            started_at: at(1),
            finished_at: None,
            counts: ImportCounts::default(),
        };
        let (first, mut second) = (run("1"), run("2"));
        let mut tx = store.begin().await;
        for run in [&first, &second] {
            tx.start_import(&run.id, &run.source, &run.digest, at(1))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let newest = store.catalog.newest_imports(None, 10).await.unwrap();
        assert_eq!(newest, [second.clone(), first.clone()]);
        second.counts = ImportCounts {
            created: 1,
            updated: 2,
            unchanged: 3,
            conflicts: 4,
            blocked: 5,
            errors: 6,
        };
        second.finished_at = Some(at(2));
        let mut tx = store.begin().await;
        tx.finish_import(&second.id, second.counts, at(2))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let newest = store.catalog.newest_imports(None, 10).await.unwrap();
        assert_eq!(newest, [second.clone(), first]);
        assert_eq!(
            store.catalog.newest_imports(None, 1).await.unwrap(),
            [second]
        );
    }
);
