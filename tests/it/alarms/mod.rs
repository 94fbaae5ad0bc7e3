//! Alarms from rule to receiver.

mod rules;
mod webhooks;

use mcnd::{app::AlarmQuery, model::KeptAlarm};

use crate::harness::app::TestApp;

/// Judges, and says what is open then.
async fn judged(app: &TestApp) -> Vec<KeptAlarm> {
    app.app.judge_alarms().await.unwrap();
    let open = app.app.list_alarms(AlarmQuery::Open, None, 10_000).await;
    open.unwrap()
}

/// Judges, and says which rules are open then.
async fn rules(app: &TestApp) -> Vec<&'static str> {
    let open = judged(app).await;
    open.iter().map(|alarm| alarm.rule.code()).collect()
}

/// The kinds of the events that were written so far, in order.
fn told(app: &TestApp) -> Vec<String> {
    let rows = app
        .database
        .query("SELECT kind FROM outgoing_events ORDER BY id");
    rows.into_iter().flatten().flatten().collect()
}
