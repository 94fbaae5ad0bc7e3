//! What the daemon tells the outside about itself: log lines on its standard error, metrics for Prometheus, traces for a
//! collector.
//!
//! All belong to the process, not to a daemon in it: the first one to set them up wins, later ones share them.

mod lines;
mod traces;

use std::{io, sync::OnceLock};

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::error;
use tracing_subscriber::{
    Layer as _, Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::config::Config;

pub use traces::Traces;

/// Requests answered, by `face`, `route` (the template) and `status`.
pub const HTTP_REQUESTS: &str = "mcnd_http_requests_total";
/// Seconds from a request's headers to the end of its answer, by `face` and `route`.
pub const HTTP_REQUEST_SECONDS: &str = "mcnd_http_request_seconds";
/// Open connections, by `listener`.
pub const HTTP_CONNECTIONS: &str = "mcnd_http_connections";
/// Connections closed before their first request, by `listener` and `why`.
pub const HTTP_REFUSED_CONNECTIONS: &str = "mcnd_http_refused_connections_total";
/// Events of callbacks, by `outcome`.
pub const CALLBACK_EVENTS: &str = "mcnd_callback_events_total";
/// Events stored in one transaction.
pub const CALLBACK_GROUP_EVENTS: &str = "mcnd_callback_group_events";
/// Seconds that storing such a group takes.
pub const CALLBACK_COMMIT_SECONDS: &str = "mcnd_callback_commit_seconds";
/// Feeds answered, by `source`: `cache`, `rows` or `unchanged`.
pub const FEED_RENDERED: &str = "mcnd_feed_rendered_total";
/// Videos in a rendered feed.
pub const FEED_VIDEOS: &str = "mcnd_feed_videos";
/// Requests into the world, by `outcome`: `found`, `unchanged`, `taken` or the class of what stood in the way.
pub const OUTBOUND_REQUESTS: &str = "mcnd_outbound_requests_total";
/// Pulls of kept sources, by `outcome`: `applied`, `unchanged`, `waiting` or `failed`.
pub const SOURCE_PULLS: &str = "mcnd_source_pulls_total";
/// Kept sources, by `state`: `kept` for all, `paused`, `failing`, and `waiting` for consent.
pub const SOURCES: &str = "mcnd_sources";
/// Runs of jobs, by `job` and `outcome`.
pub const JOB_RUNS: &str = "mcnd_job_runs_total";
/// Seconds that a run takes, by `job`.
pub const JOB_SECONDS: &str = "mcnd_job_seconds";
/// Visits that could not be recorded.
pub const VISITS_LOST: &str = "mcnd_visits_lost_total";
/// Attempts to read the settings again, by `outcome`.
pub const CONFIG_RELOAD: &str = "mcnd_config_reload_total";
/// Times that the machine's clock was set by more than five minutes.
pub const CLOCK_JUMPS: &str = "mcnd_clock_jumps_total";
/// Panics caught; each is a fault of this program.
pub const PANICS: &str = "mcnd_panics_total";
/// Those of background loops, each of which was started again, by `loop`.
pub const LOOP_PANICS: &str = "mcnd_loop_panics_total";
/// Transactions tried again because another one was in the way, by `what` they do.
pub const CONTENDED: &str = "mcnd_contended_total";
/// Bytes of the write-ahead log of a SQLite database.
pub const DATABASE_LOG_BYTES: &str = "mcnd_database_log_bytes";
/// Things an operator has to look at, by `kind`.
pub const ALARMS: &str = "mcnd_alarms_total";
/// Alarms that are open, by `rule`.
pub const OPEN_ALARMS: &str = "mcnd_open_alarms";
/// Tries to deliver to webhooks, by `webhook` and `outcome`: `delivered`, `later` or `given_up`.
pub const WEBHOOK_TRIES: &str = "mcnd_webhook_tries_total";

const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
const COUNTS: [f64; 13] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0,
];

/// Sets up what this process tells: log lines on its standard error and, if the settings name a collector, traces. A
/// collector that can't be asked at all is logged, and left alone. A second daemon of the process writes to the first one's.
pub fn init(config: &Config) -> Traces {
    let (traces, failed) = match Traces::to(&config.traces) {
        Ok(traces) => (traces, None),
        Err(why) => (Traces::none(), Some(why)),
    };
    let lines = lines::layer(&config.log, io::stderr);
    // An absent layer would silence the filtered one beside it.
    let layers = match traces.layer() {
        Some(spans) => lines.and_then(spans).boxed(),
        None => lines,
    };
    if Registry::default().with(layers).try_init().is_err() {
        return Traces::none();
    }
    // Nobody would have heard of it before.
    if let Some(why) = failed {
        error!("no traces are sent: {why}; see to `traces.endpoint`");
    }
    traces
}

/// The metrics of this process.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Everything measured so far, in Prometheus's text format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Sorts recent measurements into their buckets. Without it, called every few seconds, memory grows until
    /// somebody renders.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// The metrics of this process, set up by the first call.
pub fn metrics() -> Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(install).clone()
}

fn install() -> Metrics {
    let builder = PrometheusBuilder::new()
        .set_buckets(&COUNTS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        })
        .expect("both lists of buckets have entries");
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    // Nothing else in the crate installs a recorder; were one there, these metrics would merely stay empty.
    drop(metrics::set_global_recorder(recorder));
    describe();
    Metrics(handle)
}

/// Tells the recorder what each metric means, and shows the plain counters from their first zero on.
fn describe() {
    describe_counter!(HTTP_REQUESTS, "Requests answered");
    describe_histogram!(
        HTTP_REQUEST_SECONDS,
        Unit::Seconds,
        "Seconds from a request's headers to the end of its answer"
    );
    describe_gauge!(HTTP_CONNECTIONS, "Open connections");
    describe_counter!(
        HTTP_REFUSED_CONNECTIONS,
        "Connections closed before their first request"
    );
    describe_counter!(
        CALLBACK_EVENTS,
        "Events of callbacks by what became of them"
    );
    describe_histogram!(CALLBACK_GROUP_EVENTS, "Events stored in one transaction");
    describe_histogram!(
        CALLBACK_COMMIT_SECONDS,
        Unit::Seconds,
        "Seconds that storing a group of events takes"
    );
    describe_counter!(
        FEED_RENDERED,
        "Feeds answered by where the answer came from"
    );
    describe_histogram!(FEED_VIDEOS, "Videos in a rendered feed");
    describe_counter!(OUTBOUND_REQUESTS, "Requests into the world");
    describe_counter!(SOURCE_PULLS, "Pulls of kept sources");
    describe_gauge!(SOURCES, "Kept sources by how they stand");
    describe_counter!(JOB_RUNS, "Runs of jobs");
    describe_histogram!(
        JOB_SECONDS,
        Unit::Seconds,
        "Seconds that a run of a job takes"
    );
    describe_counter!(VISITS_LOST, "Visits that could not be recorded");
    describe_counter!(CONFIG_RELOAD, "Attempts to read the settings again");
    describe_counter!(
        CLOCK_JUMPS,
        "Times that the machine's clock was set by more than five minutes"
    );
    describe_counter!(PANICS, "Panics caught");
    describe_counter!(
        LOOP_PANICS,
        "Panics of background loops, which were started again"
    );
    describe_counter!(
        CONTENDED,
        "Transactions tried again because another one was in the way"
    );
    describe_gauge!(
        DATABASE_LOG_BYTES,
        Unit::Bytes,
        "Bytes of the write-ahead log of a SQLite database"
    );
    describe_alarms();
    counter!(VISITS_LOST).increment(0);
    counter!(CLOCK_JUMPS).increment(0);
    counter!(PANICS).increment(0);
}

fn describe_alarms() {
    describe_counter!(ALARMS, "Things an operator has to look at");
    describe_gauge!(OPEN_ALARMS, "Alarms that are open, by rule");
    describe_counter!(WEBHOOK_TRIES, "Tries to deliver to webhooks");
}

#[cfg(test)]
mod tests {
    use metrics::{gauge, histogram};

    use super::*;
    use crate::config::Config;

    #[test]
    fn setting_up_twice_shares_the_first() {
        let mut config = Config::default();
        config.log.level = "off".to_owned();
        drop(init(&config));
        drop(init(&config));
        let (one, other) = (metrics(), metrics());
        counter!(ALARMS, "kind" => "shared").increment(2);
        assert!(
            one.render()
                .contains("mcnd_alarms_total{kind=\"shared\"} 2")
        );
        assert!(
            other
                .render()
                .contains("mcnd_alarms_total{kind=\"shared\"} 2")
        );
    }

    #[test]
    fn times_and_counts_have_their_own_buckets() {
        let metrics = metrics();
        histogram!(JOB_SECONDS, "job" => "buckets").record(0.02);
        histogram!(FEED_VIDEOS).record(150.0);
        gauge!(HTTP_CONNECTIONS, "listener" => "buckets").set(1.0);
        metrics.upkeep();
        let text = metrics.render();
        assert!(
            text.contains("mcnd_job_seconds_bucket{job=\"buckets\",le=\"0.025\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("mcnd_feed_videos_bucket{le=\"200\"}"),
            "{text}"
        );
        assert!(text.contains("mcnd_panics_total 0") || text.contains("mcnd_panics_total "));
    }

    #[test]
    fn every_metric_is_described() {
        let source = include_str!("mod.rs");
        let packed: String = source.split_whitespace().collect();
        let names = source.lines().filter_map(|line| {
            line.strip_prefix("pub const ")?
                .split_once(": &str = \"mcnd_")
        });
        let names: Vec<_> = names.map(|(name, _)| name).collect();
        assert_eq!(names.len(), 24);
        for name in names {
            let described =
                ["counter", "gauge", "histogram"].map(|kind| format!("describe_{kind}!({name},"));
            assert!(
                described.iter().any(|line| packed.contains(line)),
                "`{name}`"
            );
        }
    }

    #[test]
    fn every_metric_stands_in_the_readme_and_on_no_panel_stands_another() {
        let names: Vec<_> = include_str!("mod.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("pub const ")?.split_once(": &str = \""))
            .filter_map(|(_, rest)| rest.strip_suffix("\";"))
            .collect();
        let readme = include_str!("../../README.md");
        for name in &names {
            assert!(readme.contains(&format!("`{name}`")), "`{name}`");
        }
        let board = include_str!("../../config/grafana.json");
        let words = board.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let measured = words.filter(|word| word.starts_with("mcnd_"));
        for word in measured {
            let known = names
                .iter()
                .any(|name| word.strip_prefix(name).is_some_and(is_suffix));
            assert!(known, "`{word}`");
        }
    }

    /// What Prometheus puts behind the name of a histogram.
    fn is_suffix(rest: &str) -> bool {
        matches!(rest, "" | "_bucket" | "_sum" | "_count")
    }
}
