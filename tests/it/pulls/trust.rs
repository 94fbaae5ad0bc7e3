//! Storage that fails under a pull.

use std::time::Duration;

use super::table;
use crate::harness::{both, installation::Installation, web::Site};

both!(
    async fn a_write_of_a_pull_that_is_not_durable_ends_the_daemon(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.configure("[outbound]\nallow = [\"127.0.0.0/8\"]");
        installation.creator("a").await;
        let site = Site::new(table(5)).await;
        let (url, map) = (site.url("/x"), "name=title");
        let add = ["source", "add", "partner", &url, "--creator", "a"];
        let rules = ["--map", map, "--every", "1h"];
        installation.done(&[&add[..], &rules].concat()).await;
        let failing = [("MCND_FAIL_AT", "import.started")];
        let daemon = installation.start(&["serve"], &failing);
        let ended = daemon.ends_within(Duration::from_mins(1)).await;
        assert_eq!(ended.status.code(), Some(70), "{ended:?}");
        installation
            .database
            .sql("UPDATE sources SET lease = NULL, lease_until = NULL");
        let pull = ["source", "pull", "partner"];
        let by_hand = installation.run_with(&failing, &pull).await;
        assert_eq!(by_hand.status.code(), Some(70), "{by_hand:?}");
        let shown = installation.lines(&["source", "show", "partner", "--json"]);
        assert!(shown.await[0]["last_pull"].is_null());
    }
);
