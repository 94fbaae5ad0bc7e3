//! No command but those that are meant to makes a database.

use crate::harness::{databases::TestDatabase, installation::Installation};

#[tokio::test]
async fn only_what_is_meant_to_makes_a_database() {
    let installation = Installation::bare(TestDatabase::sqlite());
    let file = installation.database.url.strip_prefix("sqlite:").unwrap();
    installation.write("rows.csv", "guid\n");
    for command in [
        &["backup", "copy"][..],
        &["doctor", "--deep"],
        &["doctor"],
        &["status"],
        &["creator", "list"],
        &["import", "rows.csv", "--creator", "a"],
        &["video", "list"],
        &["event", "list"],
        &["source", "list"],
        &["credential", "list"],
        &["feed", "show", "a"],
        &["user-list", "show"],
    ] {
        let ended = installation.run(command).await;
        assert!(!ended.status.success(), "{command:?}");
        let said = format!("{}{}", ended.out, ended.err);
        assert!(
            said.contains("there is no database at") && said.contains("mcnd migrate"),
            "{command:?}: {said}"
        );
        assert!(!std::fs::exists(file).unwrap(), "{command:?} made one");
    }
    installation.done(&["migrate"]).await;
    installation.done(&["status"]).await;
}
