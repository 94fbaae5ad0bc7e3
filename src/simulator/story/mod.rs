//! The simulator against a small network: what it asks for, what it takes, what it reports.

mod network;
mod reading;
mod reporting;

use super::{Callback, Crawler, Handle, Injector, Settings, Simulator};
use network::Network;

/// Crawls when asked to, imports at once, refuses nothing.
fn settings(network: &Network) -> Settings {
    Settings {
        seed: 1,
        crawler: Crawler {
            user_list: network.address("/users.json"),
            period_ms: 0,
            ..Crawler::default()
        },
        injector: Injector {
            import_ms: 0,
            jitter_ms: 0,
            refuse_share: 0.0,
            progress_share: 0.0,
        },
        callback: Callback {
            address: network.address("/callback"),
            gather_ms: 1,
            first_wait_ms: 1,
            longest_wait_ms: 5,
            ..Callback::default()
        },
        ..Settings::default()
    }
}

fn start(network: &Network) -> Handle {
    Simulator::start(settings(network)).unwrap()
}

async fn crawl(simulator: &Handle) {
    simulator.crawl_now().await;
    simulator.settled().await;
}

fn guids(simulator: &Handle) -> Vec<String> {
    simulator.report().items.into_keys().collect()
}
