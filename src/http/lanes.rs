//! What is shed first when more is asked than can be done: user list and feeds, whose crawler comes again anyway.
//!
//! Callbacks have the inbox's queue, operators a listener of their own; neither waits behind a crawl.

use std::time::Duration;

use axum::{BoxError, Router, error_handling::HandleErrorLayer};
use tower::{ServiceBuilder, limit::GlobalConcurrencyLimitLayer, load_shed::LoadShedLayer};

use super::Problem;

/// How long a crawler should wait that was not let in.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// Routes of which at most so many requests are under way, until their answers begin; the next one is answered with 503 at
/// once. How long those wait for a connection to the database is its own limit's matter.
pub(super) fn crawls<S>(router: Router<S>, most: usize) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let shedding = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(shed))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(most));
    router.layer(shedding)
}

/// Too many requests are the only thing that can go wrong here.
async fn shed(_overloaded: BoxError) -> Problem {
    Problem::busy(RETRY_AFTER).in_plain_text()
}
