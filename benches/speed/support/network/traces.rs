//! What else a network in use has gathered: visits of crawlers, alarms and what was sent of them, imports, jobs, the audit.

use super::{CREATORS, FIRST, ID, Size, moment, numbers};
use crate::harness::databases::Kind;

const VISITS: usize = 300_000;
/// Requests answered "unchanged" are counted by the minute: of each creator so many, an hour apart.
const UNCHANGED: usize = 48;
const AUDIT: usize = 200_000;
/// Rows of the periodic jobs, a minute apart: those of a day of each job.
const RUNS: usize = 18 * 1440;
/// Alarms that were resolved, each with a delivery.
const ALARMS: usize = 20_000;
const BLOCKED: usize = 50_000;
const IMPORTS: usize = 2_000;
const JOBS: usize = 500;

/// All of it.
pub(super) fn all(size: Size, kind: Kind) -> String {
    [crawled(size, kind), told(size), done(size)].concat()
}

/// The id of number `n` that was made at a moment, in SQL.
fn id_of(moment: &str, kind: Kind) -> String {
    let hex = match kind {
        Kind::Sqlite => format!("printf('%012x', {moment})"),
        Kind::Postgres => format!("lpad(to_hex({moment}), 12, '0')"),
    };
    format!("substr({hex}, 1, 8) || '-' || substr({hex}, 9, 4) || '-7000-8000-' || ({FIRST} + n)")
}

/// Visits over two months, every third of them with videos on offer, and the rhythms that follow from them.
fn crawled(size: Size, kind: Kind) -> String {
    let at = moment(size, VISITS, 60);
    let id = id_of(&at, kind);
    let hour = moment(size, BLOCKED, 30);
    let now = size.now;
    let minute = now / 60_000 * 60_000;
    format!(
        "{visits}
         INSERT INTO visits (id, at, face, creator_id, credential_id, address, user_agent, status, feed_version, offered,
                first_listed, first_id, last_listed, last_id)
         SELECT {id}, {at}, CASE WHEN n % 50 = 0 THEN 'user_list' ELSE 'feed' END,
                CASE WHEN n % 50 = 0 THEN NULL WHEN n % 10 = 1 THEN 'channel-10000'
                     ELSE 'channel-' || (10000 + n * 7919 % {CREATORS}) END,
                'crawler', '198.51.100.' || (n % 200), 'Dailymotion-MRSS/1.0', 200, 2,
                CASE WHEN n % 3 = 0 THEN 25 ELSE 0 END, CASE WHEN n % 3 = 0 THEN 0 END, CASE WHEN n % 3 = 0 THEN '' END,
                CASE WHEN n % 3 = 0 THEN {at} END, CASE WHEN n % 3 = 0 THEN '~' END
           FROM numbers;
         {unchanged}
         INSERT INTO unchanged_visits (minute, creator_id, credential_id, times)
         SELECT {minute} - (n / {CREATORS} * 60 + n % 60) * 60000, 'channel-' || (10000 + n % {CREATORS}), 'crawler', 1 + n % 3
           FROM numbers;
         {creators}
         INSERT INTO rhythms (creator_id, last_at, counted_at, usual, pauses, silent_at)
         SELECT 'channel-' || (10000 + n), {now} - n % 60 * 60000, {now} - n % 60 * 60000, 3600000, 100,
                {now} + CASE WHEN n % 100 = 0 THEN -3600000 ELSE 864000000 END
           FROM numbers;
         INSERT INTO rhythms (creator_id, last_at, counted_at, usual, pauses, silent_at)
         VALUES ('', {now}, {now}, 3600000, 100, {now} + 864000000);
         {blocked}
         INSERT INTO turned_away (hour, address, reason, times, last_at, user_agent)
         SELECT {hour} / 3600000 * 3600000, '203.0.' || (n / 250 % 250) || '.' || (n % 250), CASE WHEN n % 2 = 0 THEN 'no_credential' ELSE 'wrong_credential' END,
                1 + n % 9, {hour}, 'curl/8.5.0'
           FROM numbers;\n",
        visits = numbers(1, VISITS),
        unchanged = numbers(0, CREATORS * UNCHANGED - 1),
        creators = numbers(0, CREATORS - 1),
        blocked = numbers(1, BLOCKED),
    )
}

/// Alarms that are over and what was sent of them, and what was counted over the last day.
fn told(size: Size) -> String {
    let at = moment(size, ALARMS, 80);
    let now = size.now / 600_000 * 600_000;
    format!(
        "{alarms}
         INSERT INTO alarms (id, rule, subject, sentence, opened_at, resolved_at)
         SELECT '{ID}' || ({FIRST} + n), 'creator_silent', 'channel-' || (10000 + n % {CREATORS}),
                'no crawler has asked for the feed of `channel-' || (10000 + n % {CREATORS}) || '` for 3 hours', {at},
                {at} + 600000
           FROM numbers;
         {alarms}
         INSERT INTO outgoing_events (id, at, kind, alarm_id, body, spread_at)
         SELECT '{ID}' || ({FIRST} + n), {at}, 'alarm.opened', '{ID}' || ({FIRST} + n), '{{}}', {at} FROM numbers;
         {alarms}
         INSERT INTO deliveries (id, event_id, webhook, state, tries, due_at, give_up_at, settled_at)
         SELECT '{ID}' || ({FIRST} + n), '{ID}' || ({FIRST} + n), 'chat', 'delivered', 1, {at}, {at} + 86400000, {at} + 200
           FROM numbers;
         {stretches}
         INSERT INTO tallies (name, since, times)
         SELECT CASE n % 5 WHEN 0 THEN 'added' WHEN 1 THEN 'ready' WHEN 2 THEN 'refused' WHEN 3 THEN 'visits' ELSE 'unchanged' END,
                {now} - n / 5 * 600000, 20 + n % 37
           FROM numbers;\n",
        alarms = numbers(1, ALARMS),
        stretches = numbers(0, 5 * 144 - 1),
    )
}

/// What operators did, and what jobs did for them.
fn done(size: Size) -> String {
    let audit = moment(size, AUDIT, 30);
    let import = moment(size, IMPORTS, 80);
    let job = moment(size, JOBS, 80);
    let now = size.now;
    format!(
        "{lines}
         INSERT INTO audit (id, at, actor, address, action, object, after)
         SELECT '{ID}' || ({FIRST} + n), {audit}, CASE WHEN n % 3 = 0 THEN 'cli:root' ELSE 'operator-' || (n % 40) END,
                '192.0.2.' || (n % 200), CASE WHEN n % 2 = 0 THEN 'video.retry' ELSE 'event.read' END,
                'vid-' || ({FIRST} + n % {videos}), '{{}}'
           FROM numbers;
         {imports}
         INSERT INTO import_files (id, name, recipe, made_by, added_at, changed_at, state, bytes, gone_at)
         SELECT '{ID}' || ({FIRST} + n), 'delivery-' || n || '.csv', '{{\"derive_guid\":false}}', 'operator-' || (n % 40), {import},
                {import} + 60000, 'applied', 3000000, {now}
           FROM numbers;
         {jobs}
         INSERT INTO bulk_jobs (id, action, query, state, planned, planned_by, planned_at, confirmed_by, confirmed_at, mark,
                walked_to, done, ended_at)
         SELECT '{ID}' || ({FIRST} + n), 'retry', '{{}}', 'done', 100, 'operator-1', {job}, 'operator-1', {job}, '{ID}', '', 100,
                {job} + 9000
           FROM numbers;
         {runs}
         INSERT INTO job_runs (name, daemon, started_at, ended_at, outcome, runs, did)
         SELECT 'job_' || (10 + n % 18), 'daemon-1', {now} - n / 18 * 60000, {now} - n / 18 * 60000 + 50000, 'done', 55, n % 7
           FROM numbers;\n",
        lines = numbers(1, AUDIT),
        imports = numbers(1, IMPORTS),
        jobs = numbers(1, JOBS),
        runs = numbers(0, RUNS - 1),
        videos = size.videos,
    )
}
