//! Events into arrays, arrays into posts: each is repeated until it is answered 2xx.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::RngExt;
use reqwest::header::CONTENT_TYPE;
use tokio::sync::mpsc;
use tracing::debug;

use super::faults::Mishap;
use super::fetch;
use super::in_flight::Busy;
use super::raw_post::{self, Manner};
use super::shared::{Shared, words};

/// How long a post under way may go on after the simulator was told to stop.
const STOP_GRACE: Duration = Duration::from_secs(1);
/// Most bytes of an answer's body that are read.
const ANSWER_BYTES: usize = 64 * 1024;

/// One event, in the same bytes however often it is sent.
#[derive(Clone, Debug)]
pub(super) struct Event(Arc<Report>);

#[derive(Debug)]
struct Report {
    guid: String,
    json: String,
    acknowledged: AtomicBool,
    _busy: Busy,
}

/// What came back from one sending.
enum Answer {
    Status(u16),
    /// Nothing, and that was meant.
    Unheard,
    Failed(String),
}

impl Event {
    pub(super) fn new(guid: &str, json: String, busy: Busy) -> Self {
        Self(Arc::new(Report {
            guid: guid.to_owned(),
            json,
            acknowledged: AtomicBool::new(false),
            _busy: busy,
        }))
    }
}

/// Gathers events and sends them until the simulator stops.
pub(super) async fn run(shared: Arc<Shared>, mut outbox: mpsc::UnboundedReceiver<Event>) {
    let settings = &shared.settings.callback;
    loop {
        let first = tokio::select! {
            () = shared.stopping.cancelled() => return,
            first = outbox.recv() => first,
        };
        let Some(first) = first else { return };
        let mut events = vec![first];
        if !shared
            .pause(Duration::from_millis(settings.gather_ms))
            .await
        {
            return;
        }
        while let Ok(event) = outbox.try_recv() {
            events.push(event);
        }
        let mut rng = shared.dice.about(&["arrange", &body(&events)]);
        for array in shared
            .faults()
            .arrange(events, settings.array_max, &mut rng)
        {
            shared.tasks.spawn(deliver(Arc::clone(&shared), array));
        }
    }
}

/// Sends one array until it is answered 2xx, given up, or the simulator stops.
async fn deliver(shared: Arc<Shared>, array: Vec<Event>) {
    let settings = &shared.settings.callback;
    let body = body(&array);
    let mut wait = settings.first_wait_ms;
    for sending in 1.. {
        let mut rng = shared.dice.about(&["send", &body, &sending.to_string()]);
        let mishap = shared.faults().mishap(sending, &mut rng);
        let answer = send(&shared, &body, mishap).await;
        if acknowledged(&shared, &array, answer) {
            return;
        }
        if sending == settings.give_up_after {
            shared.ledger().report.callbacks.given_up += 1;
            shared.note_error(format!("an array was given up after {sending} sendings"));
            return;
        }
        let jittered = rng.random_range(wait / 2..=wait);
        if !shared.pause(Duration::from_millis(jittered)).await {
            return;
        }
        wait = wait.saturating_mul(2).min(settings.longest_wait_ms);
    }
}

/// One sending, when a connection is free. A stop cuts it short after a moment of grace.
async fn send(shared: &Shared, body: &str, mishap: Option<Mishap>) -> Answer {
    count(shared, mishap);
    if mishap == Some(Mishap::Lost) {
        return Answer::Unheard;
    }
    let sending = async {
        let _permit = shared.connections.acquire().await;
        match mishap {
            None => post(shared, body).await,
            Some(mishap) => post_raw(shared, body, mishap).await,
        }
    };
    let grace = async {
        shared.stopping.cancelled().await;
        tokio::time::sleep(STOP_GRACE).await;
    };
    tokio::select! {
        answer = sending => answer,
        () = grace => Answer::Failed("was cut short, because the simulator stops".to_owned()),
    }
}

fn count(shared: &Shared, mishap: Option<Mishap>) {
    let callbacks = &mut shared.ledger().report.callbacks;
    match mishap {
        None => {}
        Some(Mishap::Lost) => {
            callbacks.lost += 1;
            return;
        }
        Some(Mishap::HungUp) => callbacks.hung_up += 1,
        Some(Mishap::Slow) => callbacks.slow += 1,
    }
    callbacks.sent += 1;
}

/// A well-behaved post.
async fn post(shared: &Shared, body: &str) -> Answer {
    let settings = &shared.settings.callback;
    let request = shared
        .client
        .post(shared.addresses.callback.clone())
        .timeout(Duration::from_millis(settings.timeout_ms))
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_owned());
    let mut response = match settings.credential.show(request).send().await {
        Ok(response) => response,
        Err(error) => return Answer::Failed(words(error)),
    };
    // Read to its end, an answer leaves a connection that can be used again; what it says beyond
    // its status changes nothing.
    let _ = fetch::body(&mut response, ANSWER_BYTES).await;
    Answer::Status(response.status().as_u16())
}

/// A post that takes its time or does not wait for its answer.
async fn post_raw(shared: &Shared, body: &str, mishap: Mishap) -> Answer {
    let slow = Duration::from_millis(shared.faults().slow_body_ms);
    let manner = match mishap {
        Mishap::Slow => Manner::Slow(slow),
        _ => Manner::HangUp,
    };
    let settings = &shared.settings;
    let head = raw_post::Head {
        address: &shared.addresses.callback,
        credential: &settings.callback.credential,
        user_agent: &settings.crawler.user_agent,
    };
    let limit = Duration::from_millis(settings.callback.timeout_ms) + slow;
    match tokio::time::timeout(limit, raw_post::post(head, body, manner)).await {
        Ok(Ok(Some(status))) => Answer::Status(status),
        Ok(Ok(None)) => Answer::Unheard,
        Ok(Err(error)) => Answer::Failed(error.to_string()),
        Err(_) => Answer::Failed(format!("took longer than {} ms", limit.as_millis())),
    }
}

/// Records an answer; `true` if the array need not be sent again.
fn acknowledged(shared: &Shared, array: &[Event], answer: Answer) -> bool {
    let status = match answer {
        Answer::Unheard => return false,
        Answer::Failed(words) => {
            shared.note_error(format!(
                "a callback of {} events failed: {words}",
                array.len()
            ));
            return false;
        }
        Answer::Status(status) => status,
    };
    debug!(
        http.status = status,
        event.count = array.len(),
        "simulator: posted a callback"
    );
    *shared
        .ledger()
        .report
        .callbacks
        .answers
        .entry(status)
        .or_default() += 1;
    if !(200..300).contains(&status) {
        shared.note_error(format!(
            "a callback of {} events was answered {status}",
            array.len()
        ));
        return false;
    }
    let mut ledger = shared.ledger();
    ledger.report.callbacks.acknowledged += 1;
    for event in array {
        if !event.0.acknowledged.swap(true, Ordering::Relaxed) {
            ledger.acknowledge(&event.0.guid);
        }
    }
    true
}

/// The JSON array, made of the events' own bytes.
fn body(array: &[Event]) -> String {
    let events: Vec<&str> = array.iter().map(|event| event.0.json.as_str()).collect();
    format!("[{}]", events.join(","))
}
