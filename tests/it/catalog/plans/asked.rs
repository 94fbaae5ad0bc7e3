//! Statements that are asked often, and the index that must answer each.

/// A statement, the arguments it is asked with, and the index that must answer it.
pub(super) struct Asked<'a> {
    pub(super) name: (&'static str, &'static str),
    pub(super) types: &'static str,
    pub(super) args: &'a str,
    pub(super) index: &'static str,
}

pub(super) const fn asked<'a>(
    module: &'static str,
    name: &'static str,
    types: &'static str,
    args: &'a str,
    index: &'static str,
) -> Asked<'a> {
    Asked {
        name: (module, name),
        types,
        args,
        index,
    }
}

/// `KEY` stands for the index that a key brings by itself, whose name differs.
pub(super) const KEY: &str = "KEY";

pub(super) const ASKED: [Asked<'_>; 33] = [
    asked("feed_rows", "HEAD", "text", "'paper'", KEY),
    asked(
        "feed_rows",
        "PAGE",
        "text, bigint, bigint, text, bigint, bigint",
        "'paper', 1800000000000, -1, '', -1, 100",
        "videos_shelf",
    ),
    asked(
        "feed_rows",
        "PAGE_RELISTED",
        "text, bigint, bigint, text, bigint, bigint",
        "'paper', 1800000000000, -1, '', -1, 100",
        "videos_relisted",
    ),
    asked(
        "feeds",
        "WAITING_BEFORE",
        "text, bigint, bigint, text, bigint, bigint",
        "'paper', 1800000000000, 5, 'v5', -1, 100",
        "videos_shelf",
    ),
    asked(
        "feeds",
        "HOLD_ENDED_RELISTED",
        "text, bigint",
        "'paper', 1800000000000",
        "videos_relisted_ending",
    ),
    asked(
        "feeds",
        "NEXT_RELISTED",
        "text, bigint",
        "'paper', 1800000000000",
        "videos_relisted",
    ),
    asked(
        "feeds",
        "NEXT_END_RELISTED",
        "text, bigint",
        "'paper', 1800000000000",
        "videos_relisted_ending",
    ),
    asked(
        "feeds",
        "RELISTED_NEEDING",
        "text, bigint",
        "'v5', 10",
        "videos_relisted_needing",
    ),
    asked(
        "feeds",
        "HOLD_NEEDING",
        "text, text, bigint, bigint",
        "'v5', 'v50', -1, 1800000000000",
        "videos_relisted_needing",
    ),
    asked(
        "feeds",
        "HOLD_ENDED",
        "text, bigint",
        "'paper', 1800000000000",
        "videos_ending",
    ),
    asked(
        "feeds",
        "NEXT_START",
        "text, bigint",
        "'paper', 1800000000000",
        "videos_shelf",
    ),
    asked(
        "feeds",
        "NEXT_END",
        "text, bigint",
        "'paper', 1800000000000",
        "videos_ending",
    ),
    asked(
        "feeds",
        "READY_SINCE",
        "text, bigint, bigint",
        "'paper', 1800000000000, 10",
        "videos_ready",
    ),
    asked(
        "feeds",
        "CHANGING",
        "bigint, bigint",
        "1800000000000, 10",
        "creators_changing",
    ),
    asked("videos", "FIND", "text", "'v5'", KEY),
    asked("videos", "BY_GUID", "text", "'[\"v5\",\"v6\"]'", KEY),
    asked("videos", "LIST", "text, bigint", "'v5', 10", KEY),
    asked(
        "videos",
        "LIST_OF_CREATOR",
        "text, bigint, text",
        "'v', 10, 'alone'",
        "videos_of_creator",
    ),
    asked(
        "videos",
        "LIST_IN_STATE",
        "text, bigint, text",
        "'v5', 10, 'refused'",
        "videos_in_state",
    ),
    asked(
        "videos",
        "LIST_IN_CONFLICT",
        "text, bigint",
        "'v5', 10",
        "videos_in_conflict",
    ),
    asked(
        "videos",
        "LIST_NEEDING",
        "text, bigint",
        "'v5', 10",
        "videos_needing",
    ),
    asked("videos", "CONFLICTS", "", "", "videos_in_conflict"),
    asked("reports", "SUBJECTS", "text", "'[\"v5\",\"v6\"]'", KEY),
    asked("timeline", "LIST", "text, bigint", "'v5', 10", KEY),
    asked("events", "KNOWN", "text", "'[\"00ff\",\"01ff\"]'", KEY),
    asked(
        "events",
        "ORPHANS",
        "text",
        "'[\"v5\",\"v6\"]'",
        "events_orphaned",
    ),
    asked(
        "events",
        "PAGE",
        "bigint, bytea, bigint",
        "5, BYTES, 10",
        "events_by_time",
    ),
    asked(
        "events",
        "PAGE_TROUBLED",
        "bigint, bytea, bigint",
        "5, BYTES, 10",
        "events_troubled",
    ),
    asked("events", "NEWEST", "bigint", "10", "events_by_time"),
    asked(
        "events",
        "NEWEST_TROUBLED",
        "bigint",
        "10",
        "events_troubled",
    ),
    asked(
        "events",
        "NEWEST_ALARMING",
        "bigint",
        "10",
        "events_alarming",
    ),
    asked(
        "events",
        "NEWEST_OF_GUID",
        "bigint, text",
        "10, 'v5'",
        "events_by_guid",
    ),
    asked("events", "ORPHAN_COUNT", "", "", "events_orphaned"),
];
