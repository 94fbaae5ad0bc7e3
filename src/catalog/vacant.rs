//! Whether a database has room for a backup: nothing that stands there may be lost.

use std::time::Duration;

use super::{
    Catalog,
    db::{Sql, args, statements},
    error::{Error, Result},
};

statements! {
    /// Every table, ours and others', by name.
    TABLES = Sql::each(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'",
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()");
    /// Whether somebody has put something into the catalog, or it has kept something of its own.
    OCCUPIED = Sql::same(
        "SELECT 1
          WHERE EXISTS (SELECT 1 FROM creators) OR EXISTS (SELECT 1 FROM videos)
             OR EXISTS (SELECT 1 FROM timeline) OR EXISTS (SELECT 1 FROM events)
             OR EXISTS (SELECT 1 FROM quarantine) OR EXISTS (SELECT 1 FROM credentials)
             OR EXISTS (SELECT 1 FROM visits) OR EXISTS (SELECT 1 FROM unchanged_visits)
             OR EXISTS (SELECT 1 FROM imports) OR EXISTS (SELECT 1 FROM sources)
             OR EXISTS (SELECT 1 FROM operators) OR EXISTS (SELECT 1 FROM api_keys)
             OR EXISTS (SELECT 1 FROM audit) OR EXISTS (SELECT 1 FROM import_files)");
    /// Connections of daemons and commands other than this one.
    OTHERS = Sql::each(
        "SELECT 0",
        "SELECT CAST(COUNT(*) AS BIGINT)
           FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'mcnd' AND pid <> pg_backend_pid()");
}

/// The list of migrations that a database went through.
pub(super) const MIGRATIONS: &str = "_sqlx_migrations";

/// Every table of the catalog; an older schema has some of them. A database may hold others, which are not ours to touch.
pub(super) const OURS: [&str; 45] = [
    MIGRATIONS,
    "alarms",
    "api_keys",
    "audit",
    "audit_seals",
    "bulk_jobs",
    "bulk_results",
    "creators",
    "credential_uses",
    "credentials",
    "deliveries",
    "delivery_attempts",
    "events",
    "failing_jobs",
    "feed_losses",
    "half_sign_ins",
    "idempotency_keys",
    "import_files",
    "imports",
    "job_runs",
    "marks",
    "network_settings",
    "operators",
    "outgoing_events",
    "quarantine",
    "recovery_codes",
    "refusal_names",
    "rhythms",
    "rule_walks",
    "sessions",
    "sign_in_networks",
    "sign_up_links",
    "sources",
    "tallies",
    "timeline",
    "totp_devices",
    "turned_away",
    "unchanged_visits",
    // The index of words on SQLite is a table that keeps its content in others.
    "video_search",
    "video_search_config",
    "video_search_data",
    "video_search_idx",
    "video_words",
    "videos",
    "visits",
];

/// How often it is looked for others, and how long apart.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

impl Catalog {
    /// Makes sure that nothing can be lost here.
    pub(super) async fn check_vacant(&self) -> Result<()> {
        if !self.is_alone().await? {
            return Err(occupied(
                "daemons or other commands are connected to this database",
            ));
        }
        let tables: Vec<(String,)> = self.db.all(TABLES, &args![]).await?;
        let is_ours = |table: &str| OURS.contains(&table);
        // A SQLite file is replaced as a whole.
        if !self.db.is_postgres()
            && let Some((other,)) = tables.iter().find(|(table,)| !is_ours(table))
        {
            return Err(occupied(&format!(
                "this file holds the table `{other}`, which is not mcnd's"
            )));
        }
        let known = self.migrations().await?;
        if known.iter().all(|migration| migration.applied) {
            let found: Option<(i32,)> = self.db.maybe(OCCUPIED, &args![]).await?;
            return match found {
                None => Ok(()),
                Some(_row) => Err(occupied("this database holds a catalog already")),
            };
        }
        let filled = |table: &str| is_ours(table) && table != MIGRATIONS;
        if tables.iter().any(|(table,)| filled(table)) {
            return Err(occupied("this database has tables already"));
        }
        Ok(())
    }

    /// Whether no other mcnd is connected. One that has just ended may still be listed for a moment.
    async fn is_alone(&self) -> Result<bool> {
        for _look in 0..LOOKS {
            let others: Option<(i64,)> = self.db.maybe(OTHERS, &args![]).await?;
            if others.is_none_or(|(count,)| count == 0) {
                return Ok(true);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(false)
    }
}

fn occupied(why: &str) -> Error {
    Error::Backup(format!(
        "{why}; a backup is restored into an empty database only: give it a new one"
    ))
}
