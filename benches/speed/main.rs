//! How fast the daemon is, each figure beside a limit that is measured in the same run.
//!
//! `cargo bench --bench speed` runs everything; `-- feeds callbacks` runs those parts.

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
mod support;
mod unchanged;

use std::env;

use tokio::runtime;

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
    if named("bulk") {
        bulk::measure().await;
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
