//! No secret in any line of the log, whatever is asked and however it ends.

use reqwest::{Client, Method, StatusCode};

use crate::harness::{
    databases::TestDatabase,
    given::ready,
    http::client,
    installation::{Installation, Served},
};

/// Asks for every path of crawlers and injectors with this secret, in each form in which one can be sent.
async fn ask_with(client: &Client, served: &Served, secret: &str) {
    for method in [Method::GET, Method::POST, Method::DELETE] {
        for path in [
            "/users.json",
            "/feeds/a.xml",
            "/callbacks/dailymotion",
            "/nowhere",
        ] {
            let request = |path: &str| {
                let url = format!("http://{}{path}", served.public);
                let request = client.request(method.clone(), url);
                request.body(ready("g0", "x1").to_string())
            };
            for request in [
                request(path).bearer_auth(secret),
                request(path).basic_auth("user", Some(secret)),
                request(&format!("/c/{secret}{path}")),
                request(&format!("{path}/{secret}?token={secret}")),
            ] {
                request.send().await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn secrets_in_paths_and_headers_are_in_no_line() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    installation.creator("a").await;
    installation.import_videos("g", 1).await;
    let mut secrets = vec!["wrong-secret".to_owned()];
    for kind in ["crawler", "callback"] {
        for form in ["bearer", "basic", "path"] {
            secrets.push(installation.credential(kind, form).await);
        }
    }
    let callback = installation.credential("callback", "bearer").await;
    // A daemon of its own, for what is logged within this process depends on the tests beside.
    let mut served = installation
        .serve_with(&[("MCND__LOG__LEVEL", "trace")])
        .await;
    let client = client();
    for secret in &secrets {
        ask_with(&client, &served, secret).await;
    }
    let url = format!("http://{}/callbacks/dailymotion", served.public);
    let broken = client.post(url).bearer_auth(&callback).body("no JSON");
    assert_eq!(
        broken.send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
    installation.database.sql("DROP TABLE visits");
    ask_with(&client, &served, &secrets[1]).await;
    served.process.says("could not write visits").await;
    let ended = served.process.kill().await;
    let log = format!("{}{}", ended.out, ended.err);
    assert!(log.contains("/callbacks/dailymotion/{secret}"), "{log}");
    for secret in secrets.iter().chain([&callback]) {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
}
