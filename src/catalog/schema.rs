//! The schema: its migrations, and how a database's compares with this program's.

use sqlx::migrate::{MigrateError, Migrator};

use super::{
    Catalog,
    db::{Pools, Sql, args},
    error::{Error, Result},
};
use crate::fault_points;

pub(super) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// A migration of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    pub version: i64,
    pub name: String,
    pub applied: bool,
}

/// How the database's schema compares with this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    Current,
    /// Migrations of this program are missing.
    Behind,
}

impl Catalog {
    /// Brings the schema up to this program's.
    ///
    /// # Errors
    /// [`Error::Unusable`] when the database was made by a newer program or a migration was changed.
    pub async fn migrate(&self) -> Result<()> {
        let migrations = self.migrations().await?;
        for missing in migrations.iter().filter(|migration| !migration.applied) {
            match &self.db.pools {
                Pools::Sqlite { write, .. } => SQLITE.run_to(missing.version, write).await,
                Pools::Postgres { shared, .. } => POSTGRES.run_to(missing.version, shared).await,
            }
            .map_err(unmigrated)?;
            fault_points::pass("migrate.after_one");
        }
        // Also compares what was applied with what this program has.
        match &self.db.pools {
            Pools::Sqlite { write, .. } => SQLITE.run(write).await,
            Pools::Postgres { shared, .. } => POSTGRES.run(shared).await,
        }
        .map_err(unmigrated)
    }

    /// Every migration of this program, and whether the database has it.
    ///
    /// # Errors
    /// [`Error::Unusable`] when the database has migrations that this program does not know.
    pub async fn migrations(&self) -> Result<Vec<Migration>> {
        let known = self.migrator();
        let applied = self.applied_versions().await?;
        if let Some(newer) = applied
            .iter()
            .find(|version| !known.version_exists(**version))
        {
            return Err(unmigrated(MigrateError::VersionMissing(*newer)));
        }
        let mut migrations = self.known_migrations();
        for migration in &mut migrations {
            migration.applied = applied.contains(&migration.version);
        }
        Ok(migrations)
    }

    /// Every migration of this program, as if the database had none.
    pub(super) fn known_migrations(&self) -> Vec<Migration> {
        self.migrator()
            .iter()
            .map(|migration| Migration {
                version: migration.version,
                name: migration.description.to_string(),
                applied: false,
            })
            .collect()
    }

    /// Whether the database has every migration of this program.
    pub async fn schema_state(&self) -> Result<SchemaState> {
        let current = self
            .migrations()
            .await?
            .iter()
            .all(|migration| migration.applied);
        Ok(if current {
            SchemaState::Current
        } else {
            SchemaState::Behind
        })
    }

    fn migrator(&self) -> &'static Migrator {
        if self.db.is_postgres() {
            &POSTGRES
        } else {
            &SQLITE
        }
    }

    async fn applied_versions(&self) -> Result<Vec<i64>> {
        const APPLIED: Sql =
            Sql::same("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version");
        const EXISTS: Sql = Sql::each(
            "SELECT name FROM sqlite_schema WHERE name = '_sqlx_migrations'",
            "SELECT CAST(to_regclass('_sqlx_migrations') AS TEXT) WHERE to_regclass('_sqlx_migrations') IS NOT NULL",
        );
        if self
            .db
            .maybe::<(String,)>(EXISTS, &args![])
            .await?
            .is_none()
        {
            return Ok(Vec::new());
        }
        let rows: Vec<(i64,)> = self.db.all(APPLIED, &args![]).await?;
        Ok(rows.into_iter().map(|(version,)| version).collect())
    }
}

fn unmigrated(error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(version) => Error::Unusable(format!(
            "the database has migration {version}, which this program does not know; run a program at least as new as the database"
        )),
        MigrateError::VersionMismatch(version) => Error::Unusable(format!(
            "migration {version} is not the one that the database was made with; run the program that made it"
        )),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => Error::Unusable(format!("the schema can't be brought up to date: {other}")),
    }
}
