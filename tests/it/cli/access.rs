//! `mcnd key`, `mcnd session` and `mcnd audit seals`; what is noted of those who read.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{
    both,
    databases::{Kind, TestDatabase},
    http::client,
    installation::{Installation, Served},
    wait_until,
};

const LIMIT: Duration = Duration::from_secs(30);
const PASSWORD: &str = "correct horse battery";

/// Somebody who has set a password by the link that a command printed.
async fn person(installation: &Installation, served: &Served, name: &str, role: &str) {
    let made = installation
        .lines(&["user", "add", name, "--role", role, "--json"])
        .await;
    let link = made[0]["link"].as_str().unwrap();
    let path = link.split_once("/sign-up/").unwrap().1;
    let url = format!("http://{}/sign-up/{path}", served.operator);
    let form = [("password", PASSWORD), ("again", PASSWORD)];
    let sent = client().post(url).form(&form).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
}

async fn asked(served: &Served, key: &str, path: &str) -> StatusCode {
    let url = format!("http://{}/api/v1/{path}", served.operator);
    let request = client().get(url).bearer_auth(key);
    request.send().await.unwrap().status()
}

/// What the audit says of what commands did, oldest first: the action and what it was done to.
async fn noted(installation: &Installation) -> Vec<(String, String)> {
    let text = |line: &Value, member: &str| line[member].as_str().unwrap().to_owned();
    let lines = installation.lines(&["audit", "export"]).await;
    let mut noted = Vec::new();
    for line in lines {
        assert!(text(&line, "actor").starts_with("cli:"), "{line}");
        noted.push((text(&line, "action"), text(&line, "object")));
    }
    noted
}

both!(
    async fn a_key_is_made_in_somebodys_name_listed_and_removed(db: TestDatabase) {
        let installation = Installation::new(db).await;
        let served = installation.serve().await;
        person(&installation, &served, "ann", "operator").await;
        let add = |scope| ["key", "add", "nightly", "--of", "ann", "--scope", scope];
        let made = installation
            .lines(&[&add("catalog")[..], &["--json"]].concat())
            .await;
        let (id, secret) = (&made[0]["id"], made[0]["secret"].as_str().unwrap());
        assert_eq!(asked(&served, secret, "creators").await, StatusCode::OK);
        let beyond = installation.ends(&add("admin"), 1).await;
        assert!(beyond.err.contains("more than its maker"), "{beyond:?}");
        let nobody = ["key", "add", "k", "--of", "bob", "--scope", "read"];
        installation.ends(&nobody, 1).await;
        let listed = installation.lines(&["key", "list", "--json"]).await;
        assert_eq!(
            (&listed[0]["id"], &listed[0]["of"], &listed[0]["scopes"]),
            (id, &json!("ann"), &json!(["catalog"]))
        );
        let shown = installation.done(&["key", "list"]).await;
        assert!(
            shown.contains("nightly") && !shown.contains(secret),
            "{shown}"
        );
        let id = id.as_str().unwrap();
        installation.done(&["key", "remove", id]).await;
        let refused = asked(&served, secret, "creators").await;
        assert_eq!(refused, StatusCode::UNAUTHORIZED);
        let shown = installation.done(&["key", "list"]).await;
        assert!(shown.contains("`mcnd key add`"), "{shown}");
    }
);

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let served = installation.serve().await;
    person(&installation, &served, "ann", "viewer").await;
    let none = installation.done(&["session", "list"]).await;
    assert!(none.contains("nobody is signed in"), "{none}");
    let form = [("name", "ann"), ("password", PASSWORD), ("next", "/")];
    let sign_in = client().post(format!("http://{}/sign-in", served.operator));
    let signed = sign_in.form(&form).send().await.unwrap();
    let cookie = signed.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap();
    let me = async || {
        let url = format!("http://{}/api/v1/me", served.operator);
        let request = client().get(url).header("cookie", cookie);
        request.send().await.unwrap().status()
    };
    assert_eq!(me().await, StatusCode::OK);
    let listed = installation.lines(&["session", "list", "--json"]).await;
    assert_eq!((listed.len(), &listed[0]["operator"]), (1, &json!("ann")));
    let id = listed[0]["id"].as_str().unwrap();
    installation.done(&["session", "end", id]).await;
    assert_eq!(me().await, StatusCode::UNAUTHORIZED);
    installation.ends(&["session", "end", id], 1).await;
}

#[tokio::test]
async fn the_seals_of_the_audits_days_are_listed() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let none = installation.done(&["audit", "seals"]).await;
    assert!(none.contains("no day is sealed yet"), "{none}");
    installation.database.sql(
        "INSERT INTO audit_seals (day, lines, digest) VALUES (20000, 3, zeroblob(32)), (20001, 4, zeroblob(32))",
    );
    let seals = installation.lines(&["audit", "seals", "--json"]).await;
    assert_eq!((seals.len(), &seals[0]["lines"]), (2, &json!(3)));
    let shown = installation
        .done(&["audit", "seals", "--after", "20000"])
        .await;
    assert!(shown.contains("2024-10-05"), "{shown}");
    assert!(!shown.contains("2024-10-04"), "{shown}");
}

both!(
    async fn what_is_read_and_taken_out_by_commands_is_in_the_audit(db: TestDatabase) {
        let installation = Installation::new(db).await;
        let digest = "ab".repeat(32);
        let bytes = match installation.database.kind() {
            Kind::Sqlite => format!("X'{digest}'"),
            Kind::Postgres => format!("'\\x{digest}'"),
        };
        installation.database.sql(&format!(
            "INSERT INTO events (digest, received_at, outcome, raw) VALUES ({bytes}, 1, 'malformed', '{{}}')"
        ));
        installation.done(&["event", "show", &digest]).await;
        installation.done(&["event", "export"]).await;
        let export = ["video", "export", "--state", "waiting"];
        installation.done(&export).await;
        installation.done(&["audit", "list"]).await;
        installation.done(&["backup", "copy"]).await;
        let expected = [
            ("event.read", digest.as_str()),
            ("event.export", "events"),
            ("video.export", "videos"),
            ("audit.read", "audit"),
            ("catalog.backup", "copy"),
            ("audit.read", "audit export"),
        ];
        let expected = expected.map(|(action, object)| (action.to_owned(), object.to_owned()));
        assert_eq!(noted(&installation).await, expected);
        let exported = ["audit", "list", "--object", "videos", "--json"];
        let exported = installation.lines(&exported).await;
        assert_eq!(exported[0]["after"], json!({ "state": "waiting" }));
    }
);

#[tokio::test]
async fn a_reload_of_the_settings_is_in_the_audit_with_what_changed() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let served = installation.serve().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
    installation.configure(&format!(
        "[feed]\nlimit = 7\n[webhooks]\nendpoints = [{{ name = \"a\", url = \"https://a.example\", secret = \"{secret}\" }}]"
    ));
    served.process.signal("HUP");
    let list = ["audit", "list", "--object", "settings", "--json"];
    let noted = wait_until("the line", LIMIT, async || {
        let mut lines = installation.lines(&list).await;
        lines.pop()
    });
    let line = noted.await;
    assert_eq!(
        (&line["actor"], &line["action"]),
        (&json!("mcnd"), &json!("settings.reload"))
    );
    assert_eq!(
        line["before"],
        json!({ "feed.limit": "1000", "webhooks.endpoints": "\"[secret]\"" })
    );
    assert_eq!(
        line["after"],
        json!({ "feed.limit": "7", "webhooks.endpoints": "\"[secret]\"" })
    );
}
