//! Death while the schema is brought up to date, and a schema of a newer program.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use crate::harness::{
    both,
    databases::{Kind, TestDatabase},
    installation::Installation,
};

const LIMIT: Duration = Duration::from_mins(1);
const ABORTED: i32 = 6;

both!(
    async fn a_death_between_two_migrations_is_made_up_for_by_the_next_start(db: TestDatabase) {
        for turn in [1, 3, 5, 7, 8] {
            let fresh = match db.kind() {
                Kind::Sqlite => TestDatabase::sqlite(),
                Kind::Postgres => TestDatabase::postgres(),
            };
            let installation = Installation::bare(fresh);
            let point = format!("migrate.after_one:{turn}");
            let dying = installation.start(&["serve"], &[("MCND_DIE_AT", &point)]);
            let ended = dying.ends_within(LIMIT).await;
            assert_eq!(ended.status.signal(), Some(ABORTED), "{point}: {ended:?}");
            let applied = "SELECT COUNT(*) FROM _sqlx_migrations WHERE success";
            assert_eq!(installation.database.value(applied), turn.to_string());
            installation.serve().await.process.kill().await;
            let migrated = installation.done(&["migrate"]).await;
            assert!(!migrated.contains("applied"), "{migrated}");
            installation.done(&["doctor", "--deep"]).await;
        }
    }
);

both!(
    async fn a_schema_of_a_newer_program_is_refused(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation
            .database
            .sql("UPDATE _sqlx_migrations SET version = 9000 WHERE version = 8");
        for command in [
            &["serve"][..],
            &["migrate"],
            &["status"],
            &["backup", "copy"],
        ] {
            let refused = installation.run(command).await;
            assert!(!refused.status.success(), "{command:?}");
            let told = "migration 9000, which this program does not know";
            assert!(refused.err.contains(told), "{command:?}: {}", refused.err);
        }
    }
);
