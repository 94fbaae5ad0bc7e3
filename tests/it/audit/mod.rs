//! The audit: each action is written down with who did it from where, and what can't be written down is not done.

mod days;
mod deeds;
mod people;
mod world;

use std::collections::BTreeMap;

use mcnd::{
    app::AuditQuery,
    model::{Action, Actor, AuditLine},
};

use crate::harness::{
    both,
    databases::{Kind, TestDatabase},
};
use deeds::Deed;
use world::World;

/// Actions of the daemon itself, which nobody asks for by their own hands.
const BY_ITSELF: [Action; 1] = [Action::EndJob];
/// Reading, signing in and beginning something changes nothing that was there before.
const TELL_OF_NOTHING: [Action; 18] = [
    Action::RemoveSource,
    Action::ExportImport,
    Action::ReadEvent,
    Action::SetPassword,
    Action::ProposeTotp,
    Action::TurnTotpOn,
    Action::TurnTotpOff,
    Action::RenewCodes,
    Action::ResetTotp,
    Action::UseRecoveryCode,
    Action::SignIn,
    Action::FailSignIn,
    Action::ConfirmPassword,
    Action::TakeUpSession,
    Action::SignOut,
    Action::EndSession,
    Action::ReadAudit,
    Action::CancelWhatIf,
];

type Rows = Vec<Vec<Option<String>>>;

/// Everything that is kept.
fn kept(database: &TestDatabase) -> BTreeMap<String, Rows> {
    let tables = match database.kind() {
        Kind::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table'",
        Kind::Postgres => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        }
    };
    let tables = database.query(tables).into_iter().flatten().flatten();
    let rows = |table: String| {
        let mut rows = database.query(&format!("SELECT * FROM {table}"));
        rows.sort();
        (table, rows)
    };
    tables.map(rows).collect()
}

/// Lets nothing into the audit any more.
fn close_the_audit(database: &TestDatabase) {
    database.sql(match database.kind() {
        Kind::Sqlite => {
            "CREATE TRIGGER closed BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'closed'); END"
        }
        Kind::Postgres => {
            "CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''closed''; END';
             CREATE TRIGGER closed BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION closed()"
        }
    });
}

/// The tables in which something differs.
fn changed(before: &BTreeMap<String, Rows>, after: &BTreeMap<String, Rows>) -> Vec<String> {
    let tables = after
        .iter()
        .filter(|(table, rows)| before.get(*table) != Some(rows));
    tables.map(|(table, _)| table.clone()).collect()
}

both!(
    async fn what_can_not_be_written_down_is_not_done(db: TestDatabase) {
        let world = World::new(db).await;
        close_the_audit(&world.test.database);
        let mut before = kept(&world.test.database);
        let mut faults = Vec::new();
        for action in Action::ALL.iter().filter(|one| !BY_ITSELF.contains(one)) {
            if let Ok(done) = deeds::provoke(&world, *action).await {
                faults.push(format!("{action} was done: {done:?}"));
            }
            let after = kept(&world.test.database);
            let changed = changed(&before, &after);
            if !changed.is_empty() {
                faults.push(format!("{action} changed {changed:?}"));
            }
            before = after;
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }
);

/// What is wrong with the line that a deed left.
fn fault(world: &World, action: Action, deed: &Deed, line: &AuditLine) -> Option<String> {
    let (by, session, address) = if BY_ITSELF.contains(&action) {
        (Actor::program().name, None, None)
    } else {
        let address = Some(world.origin.address);
        (deed.by.clone(), deed.session.clone(), address)
    };
    let actor = &line.actor;
    let who = (&actor.name, &actor.session, &actor.address) == (&by, &session, &address);
    let tells = line.before.is_some() || line.after.is_some();
    let what = tells != TELL_OF_NOTHING.contains(&action);
    (!who || !what).then(|| format!("{action}: {line:?} instead of {by} {session:?} {address:?}"))
}

both!(
    async fn each_action_is_written_down_with_who_from_where_and_what(db: TestDatabase) {
        let world = World::new(db).await;
        let (mut faults, mut secrets) = (Vec::new(), world.secrets());
        for action in Action::ALL {
            let deed = match deeds::provoke(&world, *action).await {
                Ok(deed) => deed,
                Err(error) => {
                    faults.push(format!("{action}: {error}"));
                    continue;
                }
            };
            let about = AuditQuery::OfObject(deed.object.clone());
            let lines = world.test.app.audit(&about, None, 100).await.unwrap();
            match lines.iter().find(|line| line.action == *action) {
                Some(line) => faults.extend(fault(&world, *action, &deed, line)),
                None => faults.push(format!("{action}: no line of `{}`", deed.object)),
            }
            secrets.extend(deed.secret);
        }
        assert!(faults.is_empty(), "{faults:#?}");
        let told = format!("{:?}", world.test.database.query("SELECT * FROM audit"));
        for secret in secrets {
            assert!(!told.contains(&secret), "`{secret}` is in {told}");
        }
    }
);
