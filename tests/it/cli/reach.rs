//! What the API does, the command line does too.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::harness::process::run;

/// Each operation of the API, and the command that does the same.
const REACHED: [(&str, &str); 74] = [
    ("list_alarms", "alarm list"),
    ("show_alarm", "alarm show"),
    ("acknowledge_alarm", "alarm ack"),
    ("snooze_alarm", "alarm snooze"),
    ("list_audit", "audit list"),
    ("export_audit", "audit export"),
    ("list_seals", "audit seals"),
    ("list_bulk_jobs", "job list"),
    // A plan is what a command with a query makes; there is one for each action.
    ("plan_job", "video retry"),
    ("show_job", "job show"),
    ("cancel_job", "job cancel"),
    ("confirm_job", "job confirm"),
    ("pause_job", "job pause"),
    ("resume_job", "job resume"),
    ("list_results", "job results"),
    ("list_jobs", "job runs"),
    ("list_runs", "job runs"),
    ("list_creators", "creator list"),
    ("add_creator", "creator add"),
    ("show_creator", "creator show"),
    ("change_creator", "creator edit"),
    ("list_feed_visits", "visit list"),
    ("list_credentials", "credential list"),
    ("add_credential", "credential add"),
    ("remove_credential", "credential remove"),
    ("rotate_credential", "credential rotate"),
    ("list_events", "event list"),
    ("export_events", "event export"),
    ("list_reasons", "event reasons"),
    ("name_reason", "event name"),
    ("show_event", "event show"),
    ("replay_event", "event replay"),
    ("list_imports", "import list"),
    ("add_import", "import"),
    ("show_import", "import show"),
    ("apply_import", "import apply"),
    ("cancel_import", "import cancel"),
    ("plan_import", "import plan"),
    ("download_import_result", "import result"),
    ("list_import_rows", "import result"),
    ("list_keys", "key list"),
    ("add_key", "key add"),
    ("remove_key", "key remove"),
    ("list_operators", "user list"),
    ("add_operator", "user add"),
    ("show_operator", "user list"),
    ("change_operator", "user role"),
    ("invite_operator", "user invite"),
    ("reset_totp", "user reset-totp"),
    ("show_rules", "rules show"),
    ("put_rules", "rules set"),
    ("list_what_ifs", "rules asked"),
    ("ask_what_if", "rules what-if"),
    ("show_what_if", "rules answer"),
    ("cancel_what_if", "rules cancel"),
    ("list_sessions", "session list"),
    ("end_session", "session end"),
    ("show_status", "status"),
    ("show_profile", "user-list profile show"),
    ("put_profile", "user-list profile set"),
    ("list_videos", "video list"),
    ("show_video", "video show"),
    ("change_video", "video edit"),
    ("retry_video", "video retry"),
    ("take_down_video", "video take-down"),
    ("show_timeline", "video show"),
    ("explain_video", "video why"),
    ("list_visits", "visit list"),
    ("list_silent", "visit habits"),
    ("list_turned_away", "visit turned-away"),
    ("list_webhooks", "webhook list"),
    ("list_deliveries", "webhook deliveries"),
    ("show_delivery", "webhook show"),
    ("replay_delivery", "webhook replay"),
];

/// Operations that mean something in HTTP alone, and why.
const HTTP_ALONE: [(&str, &str); 2] = [
    ("show_document", "it describes the HTTP requests"),
    (
        "show_me",
        "it says who a request's key or cookie stands for; a command is run by an operating system's user",
    ),
];

#[tokio::test]
async fn every_operation_of_the_api_has_a_command() {
    let document: Value = serde_json::from_str(include_str!("../http/openapi.json")).unwrap();
    let items = document["paths"].as_object().unwrap().values();
    let operations: Vec<_> = items
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let told = REACHED.iter().chain(&HTTP_ALONE).map(|(name, _)| *name);
    let told: Vec<_> = told.collect();
    let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(told.len(), set(&told).len(), "one row for each operation");
    let known: BTreeSet<_> = operations.iter().copied().collect();
    assert_eq!(operations.len(), known.len(), "each has a name of its own");
    assert_eq!(known, set(&told));

    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().to_str().unwrap();
    assert!(run(&["man", pages], "").await.status.success());
    for (operation, command) in REACHED {
        let page = format!("mcnd-{}.1", command.replace(' ', "-"));
        let is_there = fs::exists(folder.path().join(page)).unwrap();
        assert!(is_there, "`{operation}` needs `mcnd {command}`");
    }
}
