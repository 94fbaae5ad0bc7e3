//! Programs: API keys, and what crawlers and the injector present.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{
    nest::Nest,
    people::{Browser, between},
    places::{Place, said},
};
use crate::harness::{given::ready, http::Answer, installation::lines_of, wait_until};

const LIMIT: Duration = Duration::from_secs(30);

/// A credential as whoever presents it knows it.
struct Presented {
    kind: String,
    form: String,
    id: String,
    secret: String,
    /// What Basic makes of it.
    pair: String,
}

/// Keys made by the API, the page and the command line, and presented rightly and wrongly. Answers with one that may do
/// everything.
pub(super) async fn keys(nest: &mut Nest, browser: &Browser) -> String {
    let scopes = json!([
        "read",
        "catalog",
        "events",
        "credentials",
        "finance",
        "admin"
    ]);
    let mut keys = Vec::new();
    for first in [true, false] {
        let request = browser.request(nest, Method::POST, "/api/v1/keys");
        let request = request.header("idempotency-key", "a key");
        let request = request.json(&json!({ "name": "all", "scopes": scopes }));
        let answer = Answer::of(request.send().await.unwrap()).await.expect(201);
        let secret = answer.json()["secret"].as_str().map(str::to_owned);
        assert_eq!(secret.is_some(), first, "{}", said(&answer));
        if let Some(secret) = &secret {
            nest.plant("API key", secret);
        }
        let shown: Vec<_> = secret.iter().map(String::as_str).collect();
        nest.places
            .file_but(Place::Api, "make a key", &said(&answer), &shown);
        keys.extend(secret);
    }
    let form = browser.form(
        nest,
        "/settings/keys",
        &[("name", "page"), ("scope", "read")],
    );
    let page = Answer::of(form.send().await.unwrap()).await.expect(200);
    let secret = between(page.text(), "<code class=\"long secret\">", "<");
    nest.plant("API key", &secret);
    let shown = [secret.as_str(), &browser.token];
    nest.places
        .file_but(Place::Page, "key made", &said(&page), &shown);
    let parrot = nest.parrot.clone();
    for more in [&["--json"][..], &[]] {
        let add = ["key", "add", "cli", "--of", &parrot, "--scope", "read"];
        let add = [&add[..], more].concat();
        let ended = nest.installation.ends(&add, 0).await;
        let secret = format!("mcnd_{}", between(&ended.out, "mcnd_", "\n"));
        let secret = secret.split('"').next().unwrap().to_owned();
        nest.plant("API key", &secret);
        nest.heard(&add, &ended, &[&secret]);
    }
    let wrong = format!("mcnd_nobody_{}", nest.secret("wrong API key"));
    let me = |nest: &Nest| nest.inside(Method::GET, "/api/v1/me");
    nest.refused(me(nest).bearer_auth(&wrong)).await;
    nest.refused(me(nest).basic_auth(&keys[0], Some(&keys[0])))
        .await;
    nest.refused(
        nest.outside(Method::GET, "/users.json")
            .bearer_auth(&keys[0]),
    )
    .await;
    keys.swap_remove(0)
}

/// Credentials of every kind and form, made and rotated by the command line, the API and the page, and presented rightly
/// and wrongly.
pub(super) async fn credentials(nest: &mut Nest, browser: &Browser) {
    let mut all = Vec::new();
    for kind in ["crawler", "callback"] {
        for form in ["basic", "bearer", "path"] {
            all.push(by_command(nest, kind, form, "--json").await);
            let fields = json!({ "kind": kind, "form": form });
            all.push(by_api(nest, browser, "/api/v1/credentials", &fields).await);
            by_page(nest, browser, "", &[("kind", kind), ("form", form)], form).await;
        }
    }
    for at in [1, 3, 5] {
        let (id, form) = (all[at].id.clone(), all[at].form.clone());
        let rotate = format!("/api/v1/credentials/{id}/rotate");
        all.push(
            by_api(
                nest,
                browser,
                &rotate,
                &json!({ "overlap_seconds": 86_400 }),
            )
            .await,
        );
        by_page(
            nest,
            browser,
            &format!("/{id}/rotate"),
            &[("overlap", "24")],
            &form,
        )
        .await;
    }
    let rotate = ["credential", "rotate", &all[0].id.clone(), "--json"];
    let ended = nest.installation.ends(&rotate, 0).await;
    let made = presented(&lines_of(&ended.out)[0]);
    plant(nest, &made);
    nest.heard(&rotate, &ended, &made.shown(&ended.out));
    let last = &all[10].secret;
    wait_until("what commands made to count", LIMIT, async || {
        let path = format!("/callbacks/dailymotion/{last}");
        let asked = nest.outside(Method::GET, &path).send().await.unwrap();
        (asked.status() == 200).then_some(())
    })
    .await;
    present(nest, &all).await;
}

impl Presented {
    /// What of it stands in a text that shows it: the secret by itself, or in a whole header.
    fn shown(&self, text: &str) -> Vec<&str> {
        let all = [self.secret.as_str(), &self.pair];
        all.into_iter().filter(|part| text.contains(part)).collect()
    }
}

fn presented(made: &Value) -> Presented {
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let (id, secret) = (text("id"), text("secret"));
    Presented {
        kind: text("kind"),
        form: text("form"),
        pair: STANDARD.encode(format!("{id}:{secret}")),
        id,
        secret,
    }
}

fn plant(nest: &mut Nest, made: &Presented) {
    nest.plant(
        &format!("{} {} credential", made.kind, made.form),
        &made.secret,
    );
}

async fn by_command(nest: &mut Nest, kind: &str, form: &str, how: &str) -> Presented {
    let add = ["credential", "add", kind, "--form", form, how];
    let ended = nest.installation.ends(&add, 0).await;
    let made = presented(&lines_of(&ended.out)[0]);
    plant(nest, &made);
    nest.heard(&add, &ended, &made.shown(&ended.out));
    made
}

async fn by_api(nest: &mut Nest, browser: &Browser, path: &str, fields: &Value) -> Presented {
    let request = browser.request(nest, Method::POST, path).json(fields);
    let answer = Answer::of(request.send().await.unwrap()).await;
    assert!(matches!(answer.status, 200 | 201), "{}", said(&answer));
    let made = presented(&answer.json());
    plant(nest, &made);
    let said = said(&answer);
    nest.places
        .file_but(Place::Api, path, &said, &made.shown(&said));
    made
}

async fn by_page(
    nest: &mut Nest,
    browser: &Browser,
    path: &str,
    fields: &[(&str, &str)],
    form: &str,
) {
    let path = format!("/settings/credentials{path}");
    let page = browser.form(nest, &path, fields).send().await.unwrap();
    let page = Answer::of(page).await.expect(200);
    let (before, after) = match form {
        "basic" => ("<dt>password</dt><dd><code class=\"long\">", "<"),
        "bearer" => ("Authorization: Bearer ", "<"),
        _path if page.text().contains("/c/") => ("/c/", "/"),
        _path => ("/callbacks/dailymotion/", "<"),
    };
    let secret = between(page.text(), before, after);
    let id = between(page.text(), "the secret of <code>", "<");
    nest.plant("credential of a page", &secret);
    let (said, pair) = (said(&page), STANDARD.encode(format!("{id}:{secret}")));
    let mut shown = vec![secret.as_str(), &browser.token];
    if said.contains(&pair) {
        shown.push(&pair);
    }
    nest.places
        .file_but(Place::Page, "credential made", &said, &shown);
}

/// Presents each credential in every way to every face: rightly, wrongly, and as what it is not.
async fn present(nest: &mut Nest, all: &[Presented]) {
    let parrot = nest.parrot.clone();
    let feed = format!("/feeds/{parrot}.xml");
    let body = json!([ready(&parrot, "x1")]).to_string();
    let callback = |request: RequestBuilder| request.body(body.clone());
    for made in all {
        let (id, secret) = (made.id.as_str(), made.secret.as_str());
        if made.kind == "callback" {
            let path = format!("/callbacks/dailymotion/{secret}");
            let plain = "/callbacks/dailymotion";
            let ask = |nest: &Nest| match made.form.as_str() {
                "basic" => nest
                    .outside(Method::POST, plain)
                    .basic_auth(id, Some(secret)),
                "bearer" => nest.outside(Method::POST, plain).bearer_auth(secret),
                _path => nest.outside(Method::POST, &path),
            };
            let right = callback(ask(nest));
            nest.told(Place::Face, right, 200, &[]).await;
            let odd = ask(nest).body("no JSON");
            nest.refused(odd).await;
        } else {
            for path in ["/users.json", &feed] {
                let under = format!("/c/{secret}{path}");
                let request = match made.form.as_str() {
                    "basic" => nest.outside(Method::GET, path).basic_auth(id, Some(secret)),
                    "bearer" => nest.outside(Method::GET, path).bearer_auth(secret),
                    _path => nest.outside(Method::GET, &under),
                };
                let answer = Answer::of(request.send().await.unwrap()).await.expect(200);
                // Whoever came by a secret path is led on by it, and nobody else.
                let said = said(&answer);
                let shown: &[&str] = match made.form.as_str() {
                    "path" if said.contains(secret) => &[secret],
                    _other => &[],
                };
                nest.places.file_but(Place::Face, path, &said, shown);
            }
        }
        wrongly(nest, secret).await;
    }
    let wrong = nest.secret("wrong credential");
    wrongly(nest, &wrong).await;
}

/// Presents a secret as what it is not, and where nothing is asked for.
async fn wrongly(nest: &mut Nest, secret: &str) {
    for path in ["/users.json", "/callbacks/dailymotion", "/nowhere"] {
        let post = path.starts_with("/callbacks");
        let method = if post { Method::POST } else { Method::GET };
        let request = |path: &str| nest.outside(method.clone(), path).body("[]");
        let requests = [
            request(path).basic_auth("nobody", Some(secret)),
            request(&format!("{path}?token={secret}")),
            request(&format!("/c/{secret}/nowhere")),
            request(&format!("/nowhere/{secret}?token={secret}")),
            request(path).header("authorization", format!("Digest {secret}")),
        ];
        for request in requests {
            nest.refused(request).await;
        }
    }
    nest.refused(nest.inside(Method::GET, "/api/v1/me").bearer_auth(secret))
        .await;
    nest.refused(nest.inside(Method::GET, &format!("/nowhere/{secret}")))
        .await;
}
