//! How fast the daemon is, each figure beside a limit that is measured in the same run.
//!
//! `cargo bench --bench speed` runs everything; `-- feeds callbacks` runs those parts, and `--videos=100000` makes the
//! network of `pages` and `bulk`, which takes minutes and some 20 GB, a smaller one.

#![cfg(test)]

mod behind;
mod bulk;
mod callbacks;
mod child;
mod feeds;
#[expect(
    dead_code,
    unused_imports,
    reason = "the integration tests' own, of which benchmarks use a part"
)]
#[path = "../../tests/it/harness/mod.rs"]
mod harness;
mod idle;
mod imports;
mod large;
mod mrss;
mod pages;
mod support;
mod unchanged;

use std::{env, time::Instant};

use tokio::runtime;

use harness::databases::Kind;
use support::network::{self, Network};

// As in the daemon's own program; SQLite allocates through it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    if let [flag, file, rest @ ..] = arguments.as_slice()
        && flag == child::FLAG
    {
        return child::run(file, !rest.is_empty());
    }
    // One thread for the load leaves the other core to the daemon.
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(measure(&arguments));
}

/// Runs the named parts, or all of them.
async fn measure(arguments: &[String]) {
    let named = |part: &str| {
        let mut names = arguments.iter().filter(|word| !word.starts_with('-'));
        names.clone().next().is_none() || names.any(|name| name == part)
    };
    if named("feeds") {
        feeds::measure().await;
    }
    if named("behind") {
        behind::measure().await;
    }
    if named("large") {
        large::measure().await;
    }
    if named("unchanged") {
        unchanged::measure().await;
    }
    if named("callbacks") {
        callbacks::measure().await;
    }
    if named("pages") || named("bulk") {
        on_networks(arguments, named).await;
    }
    if named("imports") {
        imports::measure().await;
    }
    if named("mrss") {
        mrss::measure().await;
    }
    if named("idle") {
        idle::measure().await;
    }
}

/// The parts that share a network, on each store.
async fn on_networks(arguments: &[String], named: impl Fn(&str) -> bool) {
    let told = arguments
        .iter()
        .find_map(|word| word.strip_prefix("--videos="));
    let videos = told.map_or(network::VIDEOS, |count| count.parse().unwrap());
    for (kind, store) in [(Kind::Sqlite, "SQLite"), (Kind::Postgres, "Postgres")] {
        let began = Instant::now();
        let network = Network::new(kind, videos).await;
        eprintln!(
            "a network of {videos} videos, {store}: {:.0?}",
            began.elapsed()
        );
        if named("pages") {
            pages::measure(&network, store).await;
        }
        if named("bulk") {
            bulk::measure(&network, store).await;
        }
    }
}
