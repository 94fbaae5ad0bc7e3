//! What is shed first when more is asked than can be done: user list and feeds, whose crawler comes again anyway.
//!
//! Callbacks have the inbox's queue, operators a listener of their own; neither waits behind a crawl.

use std::time::Duration;

use axum::{BoxError, Router, error_handling::HandleErrorLayer};
use tower::{ServiceBuilder, limit::GlobalConcurrencyLimitLayer, load_shed::LoadShedLayer};

use super::Problem;
use crate::config::{Config, Database, DatabaseKind};

/// How long a crawler should wait that was not let in.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// Connections to Postgres that crawls leave to everything else.
const LEFT: u32 = 2;

/// Routes of which at most `server.max_crawls` requests are under way, until their answers begin; the next one is
/// answered with 503 at once. Of these, as many are worked on as the database has connections for; the rest waits.
pub(super) fn crawls<S>(router: Router<S>, config: &Config) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let shedding = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(shed))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(config.server.max_crawls));
    // A layer of its own: together, the requests that wait would be shed.
    let waiting = GlobalConcurrencyLimitLayer::new(at_once(&config.database));
    router.layer(waiting).layer(shedding)
}

fn at_once(database: &Database) -> usize {
    let connections = match database.kind() {
        // Feeds are read over connections of their own.
        DatabaseKind::Sqlite => database.read_connections.saturating_mul(2),
        DatabaseKind::Postgres => database.connections.saturating_sub(LEFT),
    };
    connections.max(1) as usize
}

/// Too many requests are the only thing that can go wrong here.
async fn shed(_overloaded: BoxError) -> Problem {
    Problem::busy(RETRY_AFTER).in_plain_text()
}
