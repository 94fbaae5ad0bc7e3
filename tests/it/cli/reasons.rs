//! `mcnd event reasons`, `mcnd event name` and `mcnd user reset-totp`.

use serde_json::json;

use crate::harness::{databases::TestDatabase, installation::Installation};

#[tokio::test]
async fn a_reason_is_listed_with_the_name_it_was_given() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let none = installation.done(&["event", "reasons"]).await;
    assert!(none.contains("no video stands refused"), "{none}");
    installation.creator("a").await;
    installation.database.sql(
        "INSERT INTO videos (id, creator_id, guid, state, held, needs, retry_epoch, refusal, added_at, content_at)
         VALUES ('v', 'a', 'g', 'refused', FALSE, 0, 0, 'encoding_error', 1, 1)",
    );
    let name = ["event", "name", "encoding_error", "broken file"];
    installation.done(&name).await;
    let listed = installation.lines(&["event", "reasons", "--json"]).await;
    assert_eq!(
        listed,
        [json!({ "reason": "encoding_error", "name": "broken file", "videos": "1" })]
    );
    let long = "x".repeat(101);
    installation.ends(&["event", "name", "e", &long], 1).await;
}

#[tokio::test]
async fn codes_are_reset_of_somebody_who_has_them_alone() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    installation.done(&["user", "add", "ann"]).await;
    installation.ends(&["user", "reset-totp", "ann"], 1).await;
    installation.database.sql(
        "INSERT INTO totp_devices (operator_id, secret, last_step)
         SELECT id, zeroblob(20), 0 FROM operators",
    );
    let reset = installation.done(&["user", "reset-totp", "ann"]).await;
    assert!(reset.contains("without codes"), "{reset}");
}
