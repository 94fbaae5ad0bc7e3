//! People: their links, passwords, sessions, forms and codes.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{
    canary::Canary,
    nest::Nest,
    places::{Place, said},
};
use crate::harness::{http::Answer, totp};

const ACCOUNT: &str = "/settings/account/password";
const CODES: &str = "/settings/account/codes";

/// Somebody's browser.
#[derive(Clone)]
pub(super) struct Browser {
    secret: String,
    /// What its forms hold.
    pub(super) token: String,
}

impl Browser {
    /// Takes up the cookie of an answer, which the answer shows this once.
    async fn of(nest: &mut Nest, answer: &Answer, name: &str) -> Self {
        let secret = cookie(answer);
        nest.plant("session", &secret);
        nest.places
            .file_but(Place::Page, name, &said(answer), &[&secret]);
        let mut browser = Self {
            secret,
            token: String::new(),
        };
        let (_, page) = browser.asked(nest, "/confirm?next=/").await;
        browser.token = between(&page, "name=\"token\" value=\"", "\"");
        nest.plant("token of forms", &browser.token);
        browser
    }

    async fn asked(&self, nest: &Nest, path: &str) -> (u16, String) {
        let answer = self.request(nest, Method::GET, path).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub(super) fn request(&self, nest: &Nest, method: Method, path: &str) -> RequestBuilder {
        let cookie = format!("__Host-mcnd-operator={}", self.secret);
        let request = nest.inside(method, path).header("cookie", cookie);
        request.header("sec-fetch-site", "same-origin")
    }

    /// Files a page, which shows its own token.
    pub(super) async fn page(&self, nest: &mut Nest, path: &str, shown: &[&str]) -> Answer {
        let request = self.request(nest, Method::GET, path);
        nest.told(Place::Page, request, 200, &with(shown, &self.token))
            .await
    }

    pub(super) fn form(&self, nest: &Nest, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let mut form = vec![("token", self.token.as_str())];
        form.extend(fields);
        self.request(nest, Method::POST, path).form(&form)
    }

    /// Sends a form whose answer is the page with it once more.
    async fn wrong(
        &self,
        nest: &mut Nest,
        path: &str,
        fields: &[(&str, &str)],
        status: u16,
    ) -> Answer {
        let request = self.form(nest, path, fields);
        nest.told(Place::Refusal, request, status, &[&self.token])
            .await
    }
}

fn with<'a>(shown: &[&'a str], token: &'a str) -> Vec<&'a str> {
    [shown, &[token]].concat()
}

fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    between(cookie, "=", ";")
}

/// What stands between the first of these and what comes next.
pub(super) fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text
        .split_once(before)
        .unwrap_or_else(|| panic!("`{before}` in {text}"))
        .1;
    rest.split(after).next().unwrap().to_owned()
}

/// The first owner comes in by the link that the daemon printed. Answers with their browser, their password and that link.
pub(super) async fn first_owner(nest: &mut Nest) -> (Browser, String, String) {
    let link = nest.served.process.says("/sign-up/").await;
    let secret = link.rsplit('/').next().unwrap().to_owned();
    nest.plant("link of the first owner", &secret);
    let path = format!("/sign-up/{secret}");
    let page = nest.inside(Method::GET, &path);
    nest.told(Place::Page, page, 200, &[]).await;
    let password = nest.secret("password");
    let (other, name) = (nest.secret("another password"), nest.parrot.clone());
    let bad = format!("{name}{}", nest.secret("password that holds the name"));
    for (first, again) in [(&password, &other), (&bad, &bad)] {
        let form = [("name", &name), ("password", first), ("again", again)];
        let request = nest.inside(Method::POST, &path).form(&form);
        nest.told(Place::Refusal, request, 422, &[]).await;
    }
    let form = [
        ("name", &name),
        ("password", &password),
        ("again", &password),
    ];
    let request = nest.inside(Method::POST, &path).form(&form);
    nest.told(Place::Page, request, 303, &[]).await;
    nest.refused(nest.inside(Method::GET, &path)).await;
    (signed_in(nest, &password).await, password, link)
}

/// Tries to sign in with what is wrong, and signs in.
async fn signed_in(nest: &mut Nest, password: &str) -> Browser {
    let parrot = nest.parrot.clone();
    let wrong = nest.secret("wrong password");
    let form = [("name", parrot.as_str()), ("password", &wrong)];
    let request = nest.inside(Method::POST, "/sign-in").form(&form);
    nest.told(Place::Refusal, request, 401, &[]).await;
    // The field in which somebody typed their password as a name shows it to them again.
    let form = [("name", password), ("password", password)];
    let request = nest.inside(Method::POST, "/sign-in").form(&form);
    nest.told(Place::Refusal, request, 401, &[password]).await;
    sign_in(nest, password).await
}

async fn sign_in(nest: &mut Nest, password: &str) -> Browser {
    let form = [
        ("name", nest.parrot.as_str()),
        ("password", password),
        ("next", "/"),
    ];
    let request = nest.inside(Method::POST, "/sign-in").form(&form);
    let answer = Answer::of(request.send().await.unwrap()).await.expect(303);
    Browser::of(nest, &answer, "sign in").await
}

/// Gives the password again, and changes it. Answers with the browser as it goes on, and the new password.
pub(super) async fn passwords(
    nest: &mut Nest,
    browser: Browser,
    password: &str,
) -> (Browser, String) {
    let wrong = nest.secret("wrong password at a confirmation");
    browser
        .wrong(
            nest,
            "/confirm",
            &[("password", &wrong), ("next", "/")],
            401,
        )
        .await;
    let right = browser.form(nest, "/confirm", &[("password", password), ("next", "/")]);
    let answer = Answer::of(right.send().await.unwrap()).await.expect(303);
    let browser = Browser::of(nest, &answer, "confirm").await;
    let (new, other) = (nest.secret("new password"), nest.secret("unlike password"));
    for (present, password, again, status) in [
        (password, new.as_str(), other.as_str(), 422),
        (&wrong, &new, &new, 401),
        (password, "short", "short", 422),
    ] {
        let form = [
            ("present", present),
            ("password", password),
            ("again", again),
        ];
        browser.wrong(nest, ACCOUNT, &form, status).await;
    }
    let form = [("present", password), ("password", &new), ("again", &new)];
    let changed = browser.form(nest, ACCOUNT, &form).send().await.unwrap();
    let changed = Answer::of(changed).await.expect(303);
    (
        Browser::of(nest, &changed, "change the password").await,
        new,
    )
}

/// Opens the link that brings a session into another browser, and tries it once more.
pub(super) async fn enter(nest: &mut Nest, password: &str) {
    let prepared = sign_in(nest, password).await;
    let path = format!("/enter/{}", prepared.secret);
    let opened = nest.inside(Method::GET, &path).send().await.unwrap();
    let opened = Answer::of(opened).await.expect(303);
    let entered = Browser::of(nest, &opened, "enter").await;
    nest.refused(nest.inside(Method::GET, &path)).await;
    let wrong = nest.secret("wrong link");
    for place in ["enter", "sign-up"] {
        nest.refused(nest.inside(Method::GET, &format!("/{place}/{wrong}")))
            .await;
    }
    let forged = nest.secret("forged token");
    let form = [("token", forged.as_str()), ("password", password)];
    nest.refused(entered.request(nest, Method::POST, "/confirm").form(&form))
        .await;
    let bare = nest.inside(Method::POST, "/api/v1/creators");
    let bare = bare.header("x-csrf-token", &forged);
    let cookie = format!("__Host-mcnd-operator={forged}");
    nest.refused(bare.header("cookie", cookie).json(&json!({})))
        .await;
}

/// Invites people by the command line, the API and the page.
pub(super) async fn invitations(nest: &mut Nest, browser: &Browser) {
    for arguments in [
        &["user", "add", "ann", "--role", "viewer", "--json"][..],
        &["user", "invite", "ann"],
    ] {
        let ended = nest.installation.ends(arguments, 0).await;
        let secret = between(&ended.out, "/sign-up/", "\n");
        let secret = secret.split('"').next().unwrap().to_owned();
        nest.plant("invitation", &secret);
        nest.heard(arguments, &ended, &[&secret]);
    }
    for path in ["/api/v1/operators", "/api/v1/operators/bob/invite"] {
        for first in [true, false] {
            let request = browser.request(nest, Method::POST, path);
            let request = request.header("idempotency-key", path);
            let request = request.json(&json!({ "name": "bob", "role": "viewer" }));
            let answer = Answer::of(request.send().await.unwrap()).await;
            let link = answer.json()["path"].as_str().map(str::to_owned);
            assert_eq!(link.is_some(), first, "{}", said(&answer));
            let secret = link.map(|link| between(&link, "/sign-up/", "\""));
            if let Some(secret) = &secret {
                nest.plant("invitation", secret);
            }
            let shown: Vec<_> = secret.iter().map(String::as_str).collect();
            nest.places
                .file_but(Place::Api, path, &said(&answer), &shown);
        }
    }
    let form = browser.form(
        nest,
        "/settings/operators",
        &[("name", "carl"), ("role", "viewer")],
    );
    let page = Answer::of(form.send().await.unwrap()).await.expect(200);
    let secret = between(page.text(), "/sign-up/", "<");
    nest.plant("invitation", &secret);
    let shown = [secret.as_str(), &browser.token];
    nest.places
        .file_but(Place::Page, "invited", &said(&page), &shown);
}

/// Sets up codes and signs in with one. Answers with nothing but canaries.
pub(super) async fn codes(nest: &mut Nest, browser: &Browser, password: &str) {
    let proposed = browser
        .form(nest, CODES, &[("do", "begin")])
        .send()
        .await
        .unwrap();
    let proposed = Answer::of(proposed).await.expect(200);
    let secret = between(proposed.text(), "secret=", "&");
    let fours: Vec<_> = secret
        .as_bytes()
        .chunks(4)
        .map(String::from_utf8_lossy)
        .collect();
    let fours = fours.join(" ");
    let bytes = totp::key(&secret);
    let canary = Canary::new("secret of codes", &secret)
        .also(&fours)
        .also(bytes);
    nest.canaries.push(canary);
    let shown = [secret.as_str(), &fours, &browser.token];
    nest.places
        .file_but(Place::Page, "begin codes", &said(&proposed), &shown);
    let wrong = browser.form(nest, CODES, &[("do", "on"), ("code", "000000")]);
    nest.told(Place::Refusal, wrong, 422, &shown).await;
    let code = totp::code(&secret, super::now());
    let first = recovery(nest, browser, &[("do", "on"), ("code", &code)]).await;
    let second = recovery(nest, browser, &[("do", "renew"), ("code", &first)]).await;
    let stale = browser.form(nest, CODES, &[("do", "off"), ("code", &first)]);
    nest.told(Place::Refusal, stale, 422, &[&browser.token])
        .await;
    browser.page(nest, CODES, &[]).await;

    let form = [
        ("name", nest.parrot.as_str()),
        ("password", password),
        ("next", "/"),
    ];
    let half = nest
        .inside(Method::POST, "/sign-in")
        .form(&form)
        .send()
        .await
        .unwrap();
    let asks = Answer::of(half).await.expect(200);
    let half = between(asks.text(), "name=\"half\" value=\"", "\"");
    nest.plant("half of a sign-in", &half);
    nest.places
        .file_but(Place::Page, "ask for a code", &said(&asks), &[&half]);
    let give = |nest: &Nest, code: &str| {
        let form = [("half", half.as_str()), ("code", code)];
        nest.inside(Method::POST, "/sign-in/code").form(&form)
    };
    let wrong = give(nest, &first);
    nest.told(Place::Refusal, wrong, 401, &[&half]).await;
    let right = give(nest, &second).send().await.unwrap();
    let right = Answer::of(right).await.expect(303);
    Browser::of(nest, &right, "give a code").await;
}

/// Sends a form whose answer shows recovery codes, this once; answers with one of them.
async fn recovery(nest: &mut Nest, browser: &Browser, form: &[(&str, &str)]) -> String {
    let page = browser.form(nest, CODES, form).send().await.unwrap();
    let page = Answer::of(page).await.expect(200);
    let codes = page.text().split("<li><code>").skip(1);
    let codes: Vec<_> = codes.map(|rest| between(rest, "", "<")).collect();
    assert_eq!(codes.len(), 10);
    for code in &codes {
        let plain = code.replace('-', "");
        nest.canaries
            .push(Canary::new("recovery code", code).also(plain));
    }
    let mut shown: Vec<_> = codes.iter().map(String::as_str).collect();
    shown.push(&browser.token);
    nest.places
        .file_but(Place::Page, "recovery codes", &said(&page), &shown);
    codes[0].clone()
}
