//! What every answer of the operators' face tells browsers, whoever asks and however it ends.

use mcnd::{
    http::{self, Needs},
    model::Role,
};
use reqwest::{Method, RequestBuilder};

use super::matrix::path_of;
use crate::harness::{
    app::{TestApp, answer},
    http::Answer,
    people::PASSWORD,
};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Of the page to read and try the API alone: drawings in its stylesheet, and no form.
const POLICY_OF_DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
const DOCS: &str = "/api/docs";
const PROTECTIONS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// How somebody's request looks.
type Dress<'a> = &'a dyn Fn(RequestBuilder) -> RequestBuilder;

/// Each header is there once, and says what it should.
#[track_caller]
fn check(answer: &Answer, what: &str, policy: &str) {
    for (name, value) in PROTECTIONS
        .into_iter()
        .chain([("content-security-policy", policy)])
    {
        let said = answer.headers.iter().filter(|(known, _)| known == name);
        let said: Vec<_> = said.map(|(_, value)| value.as_str()).collect();
        assert_eq!(said, [value], "{name} of {what}");
    }
    assert_eq!(answer.header("access-control-allow-origin"), None, "{what}");
}

#[tokio::test]
async fn every_answer_protects_itself_whoever_asks() {
    let test = TestApp::with(&[("operators.requests_per_minute", "100000")]).await;
    let owner = test.signed(Role::Owner).await;
    let cookie = owner.cookie().to_owned();
    let browser = |request: RequestBuilder, site: &str| {
        request
            .header("cookie", cookie.clone())
            .header("sec-fetch-site", site)
    };
    let askers: [(&str, Dress<'_>); 4] = [
        ("nobody", &|request| request),
        ("a wrong key", &|request| request.bearer_auth("mcnd_wrong")),
        ("an owner", &|request| browser(request, "same-origin")),
        ("another site", &|request| browser(request, "cross-site")),
    ];
    for (method, template, needs, _) in http::routes() {
        for (who, dress) in &askers {
            // Whoever signs out is gone.
            if template == "/sign-out" && *who == "an owner" {
                continue;
            }
            let what = format!("{method} {template} to {who}");
            let asked = dress(test.operator_ask(method.clone(), &path_of(&template)));
            let said = answer(asked).await;
            let is_docs = template == DOCS && said.status == 200;
            check(&said, &what, if is_docs { POLICY_OF_DOCS } else { POLICY });
            let stays = said.header("cache-control") == Some("no-store");
            let is_file = said.status == 200
                && ["/style.css", "/script.js", "/icon.svg"].contains(&template.as_str());
            assert!(stays || is_file, "{what}: {:?}", said.headers);
            assert!(needs == Needs::Nothing || stays, "{what}");
            assert_eq!(said.header("strict-transport-security"), None, "{what}");
        }
    }
    for (method, path, status) in [
        (Method::GET, "/nowhere", 404),
        (Method::PUT, "/", 405),
        (Method::TRACE, "/", 405),
        (Method::GET, "/%00", 400),
    ] {
        let said = answer(test.operator_ask(method, path)).await.expect(status);
        check(&said, path, POLICY);
    }
    for file in [
        "docs.css",
        "docs.js",
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "other",
    ] {
        let path = format!("{DOCS}/{file}");
        check(&owner.get(&test, &path).await, &path, POLICY);
    }
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_come_no_other_way() {
    const TLS: &str = "strict-transport-security";
    let over = |test: &TestApp, path: &str, scheme: &str| {
        answer(
            test.operator_ask(Method::GET, path)
                .header("x-forwarded-proto", scheme),
        )
    };
    let test = TestApp::with(&[("server.behind_proxy", "true")]).await;
    for path in ["/", "/sign-in", "/style.css", "/api/v1/me", "/nowhere"] {
        let said = over(&test, path, "https").await;
        assert_eq!(said.header(TLS), Some("max-age=31536000"), "{path}");
        assert_eq!(over(&test, path, "http").await.header(TLS), None, "{path}");
        assert_eq!(test.inside(path).await.header(TLS), None, "{path}");
    }
    let without = TestApp::sqlite().await;
    assert_eq!(over(&without, "/", "https").await.header(TLS), None);
}

#[tokio::test]
async fn a_signed_in_browser_that_names_no_site_is_known_by_the_token_of_its_session() {
    let test = TestApp::sqlite().await;
    let (one, other) = (
        test.signed(Role::Owner).await,
        test.sign_in("owner", PASSWORD).await,
    );
    let (own, foreign) = (one.token(&test).await, other.token(&test).await);
    let add = async |id: &str, token: Option<&str>| {
        let new = serde_json::json!({ "id": id, "name": id });
        let bare = test
            .operator_ask(Method::POST, "/api/v1/creators")
            .header("cookie", one.cookie());
        let dressed = match token {
            Some(token) => bare.header("x-csrf-token", token),
            None => bare,
        };
        answer(dressed.json(&new)).await.status
    };
    assert_eq!(add("a", None).await, 403);
    assert_eq!(add("a", Some(&foreign)).await, 403);
    assert_eq!(add("a", Some("")).await, 403);
    assert_eq!(add("a", Some(&own)).await, 201);
}

#[tokio::test]
async fn links_that_lead_away_say_nothing_of_where_they_were_followed() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.videos("a", &["g"]).await;
    test.deliver(&crate::harness::given::ready("g", "x1")).await;
    let owner = test.signed(Role::Owner).await;
    let mut outer = 0;
    for path in [
        "/",
        "/creators/a",
        "/creators/a/feed",
        "/videos?state=imported",
        "/videos/g",
        "/settings",
    ] {
        let page = owner.get(&test, path).await.expect(200);
        for link in page.text().split("<a ").skip(1) {
            let link = link.split('>').next().unwrap();
            if link.contains("href=\"http") {
                outer += 1;
                let rel = link.split("rel=\"").nth(1).unwrap_or_default();
                let rel = rel.split('"').next().unwrap_or_default();
                assert!(
                    rel.contains("noopener") && rel.contains("noreferrer"),
                    "{path}: {link}"
                );
            }
        }
    }
    assert!(outer > 0);
}
