//! The audit over the days: retention lets go of lines and breaks no seal, and a kill between two seals leaves none out.

use std::time::Duration;

use crate::harness::{app::TestApp, both, installation::Installation, wait_until};

const DAY: Duration = Duration::from_hours(24);
const LIMIT: Duration = Duration::from_mins(1);

both!(
    async fn what_retention_lets_go_of_breaks_no_seal(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        for creator in ["a", "b", "c"] {
            test.creator(creator).await;
            test.advance(DAY);
        }
        assert_eq!(test.app.seal_audit().await.unwrap(), 3);
        // The first day is 401 days ago.
        test.advance(398 * DAY);
        test.app.sweep().await.unwrap();
        let left = "SELECT object FROM audit WHERE action = 'creator.add' ORDER BY at";
        let left: Vec<_> = test.database.query(left).into_iter().flatten().collect();
        assert_eq!(left, [Some("b".to_owned()), Some("c".to_owned())]);
        assert!(test.app.broken_seals().await.unwrap().is_empty());
        assert_eq!(test.app.audit_seals(0, 10).await.unwrap().len(), 3);
        test.database.sql("DELETE FROM audit WHERE object = 'b'");
        assert_eq!(test.app.broken_seals().await.unwrap().len(), 1);
    }
);

both!(
    async fn a_daemon_that_dies_between_two_seals_leaves_no_day_out(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("old").await;
        installation.creator("older").await;
        let now = installation.database.value("SELECT max(at) FROM audit");
        // Yesterday may not be sealed yet, some minutes after midnight.
        for (creator, days) in [("old", 2), ("older", 3)] {
            installation.database.sql(&format!(
                "UPDATE audit SET at = {now} - {days} * 86400000 WHERE object = '{creator}'"
            ));
        }
        let deaths = [("MCND_DIE_AT", "audit.after_seal")];
        let died = installation.start(&["serve"], &deaths).ends_within(LIMIT);
        assert!(!died.await.status.success());
        let seals = || {
            installation
                .database
                .value("SELECT count(*) FROM audit_seals")
        };
        assert_eq!(seals(), "1");
        let served = installation.serve().await;
        wait_until("the other seal", LIMIT, async || {
            (seals() == "2").then_some(())
        })
        .await;
        served.process.kill().await;
        let checked = installation.run(&["doctor", "--deep"]).await;
        let checked = format!("{checked:?}");
        assert!(
            checked.contains("2 days agree with the seals of their days"),
            "{checked}"
        );
        assert!(!checked.contains("changed or removed"), "{checked}");
    }
);
