//! A database that may not grow: callbacks are told to come back, and are stored again as soon as there is room.

use std::process::Command;

use super::oracle::Site;
use crate::harness::{cluster::done, databases::TestDatabase, http::client, installation::Served};

/// Lets no file of a daemon grow beyond this.
fn limit_files(daemon: &Served, bytes: &str) {
    let mut limit = Command::new("prlimit");
    limit.args(["--pid", &daemon.process.id().to_string()]);
    done(limit.arg(format!("--fsize={bytes}:")));
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_are_stored_again_once_the_database_may_grow() {
    let site = Site::new(TestDatabase::sqlite()).await;
    // By default, the system kills whoever goes beyond such a limit.
    let served = site.installation.serve_after("trap '' XFSZ").await;
    let client = client();
    for _ in 0..3 {
        limit_files(&served, "65536");
        site.post_until_refused(&client, served.public).await;
        limit_files(&served, "unlimited");
        site.post_is_stored(&client, served.public).await;
    }
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
}
