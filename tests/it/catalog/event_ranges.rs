//! Ranges of kept events: what is counted is what is listed and what a walk meets.

use mcnd::{
    app::EventRange,
    catalog::{FiledEvent, KeptEvent},
    model::{Outcome, Timestamp},
};

use super::store::{Store, at, ready};
use crate::harness::both;

/// Six events, one at each moment from 1 on: three guids, ready and orphan in turn, and the last one progress.
async fn filled(db: crate::harness::databases::TestDatabase) -> Store {
    let store = Store::open(db).await;
    for number in 1..=6_i64 {
        let element = ready(&format!("g{}", number % 3), &format!("x{number}"));
        let outcome = match number {
            6 => Outcome::Progress,
            odd if odd % 2 == 1 => Outcome::Orphan,
            _even => Outcome::Ready,
        };
        let event = KeptEvent {
            element: &element,
            outcome,
            alarm: None,
            epoch: None,
        };
        let mut tx = store.begin().await;
        let policy = tx.feed_policy().await.unwrap();
        tx.file_events(&[event], &[], &[], policy, at(number))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    store
}

/// Which of the six an event is.
fn number(event: &FiledEvent) -> i64 {
    event.received_at.as_millis() - at(0).as_millis()
}

/// The numbers of the range's events, as a walk in steps of `step` meets them.
async fn walked(store: &Store, range: &EventRange, step: i64) -> Vec<i64> {
    let (mut met, mut after) = (Vec::new(), None);
    loop {
        let page = store.catalog.walk_events(range, after, step).await.unwrap();
        let Some(last) = page.last() else { return met };
        after = Some((last.received_at, last.digest));
        met.extend(page.iter().map(number));
    }
}

both!(
    async fn every_narrowing_counts_lists_and_walks_the_same(db: TestDatabase) {
        let store = filled(db).await;
        let all = EventRange::default();
        let outcome = |outcome| EventRange {
            outcome: Some(outcome),
            ..EventRange::default()
        };
        let of_guid = EventRange {
            guid: Some("g1".to_owned()),
            ..EventRange::default()
        };
        let span = |since: Option<Timestamp>, until| EventRange {
            since,
            until,
            ..EventRange::default()
        };
        let both = EventRange {
            outcome: Some(Outcome::Orphan),
            ..of_guid.clone()
        };
        let ranges: [(EventRange, &[i64]); 9] = [
            (all, &[1, 2, 3, 4, 5, 6]),
            (outcome(Outcome::Ready), &[2, 4]),
            (outcome(Outcome::Progress), &[6]),
            (outcome(Outcome::Orphan), &[1, 3, 5]),
            (of_guid, &[1, 4]),
            (both, &[1]),
            (span(Some(at(2)), None), &[2, 3, 4, 5, 6]),
            (span(None, Some(at(3))), &[1, 2, 3]),
            (span(Some(at(3)), Some(at(2))), &[]),
        ];
        for (range, expected) in ranges {
            assert_eq!(walked(&store, &range, 2).await, expected, "{range:?}");
            let count = store.catalog.count_events(&range).await.unwrap();
            assert_eq!(usize::try_from(count).unwrap(), expected.len(), "{range:?}");
            let newest = store.catalog.newest_in(&range, 10).await.unwrap();
            let newest: Vec<_> = newest.iter().map(number).collect();
            assert!(newest.iter().rev().eq(expected), "{range:?}: {newest:?}");
        }
    }
);
