//! An installation that has something to tell to a receiver of webhooks.

use reqwest::StatusCode;
use serde_json::json;

use super::{
    databases::TestDatabase, given::ready, http::client, installation::Installation,
    receiver::Receiver,
};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

/// An installation with a report about an unknown video, which a daemon finds when it starts. What it opens for it is sent
/// to the receiver.
pub(crate) async fn with_an_orphan(database: TestDatabase, receiver: &Receiver) -> Installation {
    let installation = Installation::new(database).await;
    let secret = installation.credential("callback", "bearer").await;
    let served = installation.serve().await;
    let request = client()
        .post(format!("http://{}/callbacks/dailymotion", served.public))
        .bearer_auth(secret)
        .body(json!([ready("nobody", "x1abcd")]).to_string());
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    served.process.kill().await;
    installation.configure(&format!(
        "[outbound]\nallow = [\"127.0.0.0/8\"]\nconnect_timeout = \"1s\"\nheader_timeout = \"1s\"\n\
         [alarms]\ndisk_free = 0\n\
         [webhooks]\nendpoints = [{{ name = \"chat\", url = \"{}\", secret = \"{SECRET}\" }}]",
        receiver.url("/")
    ));
    installation
}
