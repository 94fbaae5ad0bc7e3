//! Everything that commands print and write: lists, diagnoses, exports, backups; and what the database holds.

use std::{fs, path::Path, process::Command};

use super::{
    nest::Nest,
    places::{Place, Places},
};
use crate::harness::{
    cluster::folder_of,
    databases::{Kind, TestDatabase},
    installation::Installation,
};

/// What only reads.
const READS: [&[&str]; 31] = [
    &["status"],
    &["config", "show"],
    &["config", "check"],
    &["creator", "list"],
    &["video", "list"],
    &["video", "show", "locked"],
    &["video", "show", "open"],
    &["video", "why", "locked"],
    &["event", "list"],
    &["event", "export"],
    &["event", "export", "--format", "csv"],
    &["event", "reasons"],
    &["video", "export"],
    &["video", "export", "--format", "csv"],
    &["credential", "list"],
    &["key", "list"],
    &["session", "list"],
    &["user", "list"],
    &["user-list", "show"],
    &["rules", "asked"],
    &["source", "list"],
    &["import", "list"],
    &["job", "list"],
    &["job", "runs"],
    &["alarm", "list"],
    &["visit", "list"],
    &["visit", "turned-away"],
    &["webhook", "list"],
    &["webhook", "deliveries"],
    &["audit", "list"],
    &["audit", "export"],
];

/// Runs every command that reads, for people and for programs.
pub(super) async fn reads(nest: &mut Nest) {
    let parrot = nest.parrot.clone();
    for arguments in READS {
        nest.command(arguments, 0).await;
        nest.command(&[arguments, &["--json"]].concat(), 0).await;
    }
    for what in [["creator", "show"], ["feed", "show"], ["source", "show"]] {
        nest.command(&[&what[..], &[&parrot]].concat(), 0).await;
    }
    nest.command(&["doctor", "--deep"], 0).await;
    // Its disk is too small for these settings.
    let ended = nest.installation.run(&["doctor"]).await;
    nest.heard(&["doctor"], &ended, &[]);
    wrong_settings(nest).await;
    nest.command(&["backup", "copy"], 0).await;
}

/// Settings that are wrong where they hold secrets, and a database that is not there.
async fn wrong_settings(nest: &mut Nest) {
    let secret = nest.secret("secret in wrong settings");
    let webhook = format!("[{{ name = \"a\", url = \"{secret}\", secret = \"{secret}\" }}]");
    for (name, value) in [
        (
            "MCND__DATABASE__URL",
            format!("postgres://ann:{secret}@db.example:odd/a"),
        ),
        (
            "MCND__DATABASE__URL",
            format!("postgres://ann:{secret}@127.0.0.1:9/a"),
        ),
        ("MCND__DATABASE__URL", format!("ann:{secret}")),
        ("MCND__WEBHOOKS__ENDPOINTS", webhook),
        (
            "MCND__SERVER__PUBLIC_URL",
            format!("https://ann:{secret}@mcn.example"),
        ),
        (
            "MCND__TRACES__ENDPOINT",
            format!("https://ann:{secret}@mcn.example"),
        ),
    ] {
        let ended = nest
            .installation
            .run_with(&[(name, &value)], &["status"])
            .await;
        assert!(!ended.status.success(), "{name}: {ended:?}");
        nest.heard(&["status"], &ended, &[]);
    }
}

/// Files every column of every table but those that hold these, and what the backup holds.
pub(super) fn kept(installation: &Installation, places: &mut Places, but: &[(&str, &str)]) {
    let database = &installation.database;
    for (table, column) in columns(database) {
        if !but.contains(&(table.as_str(), column.as_str())) {
            let rows = database.query(&format!("SELECT \"{column}\" FROM \"{table}\""));
            let text: Vec<_> = rows.into_iter().flatten().flatten().collect();
            places.file(
                Place::Database,
                &format!("{table}.{column}"),
                text.join("\n"),
            );
        }
    }
    places.file(
        Place::Backup,
        "backup",
        unpacked(database.kind(), &installation.path("copy")),
    );
}

fn columns(database: &TestDatabase) -> Vec<(String, String)> {
    let all = database.query(match database.kind() {
        Kind::Sqlite => {
            "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE 'video_search%'"
        }
        Kind::Postgres => {
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        }
    });
    let pair = |row: Vec<Option<String>>| (row[0].clone().unwrap(), row[1].clone().unwrap());
    all.into_iter().map(pair).collect()
}

/// What a backup holds, without the packing of `pg_dump`.
fn unpacked(kind: Kind, copy: &Path) -> Vec<u8> {
    if kind == Kind::Sqlite {
        return fs::read(copy).unwrap();
    }
    let mut restore = Command::new(folder_of(&["pg_restore"]).join("pg_restore"));
    let script = restore
        .args(["--data-only", "--file=-"])
        .arg(copy)
        .output()
        .unwrap();
    assert!(script.status.success(), "{script:?}");
    script.stdout
}
