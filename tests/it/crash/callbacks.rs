//! Death under a load of callbacks: what was acknowledged is in the ledger, once, however often.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use super::site::Site;
use crate::harness::{both, cycles, installation::Served, passes, wait_until};

/// How often the daemon is killed.
const KILLS: usize = 100;
/// Every so many cycles the daemon is killed while it starts.
const AT_START: usize = 10;
/// After every so many cycles, everything that was sent so far is held against the catalog.
const VERIFIED: usize = 10;
/// A daemon has started before that many milliseconds.
const START: u64 = 400;
/// Events that are acknowledged in a cycle before the death, at the most.
const EVENTS: usize = 150;
/// Events that are acknowledged in a cycle, over all cycles and at the least.
const AT_LEAST: usize = 10;
const LIMIT: Duration = Duration::from_secs(30);
const ABORTED: i32 = 6;

/// Serves, and kills the daemon after so many acknowledged events.
async fn cycle(site: &Site, variables: &[(&str, &str)]) {
    let served = site.installation.serve_with(variables).await;
    let enough = site.oracle.acknowledged() + rand::random_range(0..EVENTS);
    let killing = async {
        wait_until("acknowledged events", LIMIT, async || {
            (site.oracle.acknowledged() >= enough).then_some(())
        })
        .await;
        served.process.kill().await
    };
    tokio::join!(site.send(served.public), killing);
}

/// Kills the daemon somewhere in its start.
async fn cycle_at_start(site: &Site) {
    let process = site.installation.start(&["serve"], &[]);
    let moment = Duration::from_millis(rand::random_range(0..START));
    passes(moment).await;
    process.kill().await;
}

both!(
    async fn no_acknowledged_event_is_lost_by_a_hundred_kills(db: TestDatabase) {
        let site = Site::new(db).await;
        let cycles = cycles(KILLS);
        for number in 0..cycles {
            if number % AT_START == 0 {
                cycle_at_start(&site).await;
            } else {
                // Deliveries are written one by one, in small groups, or all that wait.
                let group = ["1", "20", "1000"][number % 3];
                cycle(&site, &[("MCND__CALLBACK__GROUP", group)]).await;
            }
            if number % VERIFIED == 0 {
                assert_eq!(site.lost().await, 0, "after kill {number}");
            }
        }
        assert!(site.oracle.acknowledged() >= AT_LEAST * cycles);
        assert!(site.oracle.refused() > 0);
        assert_eq!(site.lost().await, 0);
    }
);

both!(
    async fn no_acknowledged_event_is_lost_between_two_steps(db: TestDatabase) {
        let site = Site::new(db).await;
        for point in ["inbox.before_commit", "inbox.after_commit"] {
            for turn in [1, 2, 5, 20] {
                let chosen = format!("{point}:{turn}");
                let served = site
                    .installation
                    .serve_with(&[("MCND_DIE_AT", &chosen)])
                    .await;
                let Served {
                    process, public, ..
                } = served;
                let (_gone, ended) = tokio::join!(site.send(public), process.ends_within(LIMIT));
                assert_eq!(ended.status.signal(), Some(ABORTED), "{chosen}: {ended:?}");
            }
            assert_eq!(site.lost().await, 0, "{point}");
        }
    }
);
