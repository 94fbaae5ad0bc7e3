//! What is asked often reads what it answers, not what the catalog holds: plans and row counts at 100,000 rows.

mod asked;
mod lists;
mod looked;

use rusqlite::StatementStatus;

use mcnd::{
    catalog::{Catalog, Sql},
    model::{PageQuery, Part, Report},
};

use self::{
    asked::{ASKED, Asked, KEY, asked},
    looked::LOOKED,
};
use super::store::{Store, at, creator, new_creator, page, video};
use crate::harness::{
    both,
    databases::{Kind, TestDatabase},
};

const ROWS: i64 = 100_000;
/// Tables that grow for as long as a network lives.
const LARGE: [&str; 14] = [
    "videos",
    "video_words",
    "events",
    "creators",
    "imports",
    "import_files",
    "visits",
    "unchanged_visits",
    "turned_away",
    "audit",
    "alarms",
    "deliveries",
    "bulk_jobs",
    "job_runs",
];

both!(
    async fn what_is_asked_often_is_answered_from_an_index(db: TestDatabase) {
        let store = filled(db).await;
        let mut faults = Vec::new();
        for asked in ASKED.iter().chain(&LOOKED) {
            let plan = plan(&store, asked);
            let scans = match store.db.kind() {
                Kind::Sqlite => plan.lines().any(|line| {
                    let scanned = line
                        .strip_prefix("SCAN ")
                        .and_then(|rest| rest.split(' ').next());
                    scanned.is_some_and(|table| LARGE.contains(&table)) && !line.contains("INDEX")
                }),
                Kind::Postgres => plan.contains("Seq Scan on"),
            };
            let found = asked.index == KEY || plan.contains(asked.index);
            if scans || !found || plan.is_empty() {
                let (module, name) = asked.name;
                faults.push(format!(
                    "{module}::{name} should use {}:\n{plan}",
                    asked.index
                ));
            }
        }
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    }
);

/// What no page asks: the check of the whole catalog, and whether there is anything at all, which stops at one row.
const NO_PAGES: [(&str, &str); 2] = [("fsck", "SHARED_IDS"), ("vacant", "OCCUPIED")];
/// Indexes of what there is little of; they may be read from end to end.
const SMALL: [&str; 2] = ["videos_in_conflict", "videos_waiting_held"];

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_of_a_page_scans_the_videos() {
    let store = Store::open(TestDatabase::sqlite()).await;
    let scans = |line: &str| {
        line.starts_with("SCAN videos") && !SMALL.iter().any(|index| line.ends_with(index))
    };
    let mut faults = Vec::new();
    let asked = Catalog::statements().into_iter();
    for (module, name, sql) in
        asked.filter(|(module, name, _)| !NO_PAGES.contains(&(*module, *name)))
    {
        for text in sql.sqlite.split(';').filter(|text| !text.trim().is_empty()) {
            let plan = plan_of(&store, text);
            if plan.lines().any(scans) {
                faults.push(format!("{module}::{name}:\n{plan}"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

both!(
    async fn a_page_costs_what_it_lists_whatever_lies_before_it(db: TestDatabase) {
        let store = filled(db).await;
        for part in [Part::Waiting, Part::Imported] {
            for owner in ["paper", "alone"] {
                let query = PageQuery {
                    creator: creator(owner),
                    part,
                    changed_after: Some(at(-1)),
                    ..page(at(0))
                };
                assert_eq!(store.page(query).await.len(), 10, "{part:?} of {owner}");
            }
            let (crowded, alone) = (cost(&store, "paper", part), cost(&store, "alone", part));
            assert!(
                crowded <= alone * 2,
                "{part:?}: {crowded} instead of {alone} for the same ten videos"
            );
        }
    }
);

/// A hundred thousand videos, most of them of `paper`: ended and held, held for a need, in the future, and imported, a
/// quarter each. The imported ones, too: ended and held, held for a need, in the future, and long unchanged. Behind them
/// ten that are listed and ten imported ones that have changed lately; the same of `alone`, who has nothing else.
async fn filled(db: TestDatabase) -> Store {
    let store = Store::with_creator(db).await;
    store.add_creator(new_creator("alone")).await;
    let listed = |owner: &'static str| {
        (0..20).map(move |number| {
            let mut video = video(&format!("{owner}{number}"));
            video.creator = creator(owner);
            if number % 2 == 0 {
                let ready = Report::Ready {
                    remote_id: "x1".to_owned(),
                    odd: false,
                };
                video.standing.receive(&ready, at(0));
            }
            video
        })
    };
    store
        .add(listed("paper").chain(listed("alone")).collect())
        .await;
    let (numbers, digest) = match store.db.kind() {
        Kind::Sqlite => (
            format!(
                "(WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {ROWS}) SELECT n FROM counted)"
            ),
            "unhex(printf('%064x', n))",
        ),
        Kind::Postgres => (
            format!("(SELECT n FROM generate_series(1, {ROWS}) AS listed (n))"),
            "decode(lpad(to_hex(n), 64, '0'), 'hex')",
        ),
    };
    store.db.sql(&format!(
        "INSERT INTO creators (id, name, status, adopted, mode, announced, added_at, feed_version, feed_changed_at)
         SELECT 'c' || n, 'name', 'active', TRUE, 'drain', FALSE, 1, 1, 1 FROM {numbers} AS numbered WHERE n <= 5000;
         INSERT INTO videos (id, creator_id, state, held, needs, listed_from, relisted_from, ends_at, guid, title, media_url,
                remote_id, retry_epoch, ready_at, added_at, content_at)
         SELECT 'v' || n, CASE WHEN n % 5 > 0 THEN 'paper' ELSE 'c' || (n % 5000 + 1) END,
                CASE WHEN n % 4 > 0 THEN 'waiting' WHEN n % 1000 = 0 THEN 'refused' ELSE 'imported' END,
                n % 4 IN (1, 2) OR n % 16 IN (4, 8), CASE WHEN n % 4 = 2 OR n % 16 = 8 THEN 3 ELSE 0 END,
                CASE n % 4 WHEN 0 THEN NULL WHEN 3 THEN 9000000000000 + n ELSE n END,
                CASE WHEN n % 16 = 12 THEN 9000000000000 + n WHEN n % 4 = 0 THEN n END,
                CASE WHEN n % 4 = 1 OR n % 16 = 4 THEN n + 1 END,
                'v' || n, 'title', 'https://media.example/a.mp4',
                CASE WHEN n % 4 = 0 AND n % 1000 > 0 THEN 'x' || n END, 0, n, 1, 1
           FROM {numbers} AS numbered;
         INSERT INTO video_words (video_id, words) SELECT id, guid || ' title' FROM videos WHERE TRUE ON CONFLICT DO NOTHING;
         INSERT INTO timeline (video_id, id, at, what, to_state, by_whom) SELECT id, 'l', 1, 'reported', state, 'injector' FROM videos;
         INSERT INTO events (digest, received_at, guid, outcome, alarm, raw)
         SELECT {digest}, n, 'v' || n, CASE WHEN n % 1000 = 0 THEN 'orphan' WHEN n % 1000 = 1 THEN 'malformed' ELSE 'ready' END,
                CASE WHEN n % 1000 = 2 THEN 'conflict' END, '{{}}'
           FROM {numbers} AS numbered;
         INSERT INTO rhythms (creator_id, last_at, counted_at, usual, pauses, silent_at)
         SELECT 'c' || n, n, n, 1, 5, n FROM {numbers} AS numbered WHERE n <= 5000"
    ));
    fill_imports(&store, &numbers, digest);
    store.db.sql(&looked::rows(&numbers));
    tidy(&store);
    store
}

/// Five thousand imports of kept files; five of them are worked on.
fn fill_imports(store: &Store, numbers: &str, digest: &str) {
    store.db.sql(&format!(
        "INSERT INTO imports (id, source, digest, started_at, finished_at)
         SELECT 'i' || n, '-', {digest}, n, n FROM {numbers} AS numbered WHERE n <= 5000;
         INSERT INTO import_files (id, name, recipe, made_by, added_at, changed_at, state, bytes, digest)
         SELECT 'i' || n, '-', '{{}}', '-', n, n, CASE WHEN n % 1000 = 0 THEN 'planning' ELSE 'applied' END, 1, {digest}
           FROM {numbers} AS numbered WHERE n <= 5000"
    ));
}

/// What Postgres does for itself after a while. It looks at every row, so that no plan is a matter of chance.
fn tidy(store: &Store) {
    if store.db.kind() == Kind::Postgres {
        let mut session = store.db.session();
        session.run("SET default_statistics_target = 1000");
        session.run("VACUUM ANALYZE");
    }
}

/// The statement that is asked.
fn statement(asked: &Asked<'_>) -> Sql {
    let found = Catalog::statements()
        .into_iter()
        .find(|(module, name, _)| (*module, *name) == asked.name);
    found.expect("a statement of the catalog").2
}

/// How the database would answer, line by line.
fn plan(store: &Store, asked: &Asked<'_>) -> String {
    match store.db.kind() {
        Kind::Sqlite => plan_of(store, &with_arguments(asked)),
        Kind::Postgres => explained(store, asked, "EXPLAIN"),
    }
}

/// How SQLite would answer a statement, line by line. No plan depends on the arguments.
fn plan_of(store: &Store, text: &str) -> String {
    let text = (1..=60).rev().fold(text.to_owned(), |text, number| {
        text.replace(&format!("${number}"), "'5'")
    });
    let rows = store.db.query(&format!("EXPLAIN QUERY PLAN {text}"));
    let details = rows.into_iter().map(|mut row| row.pop().flatten().unwrap());
    details.collect::<Vec<_>>().join("\n")
}

/// SQLite's text of a statement with its arguments in their places.
fn with_arguments(asked: &Asked<'_>) -> String {
    let mut text = statement(asked).sqlite.to_owned();
    let args = asked.args.replace("BYTES", "x'00'");
    for (place, arg) in args.split(", ").enumerate() {
        text = text.replace(&format!("${}", place + 1), arg);
    }
    text
}

/// What Postgres says of a prepared statement that has been run so often that its plan is settled.
fn explained(store: &Store, asked: &Asked<'_>, explain: &str) -> String {
    let args = asked.args.replace("BYTES", "'\\x00'");
    let braced = |list: &str| {
        if list.is_empty() {
            String::new()
        } else {
            format!("({list})")
        }
    };
    let (types, args) = (braced(asked.types), braced(&args));
    let text = statement(asked).postgres;
    store.db.sql(&format!(
        "CREATE OR REPLACE FUNCTION explained() RETURNS SETOF text LANGUAGE plpgsql AS $function$
         DECLARE line text;
         BEGIN
            EXECUTE $text$PREPARE asked{types} AS {text}$text$;
            FOR time IN 1..6 LOOP EXECUTE $text$EXECUTE asked{args}$text$; END LOOP;
            FOR line IN EXECUTE $text${explain} EXECUTE asked{args}$text$ LOOP RETURN NEXT line; END LOOP;
            DEALLOCATE asked;
         END $function$"
    ));
    let rows = store.db.query("SELECT explained()");
    let lines = rows.into_iter().map(|mut row| row.pop().flatten().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// What a part of the feed's page costs: steps of SQLite's machine, pages that Postgres looks at.
fn cost(store: &Store, creator: &str, part: Part) -> u64 {
    let (name, behind) = match part {
        Part::Waiting => ("PAGE", -1),
        Part::Imported => ("PAGE_RELISTED", at(-1).as_millis() + 1),
    };
    let args = format!("'{creator}', 1800000000000, {behind}, '', -1, 100");
    let page = &asked(
        "feed_rows",
        name,
        "text, bigint, bigint, text, bigint, bigint",
        &args,
        "",
    );
    match store.db.kind() {
        Kind::Sqlite => {
            let file = store.db.url.trim_start_matches("sqlite:");
            let connection = rusqlite::Connection::open(file).unwrap();
            let mut statement = connection.prepare(&with_arguments(page)).unwrap();
            let mut rows = statement.query([]).unwrap();
            while rows.next().unwrap().is_some() {}
            drop(rows);
            u64::try_from(statement.get_status(StatementStatus::VmStep)).unwrap()
        }
        Kind::Postgres => {
            let plan = explained(store, page, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF)");
            assert!(!plan.contains("Rows Removed by Filter"), "{plan}");
            let buffers = plan
                .lines()
                .find_map(|line| line.trim().strip_prefix("Buffers: shared "));
            let counts = buffers
                .unwrap_or_else(|| panic!("no buffers in\n{plan}"))
                .split(' ');
            let counts = counts.filter_map(|part| part.split_once('=')?.1.parse::<u64>().ok());
            counts.sum()
        }
    }
}
