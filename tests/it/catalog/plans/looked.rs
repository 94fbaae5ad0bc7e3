//! Statements of pages and of the API's lists, and the index that must answer each.

use super::asked::{Asked, KEY, asked};

pub(super) const LOOKED: [Asked<'_>; 28] = [
    asked("alarms", "NEWEST", "text, bigint", "'~', 10", KEY),
    asked("alarms", "NEWEST_RESOLVED", "text, bigint", "'~', 10", KEY),
    asked("alarms", "OPEN", "", "", "alarms_open"),
    asked("audit", "NEWEST", "text, bigint", "'~', 10", KEY),
    asked(
        "audit",
        "NEWEST_OF_ACTOR",
        "text, bigint, text",
        "'~', 10, 'who5'",
        "audit_of_actor",
    ),
    asked(
        "audit",
        "NEWEST_OF_OBJECT",
        "text, bigint, text",
        "'~', 10, 'v5'",
        "audit_of_object",
    ),
    asked("bulk_jobs", "NEWEST", "text, bigint", "'~', 10", KEY),
    asked(
        "creator_lists",
        "BY_ID",
        "bigint, text, bigint, text",
        "0, 'c5', 10, '%'",
        KEY,
    ),
    asked("deliveries", "NEWEST", "text, bigint", "'~', 10", KEY),
    asked(
        "deliveries",
        "NEWEST_OF_WEBHOOK",
        "text, bigint, text",
        "'~', 10, 'hook5'",
        "deliveries_of_webhook",
    ),
    asked("events", "FIND", "bytea", "BYTES", KEY),
    asked("events", "MALFORMED_COUNT", "", "", "events_by_outcome"),
    asked("events", "ALARM_COUNT", "", "", "events_alarming"),
    asked(
        "event_ranges",
        "NEWEST_READY",
        "bigint, bigint, bigint, bytea, text",
        "5, 90000, 10, BYTES, 'ready'",
        "events_by_time",
    ),
    asked(
        "event_ranges",
        "WALK_READY",
        "bigint, bigint, bigint, bytea, text",
        "5, 90000, 10, BYTES, 'ready'",
        "events_by_time",
    ),
    asked(
        "event_ranges",
        "NEWEST_OF_GUID_IN_OUTCOME",
        "bigint, bigint, bigint, bytea, text, text",
        "5, 90000, 10, BYTES, 'ready', 'v5'",
        "events_by_guid",
    ),
    asked(
        "event_ranges",
        "WALK_OF_GUID_IN_OUTCOME",
        "bigint, bigint, bigint, bytea, text, text",
        "5, 90000, 10, BYTES, 'ready', 'v5'",
        "events_by_guid",
    ),
    asked("imports", "FIND", "text", "'i5'", KEY),
    asked(
        "job_runs",
        "OF_JOB",
        "text, bigint, bigint",
        "'job5', 90000, 10",
        KEY,
    ),
    asked("rhythms", "FIND", "text", "'c5'", KEY),
    asked(
        "turned_away",
        "NEWEST",
        "bigint, text, text, bigint",
        "90000, '', '', 10",
        KEY,
    ),
    asked("visits", "NEWEST", "text, bigint", "'~', 10", KEY),
    asked(
        "visits",
        "NEWEST_OF_CREATOR",
        "text, bigint, text",
        "'~', 10, 'c5'",
        "visits_of_creator",
    ),
    asked(
        "visits",
        "LAST_OFFER",
        "text, bigint, bigint, text, text",
        "'c5', 5, 0, 'v5', 'i3'",
        "visits_of_creator",
    ),
    asked(
        "visits",
        "LAST_UNCHANGED",
        "text, bigint",
        "'c5', 5",
        "unchanged_visits_of_creator",
    ),
    asked("visits", "LAST_SIGHT", "", "", KEY),
    asked("deliveries", "ATTEMPTS", "text, bigint", "'i5', 10", KEY),
    asked(
        "bulk_jobs",
        "RESULTS",
        "text, bigint, bigint",
        "'i5', 0, 10",
        KEY,
    ),
];

/// What pages look at beside videos, creators and events, in statements that both databases read alike; `numbers` are rows
/// of `n`.
pub(super) fn rows(numbers: &str) -> String {
    format!(
        "INSERT INTO alarms (id, rule, subject, sentence, opened_at, resolved_at)
         SELECT 'i' || n, 'rule', 'c' || n, '-', n, CASE WHEN n % 1000 > 0 THEN n END FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO outgoing_events (id, at, kind, alarm_id, body) SELECT 'i' || n, n, '-', '-', '-'
           FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO deliveries (id, event_id, webhook, state, tries, due_at, give_up_at)
         SELECT 'i' || n, 'i' || n, 'hook' || (n % 50), 'delivered', 1, n, n FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO delivery_attempts (delivery_id, id, at, took) SELECT 'i' || n, '1', n, 1
           FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO audit (id, at, actor, action, object) SELECT 'i' || n, n, 'who' || (n % 500), '-', 'v' || n
           FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO bulk_jobs (id, action, query, state, planned, planned_by, planned_at)
         SELECT 'i' || n, 'retry', '{{}}', 'planned', 1, '-', n FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO bulk_results (job_id, number, subject, outcome, reason)
         SELECT 'i' || n, n, '-', 'refused', '-' FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO job_runs (name, daemon, started_at, ended_at, outcome, runs, did)
         SELECT 'job' || (n % 20), 'd', n, n, 'done', 1, 1 FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO turned_away (hour, address, reason, times, last_at)
         SELECT n, '', '-', 1, n FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO visits (id, at, face, creator_id, address, status, offered)
         SELECT 'i' || n, n, 'feed', 'c' || (n % 500), '-', 200, 0 FROM {numbers} AS numbered WHERE n <= 20000;
         INSERT INTO unchanged_visits (minute, creator_id, credential_id, times)
         SELECT n, 'c' || (n % 500), '', 1 FROM {numbers} AS numbered WHERE n <= 20000;"
    )
}
