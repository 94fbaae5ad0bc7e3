//! Addresses that hold secrets: of sources, of imports, of media.

use std::{fs::Permissions, os::unix::fs::PermissionsExt as _, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use super::{nest::Nest, people::Browser, places::Place};
use crate::harness::{http::Answer, wait_until, web::Site};

const LIMIT: Duration = Duration::from_secs(30);
const HEAD: &str = "guid,title,category,media_url,thumbnail_url,link,made_for_kids";
/// Between the parts of a form with files.
const BOUNDARY: &str = "between-the-parts";

/// Creators and videos. One media address holds a password, another one a token, which Dailymotion is given.
pub(super) async fn videos(nest: &mut Nest, browser: &Browser) {
    let parrot = nest.parrot.clone();
    let link = carrying(nest, "password of a creator's link");
    let fields = json!({
        "id": parrot, "name": parrot, "dailymotion_id": "xparrot", "username": parrot, "adopted": true, "link": link,
    });
    let made = browser.request(nest, Method::POST, "/api/v1/creators");
    nest.told(Place::Api, made.json(&fields), 201, &[]).await;
    let rows = rows(nest);
    nest.installation.write("rows.csv", &rows);
    let import = ["import", "rows.csv", "--creator", &parrot];
    nest.command(&[&import[..], &["--plan", "--json"]].concat(), 0)
        .await;
    nest.command(&import, 0).await;
    let edit = format!(
        "thumbnail_url={}",
        carrying(nest, "password of an edited address")
    );
    nest.command(&["video", "edit", "locked", &edit], 0).await;
    let show = browser.request(nest, Method::GET, "/api/v1/videos/locked");
    let tag = nest.told(Place::Api, show, 200, &[]).await;
    let tag = tag.header("etag").unwrap().to_owned();
    let address = carrying(nest, "password of an address edited by the API");
    let edit = browser.request(nest, Method::PATCH, "/api/v1/videos/locked");
    let edit = edit
        .header("if-match", tag)
        .json(&json!({ "media_url": address }));
    nest.told(Place::Api, edit, 200, &[]).await;
}

/// An address with a password that is a canary.
fn carrying(nest: &mut Nest, what: &str) -> String {
    format!("https://user:{}@media.example/a.mp4", nest.secret(what))
}

fn rows(nest: &mut Nest) -> String {
    let parrot = nest.parrot.clone();
    let media = carrying(nest, "password of a media address");
    let (picture, link) = (
        carrying(nest, "password of a picture"),
        carrying(nest, "password of a link"),
    );
    let token = nest.secret("token of a media address");
    format!(
        "{HEAD}\n{parrot},{parrot},news,https://media.example/{parrot}.mp4,,,no\n\
         open,{parrot},news,https://media.example/b.mp4?token={token},,,no\n\
         locked,{parrot},news,{media},{picture},{link},no\n"
    )
}

/// Sources with credentials in a file and a token in their address, pulled well and badly; others that are refused.
pub(super) async fn sources(nest: &mut Nest, browser: &Browser, key: &str) {
    let parrot = nest.parrot.clone();
    let site = Site::new(format!(
        "{HEAD}\npulled,{parrot},news,https://media.example/c.mp4,,,no\n"
    ))
    .await;
    let (password, token) = (
        nest.secret("password of a source"),
        nest.secret("token of a source"),
    );
    nest.installation
        .write("source.secret", format!("ann:{password}"));
    nest.installation
        .restrict("source.secret", Permissions::from_mode(0o600));
    let url = site.url(&format!("/feed.csv?token={token}"));
    let file = ["--credentials-file", "source.secret"];
    let add = [
        "source",
        "add",
        &parrot,
        &url,
        "--creator",
        &parrot,
        "--format",
        "csv",
        "--every",
        "1h",
    ];
    nest.command(&[&add[..], &file].concat(), 1).await;
    nest.command(&[&add[..], &file, &["--credentials-in-clear"]].concat(), 0)
        .await;
    wait_until("the daemon's pull", LIMIT, async || {
        (!site.asked().is_empty()).then_some(())
    })
    .await;
    let pull = ["source", "pull", &parrot, "--again"];
    let pulled = wait_until("the end of the daemon's pull", LIMIT, async || {
        let ended = nest.installation.run(&pull).await;
        ended.status.success().then_some(ended)
    });
    let pulled = pulled.await;
    nest.heard(&pull, &pulled, &[]);
    site.fail(500);
    nest.command(&pull, 1).await;
    site.fail(200);
    let carried = nest.secret("password in the address of a source");
    let carrying = url.replace("http://", &format!("http://ann:{carried}@"));
    nest.command(
        &["source", "add", "bad", &carrying, "--creator", &parrot],
        1,
    )
    .await;
    imports(nest, &site, browser, key).await;
}

/// Imports from addresses that hold passwords and tokens, by every face.
async fn imports(nest: &mut Nest, site: &Site, browser: &Browser, key: &str) {
    let parrot = &nest.parrot.clone();
    let path = "/rows.csv";
    let mut address = |what: &str| {
        let (password, token) = (
            nest.secret(&format!("password of {what}")),
            nest.secret(&format!("token of {what}")),
        );
        let url = site.url(&format!("{path}?token={token}"));
        url.replace("http://", &format!("http://ann:{password}@"))
    };
    let (command, checked, api, form) = (
        address("a command's import"),
        address("a checked feed"),
        address("an import by the API"),
        address("an import by the page"),
    );
    let missing = address("what is not there");
    let import = ["import", &command, "--creator", parrot, "--format", "csv"];
    nest.command(&import, 0).await;
    nest.command(&["feed", "check", &checked], 1).await;
    site.fail(404);
    let import = ["import", &missing, "--creator", parrot, "--format", "csv"];
    nest.command(&import, 1).await;
    site.fail(200);
    by_page(nest, browser, &form).await;
    by_api(nest, key, &api).await;
}

async fn by_api(nest: &mut Nest, key: &str, address: &str) {
    let parrot = nest.parrot.clone();
    let post = |nest: &Nest, fields: &Value| {
        nest.inside(Method::POST, "/api/v1/imports")
            .bearer_auth(key)
            .json(fields)
    };
    let odd = post(
        nest,
        &json!({ "url": address, "creator": parrot, "format": "odd" }),
    );
    nest.refused(odd).await;
    let fields = json!({ "url": address, "creator": parrot, "format": "csv", "apply": true });
    let request = post(nest, &fields);
    let begun = nest.told(Place::Api, request, 202, &[]).await.json();
    let path = format!("/api/v1/imports/{}", begun["id"].as_str().unwrap());
    wait_until("the end of the import", LIMIT, async || {
        let asked = nest.inside(Method::GET, &path).bearer_auth(key);
        let told = Answer::of(asked.send().await.unwrap()).await.json();
        (told["state"] == "applied").then_some(())
    })
    .await;
}

async fn by_page(nest: &mut Nest, browser: &Browser, address: &str) {
    let parrot = nest.parrot.clone();
    for (format, status) in [("odd", 400), ("csv", 303)] {
        let fields = [
            ("token", browser.token.as_str()),
            ("creator", &parrot),
            ("format", format),
            ("address", address),
        ];
        let parts = fields.map(|(name, value)| {
            format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
        });
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let body = format!("{}--{BOUNDARY}--\r\n", parts.concat());
        let request = browser.request(nest, Method::POST, "/imports");
        let request = request.header("content-type", kind).body(body);
        nest.told(Place::Refusal, request, status, &[]).await;
    }
}
