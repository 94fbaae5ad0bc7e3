//! Who may call what: every route of the operators' face, asked by everybody.

use std::time::Duration;

use mcnd::{
    http::{self, ListedRoute, Needs, Speech},
    model::{Rights, Role, Scope},
};
use reqwest::{Method, RequestBuilder};

use crate::harness::app::{TestApp, answer};

/// Somebody who asks, and what they may do; none for nobody.
struct Asker {
    who: String,
    rights: Option<Rights>,
    is_person: bool,
    dress: Box<dyn Fn(RequestBuilder) -> RequestBuilder>,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// The route answers, whatever it answers.
    Heard,
    SignInFirst,
    Forbidden,
}

fn expected((_, _, needs, _): &ListedRoute, asker: &Asker) -> Fate {
    if *needs == Needs::Nothing {
        return Fate::Heard;
    }
    let Some(rights) = asker.rights else {
        return Fate::SignInFirst;
    };
    let may = match needs {
        Needs::Nothing | Needs::Somebody => true,
        Needs::Person => asker.is_person,
        Needs::Right(right) | Needs::Confirmed(right) => rights.have(*right),
        Needs::PersonConfirmed(right) => asker.is_person && rights.have(*right),
        Needs::Either(one, other) => rights.have(*one) || rights.have(*other),
    };
    if may { Fate::Heard } else { Fate::Forbidden }
}

/// Everybody: nobody, a person of each role who has just given their password, a key of each scope.
async fn askers(test: &TestApp) -> Vec<Asker> {
    let mut askers = vec![Asker {
        who: "nobody".to_owned(),
        rights: None,
        is_person: false,
        dress: Box::new(|request| request),
    }];
    for role in Role::ALL {
        let cookie = test.signed(role).await.cookie().to_owned();
        askers.push(Asker {
            who: role.to_string(),
            rights: Some(role.rights()),
            is_person: true,
            dress: Box::new(move |request| {
                request
                    .header("cookie", cookie.clone())
                    .header("sec-fetch-site", "same-origin")
            }),
        });
    }
    for scope in Scope::ALL {
        let key = test.key(Role::Owner, &[scope]).await;
        askers.push(Asker {
            who: format!("key of {scope}"),
            rights: Some(scope.rights()),
            is_person: false,
            dress: Box::new(move |request| request.bearer_auth(&key)),
        });
    }
    askers
}

#[tokio::test]
async fn every_route_is_open_to_those_it_should_be_and_to_nobody_else() {
    let test = TestApp::with(&[("operators.sign_ins_per_minute", "1000")]).await;
    let askers = askers(&test).await;
    let mut wrong = Vec::new();
    let mut cells = 0;
    for route in http::routes() {
        // Whoever signs out is gone; its own test shows that.
        if route.1 == "/sign-out" {
            continue;
        }
        for asker in &askers {
            let fate = fate(&test, &route, asker).await;
            cells += 1;
            if fate != expected(&route, asker) {
                wrong.push(format!(
                    "{} {} as {}: {fate:?}",
                    route.0, route.1, asker.who
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(cells > 300, "{cells}");
}

/// Rows of the table are changed with the eyes open: it is kept as it was last reviewed.
#[test]
fn the_table_of_routes_is_the_one_that_was_reviewed() {
    let rows = http::routes().into_iter();
    let mut rows: Vec<_> = rows
        .map(|(method, path, needs, speech)| format!("{method} {path} -> {needs:?} {speech:?}\n"))
        .collect();
    rows.sort_unstable();
    let now = rows.concat();
    if now != include_str!("routes.txt") {
        let fresh = concat!(env!("CARGO_TARGET_TMPDIR"), "/routes.txt");
        std::fs::write(fresh, now).unwrap();
        panic!(
            "the table of routes has changed; review {fresh} and put it in the place of tests/it/http/routes.txt"
        );
    }
}

#[tokio::test]
async fn what_asks_for_the_password_again_does_so_once_it_has_lapsed() {
    let test = TestApp::sqlite().await;
    let owner = test.signed(Role::Owner).await;
    let token = owner.token(&test).await;
    test.advance(Duration::from_mins(10));
    let mut asked = 0;
    for (method, template, needs, speech) in http::routes() {
        let path = path_of(&template);
        let request = owner.ask(&test, method.clone(), &path);
        let request = match (&method, speech) {
            (&Method::GET, _) => request,
            (_, Speech::Api) => request.json(&serde_json::json!({})),
            (_, Speech::Page) => request.form(&[("token", &token)]),
        };
        if !matches!(needs, Needs::Confirmed(_) | Needs::PersonConfirmed(_)) {
            continue;
        }
        asked += 1;
        let said = answer(request).await;
        match speech {
            Speech::Api => {
                let said = said.expect(403);
                assert!(said.text().contains("/confirm"), "{method} {path}");
            }
            Speech::Page => {
                let said = said.expect(303);
                let to = said.header("location").unwrap();
                assert!(to.starts_with("/confirm?next=%2F"), "{method} {path}: {to}");
            }
        }
    }
    assert!(asked > 20, "{asked}");
}

/// A path of this template that nothing is at.
pub(super) fn path_of(template: &str) -> String {
    let parts = template.split('/').map(|part| {
        if part.starts_with('{') {
            "nothing"
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn fate(test: &TestApp, route: &ListedRoute, asker: &Asker) -> Fate {
    let (method, template, _, speech) = route;
    let path = path_of(template);
    let request = (asker.dress)(test.operator_ask(method.clone(), &path));
    let request = match (method, speech) {
        (&Method::GET, _) => request,
        (_, Speech::Api) => request.json(&serde_json::json!({})),
        (_, Speech::Page) => request.form(&[("nothing", "")]),
    };
    let said = answer(request).await;
    let to_sign_in = said
        .header("location")
        .is_some_and(|to| to.starts_with("/sign-in?"));
    let refused_form = *speech == Speech::Page && said.text().contains("out of date");
    match said.status {
        _ if to_sign_in => Fate::SignInFirst,
        401 if *speech == Speech::Api => Fate::SignInFirst,
        403 if !refused_form => Fate::Forbidden,
        _ => Fate::Heard,
    }
}

#[test]
fn the_document_describes_every_route_of_the_api_and_nothing_else() {
    let document = serde_json::to_value(http::openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            described.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    let routes = http::routes().into_iter();
    // The page to read and try the API lies beside it.
    let api =
        routes.filter(|(_, path, _, speech)| path.starts_with("/api/") && *speech == Speech::Api);
    let mut api: Vec<_> = api
        .map(|(method, path, ..)| format!("{method} {path}"))
        .collect();
    api.sort_unstable();
    described.sort_unstable();
    assert_eq!(described, api);
}

/// A change of the API is seen as one: the document is kept as it was last reviewed.
#[test]
fn the_document_is_the_one_that_was_reviewed() {
    let now = http::openapi().to_pretty_json().unwrap() + "\n";
    if now != include_str!("openapi.json") {
        let fresh = concat!(env!("CARGO_TARGET_TMPDIR"), "/openapi.json");
        std::fs::write(fresh, now).unwrap();
        panic!(
            "the API's document has changed; review {fresh} and put it in the place of tests/it/http/openapi.json"
        );
    }
}
