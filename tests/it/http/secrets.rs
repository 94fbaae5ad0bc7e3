//! No secret in any line of the log, whatever is asked and however it ends.

use std::io::Write;

use mcnd::model::{CredentialForm, CredentialKind};
use reqwest::Method;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::harness::{
    app::{TestApp, answer},
    given::{Shared, ready},
};

struct Log(Shared);

impl<'a> MakeWriter<'a> for Log {
    type Writer = Box<dyn Write>;

    fn make_writer(&'a self) -> Self::Writer {
        Box::new(self.0.clone())
    }
}

/// Every line that this thread logs, at every level, from now on.
fn captured() -> (Shared, tracing::subscriber::DefaultGuard) {
    let lines = Shared::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(Log(lines.clone()))
        .finish();
    (lines, tracing::subscriber::set_default(subscriber))
}

#[tokio::test(flavor = "current_thread")]
async fn secrets_in_paths_and_headers_are_in_no_line() {
    let (lines, _guard) = captured();
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.videos("a", &["g"]).await;
    let mut secrets = vec![
        test.crawler.clone(),
        test.callback.clone(),
        "wrong-secret".to_owned(),
    ];
    for kind in [CredentialKind::Crawler, CredentialKind::Callback] {
        for form in [CredentialForm::Basic, CredentialForm::Path] {
            secrets.push(test.credential(kind, form).await.secret);
        }
    }
    for secret in &secrets {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            for path in [
                "/users.json",
                "/feeds/a.xml",
                "/callbacks/dailymotion",
                "/nowhere",
            ] {
                let request = |path: &str| {
                    test.ask(method.clone(), path)
                        .body(ready("g", "x1").to_string())
                };
                answer(request(path).bearer_auth(secret)).await;
                answer(request(path).basic_auth("user", Some(secret))).await;
                answer(request(&format!("/c/{secret}{path}"))).await;
                answer(request(&format!("{path}/{secret}?token={secret}"))).await;
            }
        }
    }
    test.post("no JSON").await.expect(400);
    test.database.sql("DROP TABLE visits");
    assert!(test.app.write_visits().await.is_err());
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/callbacks/dailymotion/{secret}"), "{log}");
    for secret in &secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
}
