//! What a daemon costs that has nothing to do: its memory, and the time from its start until it is ready.

use std::time::{Duration, Instant};

use crate::{
    harness::{
        databases::Kind,
        process::{self, Process},
    },
    support::{
        clock::resident_bytes,
        daemon::ready,
        site::Site,
        table::{Against, Line, median, print},
    },
};

const TURNS: usize = 5;
/// Long enough for every job to have run.
const SETTLED: Duration = Duration::from_secs(3);
const MEBIBYTE: f64 = 1024.0 * 1024.0;

pub(crate) async fn measure() {
    let mut lines = Vec::new();
    for (kind, name) in [(Kind::Sqlite, "SQLite"), (Kind::Postgres, "Postgres")] {
        let site = Site::new(kind, 1_000, "").await;
        let (mut starts, mut memory) = (Vec::new(), Vec::new());
        for _turn in 0..TURNS {
            let started = Instant::now();
            let daemon = serve(&site).await;
            starts.push(started.elapsed().as_secs_f64() * 1_000.0);
            tokio::time::sleep(SETTLED).await;
            memory.push(resident_bytes(daemon.id()) / MEBIBYTE);
        }
        lines.push(line(
            format!("from start to ready, {name}"),
            "ms",
            median(&starts),
            300.0,
        ));
        lines.push(line(
            format!("resident memory, {name}"),
            "MiB",
            median(&memory),
            40.0,
        ));
    }
    print(
        "idle daemon on an existing database of 1,000 videos",
        &lines,
    );
}

/// Starts `mcnd serve` and returns when it is ready.
async fn serve(site: &Site) -> Process {
    const WORDS: &str = "the operator listener answers on ";
    let mut command = process::mcnd();
    command.args(["serve", "--config"]).arg(site.config_file());
    let mut process = Process::start(command, "");
    let line = process.says(WORDS).await;
    let (_before, address) = line.split_once(WORDS).expect("the line holds these words");
    let address = address.split(' ').next().unwrap_or_default();
    ready(address.parse().unwrap()).await;
    process
}

fn line(name: String, unit: &'static str, figure: f64, most: f64) -> Line {
    Line {
        name,
        unit,
        figure,
        against: Against::AtMost(most),
    }
}
