//! Death between an alarm and the news of it: whoever is to be told is told.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use serde_json::json;

use crate::harness::{
    both, given::ready, http::client, installation::Installation, receiver::Receiver, wait_until,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const LIMIT: Duration = Duration::from_mins(1);
const ABORTED: i32 = 6;

both!(
    async fn an_alarm_whose_daemon_died_before_it_was_sent_is_sent(db: TestDatabase) {
        let receiver = Receiver::new().await;
        let installation = Installation::new(db).await;
        installation.configure(&format!(
            "[alarms]\ndisk_free = 0\n[outbound]\nallow = [\"127.0.0.0/8\"]\n[webhooks]\n\
             endpoints = [{{ name = \"chat\", url = \"{}\", secret = \"{SECRET}\" }}]",
            receiver.url("/hunter2")
        ));
        let secret = installation.credential("callback", "bearer").await;
        let served = installation.serve().await;
        let url = format!("http://{}/callbacks/dailymotion", served.public);
        let events = json!([ready("g0", "x1abcd")]).to_string();
        let posted = client().post(url).bearer_auth(secret).body(events);
        assert_eq!(posted.send().await.unwrap().status(), 200);
        served.process.kill().await;

        let deaths = [("MCND_DIE_AT", "alarms.after_commit")];
        let died = installation
            .start(&["serve"], &deaths)
            .ends_within(LIMIT)
            .await;
        assert_eq!(died.status.signal(), Some(ABORTED), "{died:?}");
        assert!(receiver.received().is_empty());

        let served = installation.serve().await;
        wait_until("the news", LIMIT, async || {
            (!receiver.received().is_empty()).then_some(())
        })
        .await;
        let ended = served.process.kill().await;
        let received = receiver.received();
        assert!(received[0].is_signed_with(SECRET), "{received:?}");
        assert_eq!(received[0].json()["data"]["rule"], "orphans");
        let shown = installation.done(&["config", "show"]).await;
        let listed = installation.done(&["webhook", "list"]).await;
        let said = format!("{ended:?} {shown} {listed}");
        assert!(
            !said.contains("hunter2") && !said.contains("MfKQ"),
            "{said}"
        );
        assert!(listed.contains("chat"), "{listed}");
    }
);
