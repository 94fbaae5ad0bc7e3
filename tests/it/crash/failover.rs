//! A standby takes the primary's place behind the same address, under a load of callbacks.

use std::time::Duration;

use super::{
    postgres::{goes_on, is_ready, nothing_is_stored, under_load},
    site::Site,
};
use crate::harness::{
    cluster::Cluster,
    databases::TestDatabase,
    proxy::{Proxy, Upstream},
    wait_until,
};

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_failover_and_the_old_primary_takes_no_write() {
    let primary = Cluster::start_new();
    let mut database = TestDatabase::on(primary.server());
    let proxy = Proxy::before(&mut database).await;
    let site = Site::new(database).await;
    let standby = primary.standby();
    wait_until("the standby", LIMIT, async || {
        let followed = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        (site.installation.database.value(followed) == "1").then_some(())
    })
    .await;
    let kept_there = || {
        site.installation
            .database
            .value("SELECT count(*) FROM events")
    };
    under_load(&site, async |served| {
        goes_on(&site).await;
        primary.stop();
        proxy.lead_to(Upstream::of(&standby.server().url()));
        is_ready(served, false).await;
        nothing_is_stored(&site, served).await;
        standby.promote();
        goes_on(&site).await;
        primary.start();
        // It would take writes if anybody came: it does not wait for its standby any more.
        primary.attend_nobody();
        let before = kept_there();
        goes_on(&site).await;
        assert_eq!(kept_there(), before);
    })
    .await;
}
