//! Schemathesis asks the API, as its document describes it, for everything that it can think of.

use std::{path, process::Command, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    both,
    http::client,
    installation::{Installation, Served},
    people::PASSWORD,
    process::Process,
};

const LIMIT: Duration = Duration::from_mins(10);

/// A key that may do everything, of an owner who was added by the command and signed up on the page.
async fn key(installation: &Installation, served: &Served) -> String {
    let added = ["user", "add", "ann", "--role", "owner", "--json"];
    let link = installation.lines(&added).await[0]["link"]
        .as_str()
        .unwrap()
        .to_owned();
    let (_, path) = link.split_once("/sign-up/").unwrap();
    let face = format!("http://{}", served.operator);
    let form = [("password", PASSWORD), ("again", PASSWORD), ("name", "ann")];
    let sign_up = client().post(format!("{face}/sign-up/{path}")).form(&form);
    assert!(sign_up.send().await.unwrap().status().is_redirection());
    let sign_in = client().post(format!("{face}/sign-in")).form(&form);
    let cookie = sign_in.send().await.unwrap().headers()["set-cookie"].clone();
    let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
    let scopes = [
        "read",
        "catalog",
        "events",
        "credentials",
        "finance",
        "admin",
    ];
    let made = client()
        .request(Method::POST, format!("{face}/api/v1/keys"))
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin")
        .json(&json!({ "name": "schemathesis", "scopes": scopes }));
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    made["secret"].as_str().unwrap().to_owned()
}

both!(
    #[ignore = "needs Schemathesis; run by `.ci/clients`"]
    async fn schemathesis_finds_nothing_wrong_with_the_api(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        installation.import_videos("clip", 20).await;
        let served = installation
            .serve_with(&[
                ("MCND__ACCESS__WRONG_PER_MINUTE", "10000"),
                ("MCND__OPERATORS__REQUESTS_PER_MINUTE", "1000000"),
            ])
            .await;
        let key = key(&installation, &served).await;
        let folder = path::absolute("tests/clients").unwrap();
        let mut schemathesis = Command::new("schemathesis");
        // It keeps what it found where it runs.
        schemathesis.current_dir(installation.path("."));
        schemathesis.env("SCHEMATHESIS_HOOKS", folder.join("hooks.py"));
        schemathesis
            .arg("--config-file")
            .arg(folder.join("schemathesis.toml"));
        schemathesis.args([
            "run",
            &format!("http://{}/api/openapi.json", served.operator),
        ]);
        schemathesis.args(["--header", &format!("Authorization: Bearer {key}")]);
        schemathesis.arg("--generation-deterministic");
        let ended = Process::start(schemathesis, "").ends_within(LIMIT).await;
        assert!(ended.status.success(), "{}", ended.out);
        assert_eq!(served.process.kill().await.status.code(), None);
    }
);
