//! The library of the Standard Webhooks for JavaScript verifies what is sent.

use std::{process::Command, time::Duration};

use serde_json::json;

use crate::harness::{
    databases::TestDatabase,
    process::Process,
    receiver::Receiver,
    telling::{SECRET, with_an_orphan},
    wait_until,
};

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the library; run by `.ci/clients`"]
async fn the_library_of_the_standard_verifies_deliveries() {
    let receiver = Receiver::new().await;
    let installation = with_an_orphan(TestDatabase::sqlite(), &receiver).await;
    let _served = installation.serve().await;
    let received = wait_until("a delivery", LIMIT, async || receiver.received().pop()).await;
    let other = SECRET.replace('M', "N");
    for (secret, body, verdict) in [
        (SECRET, received.body.clone(), "verified"),
        (SECRET, received.body.replace("opened", "closed"), "refused"),
        (other.as_str(), received.body.clone(), "refused"),
    ] {
        let mut node = Command::new("node");
        node.arg("tests/clients/verify.mjs");
        let delivery = json!({
            "secret": secret,
            "body": body,
            "headers": {
                "webhook-id": received.id,
                "webhook-timestamp": received.timestamp,
                "webhook-signature": received.signature,
            },
        });
        let ended = Process::start(node, &delivery.to_string());
        let ended = ended.ends_within(LIMIT).await;
        assert_eq!(ended.out.trim(), verdict, "{ended:?}");
    }
}
