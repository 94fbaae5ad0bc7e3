//! Imports as a script makes them: a file is sent or an address given, its plan read, then applied.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};
use mcnd::model::{Role, Scope};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{
    app::{TestApp, answer},
    both,
    http::Answer,
    wait_until,
    web::Site,
};

const PATIENCE: Duration = Duration::from_secs(30);
pub(super) const HEAD: &str = "guid,title,category,media_url,made_for_kids";

/// A script with a key.
pub(super) struct Script<'a> {
    test: &'a TestApp,
    key: String,
}

impl<'a> Script<'a> {
    pub(super) async fn new(test: &'a TestApp) -> Self {
        Self {
            test,
            key: test.key(Role::Owner, &[Scope::Catalog]).await,
        }
    }

    pub(super) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let path = format!("/api/v1/imports{path}");
        self.test.operator_ask(method, &path).bearer_auth(&self.key)
    }

    pub(super) async fn send(&self, options: &str, file: impl Into<Vec<u8>>) -> Answer {
        answer(self.ask(Method::POST, options).body(file.into())).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        answer(self.ask(Method::GET, path)).await
    }

    pub(super) async fn post(&self, path: &str) -> Answer {
        answer(self.ask(Method::POST, path)).await
    }

    /// Sends a file that must be taken, and waits for what becomes of it.
    pub(super) async fn sent(&self, options: &str, file: impl Into<Vec<u8>>) -> Value {
        let taken = self.send(options, file).await.expect(202).json();
        self.rests(&taken).await
    }

    /// The import once nobody is at work on it.
    pub(super) async fn rests(&self, import: &Value) -> Value {
        let path = format!("/{}", import["id"].as_str().unwrap());
        wait_until("the end of the work", PATIENCE, async || {
            let now = self.get(&path).await.expect(200).json();
            let active = ["fetching", "planning", "applying"];
            let state = now["state"].as_str().unwrap().to_owned();
            (!active.contains(&state.as_str())).then_some(now)
        })
        .await
    }
}

/// The rows of a file that may go out, guids from 0 up.
pub(super) fn rows(count: usize) -> String {
    let rows = (0..count)
        .map(|number| format!("g{number},T {number},news,https://media.example/{number}.mp4,no"));
    std::iter::once(HEAD.to_owned())
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

pub(super) fn id(import: &Value) -> &str {
    import["id"].as_str().unwrap()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// How many files there are in the folder of imports.
pub(super) fn files(test: &TestApp) -> usize {
    let folder = test.database.folder().join("imports");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

both!(
    async fn a_file_with_errors_is_planned_mended_and_applied(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let script = Script::new(&test).await;
        let good = "good,One,news,https://media.example/1.mp4,no";
        let text = format!(
            "{HEAD}\n{good}\nbad,Two,news,https://media.example/2.mp4,perhaps\n,Three,news,,no\ndraft,Four,,,no\n"
        );
        let planned = script.sent("?creator=a&name=C%3A%5Crows.csv", text).await;
        assert_eq!(
            (&planned["state"], &planned["name"]),
            (&json!("planned"), &json!("rows.csv"))
        );
        let plan = &planned["plan"];
        let counts = ["rows", "created", "blocked", "errors"].map(|name| plan[name].clone());
        assert_eq!(counts, [json!(4), json!(1), json!(1), json!(2)]);
        let wrong = &plan["wrong"][0];
        assert_eq!((&wrong["row"], &wrong["guid"]), (&json!(2), &json!("bad")));
        assert!(wrong["message"].as_str().unwrap().contains("made_for_kids"));
        assert_eq!(test.database.value("SELECT count(*) FROM videos"), "0");
        let wrong = script
            .get(&format!("/{}/rows?wrong=true", id(&planned)))
            .await;
        assert_eq!(
            wrong.expect(200).json()["items"].as_array().unwrap().len(),
            2
        );

        let mended = format!("{HEAD}\n{good}\nbad,Two,news,https://media.example/2.mp4,no\n");
        let planned = script.sent("?creator=a&name=rows.csv", mended).await;
        let path = format!("/{}", id(&planned));
        script.post(&format!("{path}/apply")).await.expect(202);
        let applied = script.rests(&planned).await;
        assert_eq!(applied["state"], "applied");
        assert_eq!(applied["applied"]["created"], 2);
        assert_eq!(test.feed_guids("a").await, ["good", "bad"]);
        let again = script.post(&format!("{path}/apply")).await.expect(409);
        assert!(again.text().contains("applied already"), "{}", again.text());

        let result = script.get(&format!("{path}/result")).await.expect(200);
        let lines: Vec<_> = result.text().lines().collect();
        assert!(lines[0].starts_with("row,guid,outcome,message,warnings,title"));
        assert!(lines[1].starts_with("1,good,created,,,One"), "{}", lines[1]);
        let kept = script.get(&format!("{path}/result?format=jsonl")).await;
        assert_eq!(kept.expect(200).text().lines().count(), 2);
        let audited = test.database.value(
            "SELECT count(*) FROM audit WHERE action IN ('import.add', 'import.apply', 'import.export')",
        );
        assert_eq!(audited, "5");
    }
);

both!(
    async fn a_list_has_what_everybody_began_newest_first(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let script = Script::new(&test).await;
        let first = script.sent("?creator=a", rows(1)).await;
        test.advance(Duration::from_secs(1));
        test.videos("a", &["command"]).await;
        test.advance(Duration::from_secs(1));
        let third = script.sent("?creator=a&apply=true", rows(1)).await;
        assert_eq!(third["state"], "applied");
        let all = script.get("").await.expect(200).json();
        let states: Vec<_> = all["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["state"].clone())
            .collect();
        assert_eq!(states, ["applied", "applied", "planned"]);
        assert_eq!(all["items"][1]["made_by"], Value::Null);
        let page = script.get("?limit=1").await.expect(200).json();
        assert_eq!(page["items"][0]["id"], third["id"]);
        let next = page["next"].as_str().unwrap();
        let page = script
            .get(&format!("?limit=2&after={next}"))
            .await
            .expect(200)
            .json();
        assert_eq!(page["items"][1]["id"], first["id"]);
        assert_eq!(page["next"], Value::Null);
        let command = all["items"][1]["id"].as_str().unwrap();
        let shown = script.get(&format!("/{command}")).await.expect(200).json();
        assert_eq!(shown["applied"]["created"], 1);
        script.post(&format!("/{command}/apply")).await.expect(404);
        script.get("/nothing").await.expect(404);
    }
);

#[tokio::test]
async fn a_file_may_be_packed() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    let script = Script::new(&test).await;
    for options in ["?creator=a&name=rows.csv.gz", "?creator=a&format=csv"] {
        let planned = script.sent(options, gzip(&rows(3))).await;
        assert_eq!(planned["plan"]["created"], 3, "{planned}");
    }
    let encoded = script.ask(Method::POST, "?creator=a").body(gzip(&rows(3)));
    let taken = answer(encoded.header("content-encoding", "gzip")).await;
    let planned = script.rests(&taken.expect(202).json()).await;
    assert_eq!(planned["plan"]["created"], 3);
    let odd = script.ask(Method::POST, "?creator=a").body("x");
    answer(odd.header("content-encoding", "br"))
        .await
        .expect(415);
}

#[tokio::test]
async fn a_file_that_is_too_large_leaves_nothing_behind() {
    let mut test = TestApp::with(&[("import.max_file_bytes", "1000")]).await;
    test.creator("a").await;
    let text = rows(100);
    let script = Script::new(&test).await;
    let said = script.send("?creator=a", text.clone()).await.expect(413);
    assert!(
        said.text().contains("import.max_file_bytes"),
        "{}",
        said.text()
    );
    let pieces = text
        .as_bytes()
        .chunks(100)
        .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()));
    let pieces = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces.collect::<Vec<_>>()));
    let streamed = script.ask(Method::POST, "?creator=a").body(pieces);
    answer(streamed).await.expect(413);
    assert_eq!(files(&test), 0);
    // Small enough as it comes, and too large once it is unpacked.
    let failed = script.sent("?creator=a", gzip(&text)).await;
    assert_eq!(failed["state"], "failed");
    assert!(
        failed["message"]
            .as_str()
            .unwrap()
            .contains("import.max_file_bytes")
    );
    script.send("?creator=a", "").await.expect(400);

    test.set("import.folder_bytes", "600").await;
    let script = Script::new(&test).await;
    let full = script.send("?creator=a", rows(12)).await.expect(507);
    assert!(
        full.text().contains("import.folder_bytes"),
        "{}",
        full.text()
    );
}

#[tokio::test]
async fn what_can_not_be_used_says_why_and_may_be_planned_by_other_options() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    let script = Script::new(&test).await;
    for (options, status) in [
        ("?format=xml", 400),
        ("?map=title", 400),
        ("?creator=No%20Id", 400),
        ("?apply=perhaps", 400),
    ] {
        script.send(options, rows(1)).await.expect(status);
    }
    let form = script
        .ask(Method::POST, "")
        .header("content-type", "multipart/form-data; boundary=x");
    answer(form.body("--x--")).await.expect(415);
    assert_eq!(files(&test), 0);

    let picture = script
        .sent("?creator=a", b"\x89PNG\r\n\x1a\n\x00\x00".to_vec())
        .await;
    assert_eq!(picture["state"], "failed", "{picture}");
    script
        .get(&format!("/{}/rows", id(&picture)))
        .await
        .expect(404);

    let theirs = rows(2).replace("title", "Name");
    let failed = script.sent("?creator=a", theirs).await;
    assert!(
        failed["message"]
            .as_str()
            .unwrap()
            .contains("unknown column `Name`")
    );
    let path = format!("/{}/plan", id(&failed));
    let wrong = script
        .ask(Method::POST, &path)
        .json(&json!({ "map": ["Name"], "colour": 1 }));
    answer(wrong).await.expect(422);
    let options = json!({ "creator": "a", "map": ["Name=title"] });
    answer(script.ask(Method::POST, &path).json(&options))
        .await
        .expect(202);
    let planned = script.rests(&failed).await;
    assert_eq!(
        (&planned["state"], &planned["plan"]["created"]),
        (&json!("planned"), &json!(2))
    );
    assert_eq!(planned["options"]["map"], json!(["Name=title"]));
    // Without options the last ones stay.
    script.post(&path).await.expect(202);
    assert_eq!(script.rests(&failed).await["plan"]["created"], 2);
}

both!(
    async fn an_address_is_read_through_the_guarded_client(db: TestDatabase) {
        let test = TestApp::start(db, &[("outbound.allow", "[\"127.0.0.0/8\"]")]).await;
        test.creator("a").await;
        let script = Script::new(&test).await;
        let site = Site::new(rows(2)).await;
        let url = site
            .url("/rows.csv?key=hidden")
            .replace("http://", "http://me:pw@");
        let wish = json!({ "url": url, "creator": "a", "apply": true });
        let taken = answer(script.ask(Method::POST, "").json(&wish))
            .await
            .expect(202)
            .json();
        let applied = script.rests(&taken).await;
        assert_eq!(
            (&applied["state"], &applied["applied"]["created"]),
            (&json!("applied"), &json!(2))
        );
        assert!(applied["name"].as_str().unwrap().ends_with("/rows.csv?…"));
        assert!(site.asked()[0].0.as_deref().unwrap().starts_with("Basic "));
        let stored = test.database.query("SELECT * FROM import_files");
        let audited = test.database.query("SELECT after FROM audit");
        for secret in ["hidden", "me:pw", "pw@"] {
            assert!(
                !format!("{stored:?}{audited:?}").contains(secret),
                "{secret}"
            );
        }
        site.fail(404);
        let wish = json!({ "url": site.url("/gone.csv"), "creator": "a" });
        let taken = answer(script.ask(Method::POST, "").json(&wish))
            .await
            .expect(202)
            .json();
        let failed = script.rests(&taken).await;
        assert_eq!(failed["state"], "failed");
        assert!(
            failed["message"].as_str().unwrap().contains("404"),
            "{failed}"
        );
        for wrong in [
            json!({}),
            json!({ "url": "nowhere" }),
            json!({ "url": "ftp://a.example/x" }),
        ] {
            let refused = answer(script.ask(Method::POST, "").json(&wrong)).await;
            assert!([400, 422].contains(&refused.status), "{wrong}");
        }
    }
);

#[tokio::test]
async fn an_address_of_this_machine_is_not_read() {
    let test = TestApp::sqlite().await;
    let script = Script::new(&test).await;
    let site = Site::new(rows(1)).await;
    let wish = json!({ "url": site.url("/"), "creator": "a" });
    let taken = answer(script.ask(Method::POST, "").json(&wish))
        .await
        .expect(202)
        .json();
    let failed = script.rests(&taken).await;
    assert_eq!(failed["state"], "failed", "{failed}");
    assert!(site.asked().is_empty());
}
