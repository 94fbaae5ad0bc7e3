//! Pages of the dashboard and lists of the API on a network of its full size, with many requests in flight.

mod asked;

use std::time::Duration;

use crate::support::{
    access::Access,
    daemon::Daemon,
    load::{get, look, time_each},
    network::Network,
    table::{Times, print_times},
};

use asked::{Asked, Face};

const IN_FLIGHT: usize = 20;
/// How long each is asked before it is measured, and then.
const WARM_UP: Duration = Duration::from_millis(300);
const TIME: Duration = Duration::from_millis(1_200);

pub(crate) async fn measure(network: &Network, store: &str) {
    let daemon = Daemon::start(&network.site).await;
    // Some pages ask for a password that was given lately, so the owner signs in last.
    let access = Access::of(&network.site).await;
    let mut lines = Vec::new();
    for asked in asked::all(network) {
        lines.push(timed(&daemon, &access, asked).await);
    }
    let videos = network.size.videos;
    let title =
        format!("pages and lists, {videos} videos, {IN_FLIGHT} requests in flight, {store}");
    print_times(&title, &lines);
}

async fn timed(daemon: &Daemon, access: &Access, asked: Asked) -> Times {
    let request = |path: &String| match asked.face {
        Face::Page => look(path, &access.cookie),
        Face::Api => get(path, &access.key, ""),
    };
    let requests: Vec<_> = asked.paths.iter().map(request).collect();
    time_each(daemon.operator, IN_FLIGHT, &requests, WARM_UP).await;
    let mut took = time_each(daemon.operator, IN_FLIGHT, &requests, TIME).await;
    took.sort_unstable();
    let millis = |at: usize| took[took.len() * at / 100].as_secs_f64() * 1_000.0;
    Times {
        name: asked.name,
        median: millis(50),
        slowest: millis(99),
        most: asked.most,
    }
}
