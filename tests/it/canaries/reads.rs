//! Everything that can be read over HTTP, and requests that are turned away with secrets in them.

use std::{collections::BTreeMap, time::Duration};

use mcnd::http::{self, Speech};
use reqwest::Method;
use serde_json::{Value, json};

use super::{nest::Nest, people::Browser, places::Place};
use crate::harness::wait_until;

/// Alarms are judged once a minute.
const JUDGED: Duration = Duration::from_mins(2);

/// What stands in the place of a path's variable, by the route.
pub(super) struct Ids(BTreeMap<&'static str, String>);

/// Routes whose variable is a secret; they are asked elsewhere.
const SECRET: [&str; 2] = ["/sign-up/{secret}", "/enter/{secret}"];

/// Routes of single things, the list whose first one is looked at, and what it is called there.
const LISTS: [(&[&str], &str, &str); 8] = [
    (&["/api/v1/alarms", "/alarms"], "/api/v1/alarms", "id"),
    (&["/api/v1/bulk", "/jobs"], "/api/v1/bulk", "id"),
    (
        &["/api/v1/credentials", "/settings/credentials"],
        "/api/v1/credentials",
        "id",
    ),
    (
        &["/api/v1/events", "/callbacks"],
        "/api/v1/events",
        "digest",
    ),
    (&["/api/v1/imports", "/imports"], "/api/v1/imports", "id"),
    (&["/api/v1/keys", "/settings/keys"], "/api/v1/keys", "id"),
    (
        &["/api/v1/rules/what-if", "/settings/rules/what-if"],
        "/api/v1/rules/what-if",
        "id",
    ),
    (
        &["/api/v1/webhooks/deliveries", "/alarms/deliveries"],
        "/api/v1/webhooks/deliveries",
        "id",
    ),
];

impl Ids {
    /// The first thing of every list.
    pub(super) async fn of(nest: &mut Nest, browser: &Browser, key: &str) -> Self {
        let parrot = nest.parrot.clone();
        let asks = nest
            .inside(Method::POST, "/api/v1/rules/what-if")
            .bearer_auth(key);
        let asks = asks.json(&json!({ "categories": ["news"], "check_category": true }));
        nest.told(Place::Api, asks, 202, &[]).await;
        let plan = nest.inside(Method::POST, "/api/v1/bulk").bearer_auth(key);
        let plan = plan.json(&json!({ "action": "take_down", "creator": parrot }));
        nest.told(Place::Api, plan, 201, &[]).await;
        // An alarm is there a moment before its deliveries are made out.
        wait_until("an alarm that is told", JUDGED, async || {
            let deliveries = nest
                .installation
                .database
                .value("SELECT count(*) FROM deliveries");
            (deliveries != "0").then_some(())
        })
        .await;
        let mut ids = BTreeMap::new();
        for (routes, list, member) in LISTS {
            let told = nest.inside(Method::GET, list).bearer_auth(key);
            let told = nest.told(Place::Api, told, 200, &[]).await.json();
            let id = first(&told)[member]
                .as_str()
                .unwrap_or_else(|| panic!("{list}: {told}"));
            ids.extend(routes.iter().map(|route| (*route, id.to_owned())));
        }
        for route in [
            "/api/v1/creators",
            "/creators",
            "/api/v1/operators",
            "/settings/operators",
        ] {
            ids.insert(route, parrot.clone());
        }
        for route in ["/api/v1/videos", "/videos"] {
            ids.insert(route, "open".to_owned());
        }
        ids.insert("/api/v1/jobs", "judge_alarms".to_owned());
        ids.insert("/api/docs", "docs.js".to_owned());
        let tended = format!("/api/v1/alarms/{}/acknowledge", ids["/alarms"]);
        let tended = browser.request(nest, Method::POST, &tended);
        nest.told(Place::Api, tended, 200, &[]).await;
        Self(ids)
    }

    /// The path of a route with its variable filled in.
    fn fill(&self, route: &str) -> String {
        if route == "/creators/_status" {
            return format!("{route}?status=paused&creator={}", self.0["/creators"]);
        }
        let Some((before, rest)) = route.split_once("/{") else {
            return route.to_owned();
        };
        let id = self
            .0
            .get(before)
            .unwrap_or_else(|| panic!("nothing to fill {route} with"));
        let after = rest.split_once('}').unwrap().1;
        format!("{before}/{id}{after}")
    }
}

/// The first thing of a list or of a page of one.
fn first(told: &Value) -> &Value {
    let items = told.get("items").unwrap_or(told);
    &items[0]
}

/// Asks every route of the operators' listener that only reads.
pub(super) async fn everything(nest: &mut Nest, browser: &Browser, key: &str) {
    let ids = Ids::of(nest, browser, key).await;
    for (method, route, _, speech) in http::routes() {
        if method != Method::GET || SECRET.contains(&route.as_str()) || route == "/confirm" {
            continue;
        }
        let path = ids.fill(&route);
        if speech == Speech::Page {
            let request = browser.request(nest, Method::GET, &path);
            let place = if path.starts_with("/settings/audit") {
                Place::Audit
            } else {
                Place::Page
            };
            let answer = nest.page(request).await;
            let shown: &[&str] = if answer.text().contains(&browser.token) {
                &[&browser.token]
            } else {
                &[]
            };
            nest.filed(place, &path, &answer, shown);
        } else {
            let request = nest.inside(Method::GET, &path).bearer_auth(key);
            nest.told(place_of(&path), request, 200, &[]).await;
        }
    }
    for path in [
        "/api/v1/events/export?format=csv",
        "/api/v1/audit?limit=500",
    ] {
        let request = nest.inside(Method::GET, path).bearer_auth(key);
        nest.told(place_of(path), request, 200, &[]).await;
    }
}

fn place_of(path: &str) -> Place {
    match path {
        "/metrics" => Place::Metrics,
        _ if path.starts_with("/api/v1/audit") => Place::Audit,
        _ if path.contains("/export") || path.ends_with("/result") => Place::Export,
        _api => Place::Api,
    }
}

/// Requests that are wrong and hold secrets.
pub(super) async fn refusals(nest: &mut Nest, key: &str) {
    let secret = nest.secret("password in a wrong request");
    for (method, path) in [
        (Method::POST, "/api/v1/operators"),
        (Method::POST, "/api/v1/keys"),
        (Method::POST, "/api/v1/credentials"),
        (Method::PATCH, "/api/v1/videos/locked"),
        (Method::PUT, "/api/v1/user-list-profile"),
    ] {
        let request = || {
            let request = nest.inside(method.clone(), path).bearer_auth(key);
            request.header("if-match", "\"no\"")
        };
        let kind = "application/json";
        let requests = [
            request()
                .header("content-type", kind)
                .body(format!("{{ \"password\": \"{secret}\"")),
            request()
                .header("content-type", kind)
                .body(format!("[\"{secret}\"]")),
            request().json(&json!({ "password": secret })),
            request().form(&[("password", &secret)]),
        ];
        for request in requests {
            nest.refused(request).await;
        }
    }
    for path in ["/sign-in", "/sign-in/code", "/confirm", "/settings/keys"] {
        let request = nest.inside(Method::POST, path);
        nest.refused(request.json(&json!({ "password": secret })))
            .await;
    }
    nest.refused(
        nest.inside(Method::GET, "/api/v1/creators/nobody")
            .bearer_auth(key),
    )
    .await;
    let parrot = format!("{}-x", nest.parrot);
    let path = format!("/api/v1/creators/{parrot}");
    nest.refused(nest.inside(Method::GET, &path).bearer_auth(key))
        .await;
}
