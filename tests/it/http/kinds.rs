//! Every secret opens its own face and no other, however it is presented.

use mcnd::model::{CredentialForm, CredentialKind, Role, Scope};
use reqwest::{Method, RequestBuilder};

use crate::harness::{
    app::{TestApp, answer},
    given::by,
};

/// What a secret opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Crawler,
    Callback,
    Key,
    Session,
    Link,
}

/// What is asked for, and the kind whose it is.
const DOORS: [(Kind, Method, &str); 10] = [
    (Kind::Crawler, Method::GET, "/users.json"),
    (Kind::Crawler, Method::GET, "/feeds/a.xml"),
    (Kind::Crawler, Method::GET, "/c/{secret}/users.json"),
    (Kind::Crawler, Method::GET, "/c/{secret}/feeds/a.xml"),
    (Kind::Callback, Method::POST, "/callbacks/dailymotion"),
    (
        Kind::Callback,
        Method::POST,
        "/callbacks/dailymotion/{secret}",
    ),
    (Kind::Key, Method::GET, "/api/v1/me"),
    (Kind::Session, Method::GET, "/creators"),
    (Kind::Link, Method::GET, "/sign-up/{secret}"),
    // Last, for it puts the session under another secret.
    (Kind::Session, Method::GET, "/enter/{secret}"),
];

/// The request at a door in each way that a secret can be presented.
fn presented(
    test: &TestApp,
    door: &(Kind, Method, &str),
    user: &str,
    secret: &str,
) -> Vec<RequestBuilder> {
    let (kind, method, template) = door;
    let bare = || {
        let path = template.replace("{secret}", secret);
        let public = matches!(kind, Kind::Crawler | Kind::Callback);
        let request = if public {
            test.ask(method.clone(), &path)
        } else {
            test.operator_ask(method.clone(), &path)
        };
        if *method == Method::POST {
            request.body("[]")
        } else {
            request
        }
    };
    let mut requests = vec![
        bare().bearer_auth(secret),
        bare().basic_auth(user, Some(secret)),
        bare().basic_auth(secret, Some("")),
        bare().header("authorization", secret),
    ];
    for name in ["__Host-mcnd-operator", "mcnd-operator", "session"] {
        requests.push(bare().header("cookie", format!("{name}={secret}")));
    }
    requests
}

#[tokio::test]
async fn a_secret_of_one_kind_opens_nothing_of_another() {
    let test = TestApp::with(&[("access.wrong_per_minute", "10000")]).await;
    test.creator("a").await;
    let owner = test.signed(Role::Owner).await;
    let name = "owner".parse().unwrap();
    let link = test.app.invite_operator(by(), name).await.unwrap();
    let mut secrets = vec![
        (Kind::Session, "owner".to_owned(), owner.secret().to_owned()),
        (
            Kind::Key,
            "owner".to_owned(),
            test.key(Role::Owner, &Scope::ALL).await,
        ),
        (Kind::Link, "owner".to_owned(), link.secret),
    ];
    for form in [
        CredentialForm::Basic,
        CredentialForm::Bearer,
        CredentialForm::Path,
    ] {
        for (kind, credential) in [
            (Kind::Crawler, CredentialKind::Crawler),
            (Kind::Callback, CredentialKind::Callback),
        ] {
            let made = test.credential(credential, form).await;
            secrets.push((kind, made.credential.id.to_string(), made.secret));
        }
    }
    for (kind, user, secret) in &secrets {
        let mut opened = false;
        for door in &DOORS {
            for request in presented(&test, door, user, secret) {
                let said = answer(request).await;
                let is_let_in = said.status == 200;
                opened |= is_let_in && door.0 == *kind;
                // Sessions and keys are both taken at the operators' face, each in its own place.
                let one_face = [Kind::Key, Kind::Session];
                let own =
                    door.0 == *kind || (one_face.contains(kind) && one_face.contains(&door.0));
                if own {
                    continue;
                }
                let to_sign_in = said
                    .header("location")
                    .is_some_and(|to| to.starts_with("/sign-in?"));
                let refused =
                    matches!(said.status, 401 | 403 | 404) || (said.status == 303 && to_sign_in);
                assert!(refused, "{kind:?} at {}: {}", door.2, said.status);
                assert!(
                    !said.text().contains(secret.as_str()),
                    "{kind:?} at {}",
                    door.2
                );
            }
        }
        assert!(opened, "{kind:?} opens its own door");
    }
}

#[tokio::test]
async fn a_key_is_no_cookie_and_a_session_is_no_key() {
    let test = TestApp::sqlite().await;
    let owner = test.signed(Role::Owner).await;
    let key = test.key(Role::Owner, &[Scope::Read]).await;
    let me = || test.operator_ask(Method::GET, "/api/v1/me");
    answer(me().bearer_auth(&key)).await.expect(200);
    answer(me().header("cookie", owner.cookie()))
        .await
        .expect(200);
    let as_cookie = format!("__Host-mcnd-operator={key}");
    answer(me().header("cookie", as_cookie)).await.expect(401);
    for secret in [owner.secret(), &format!("mcnd_{}", owner.secret())] {
        answer(me().bearer_auth(secret)).await.expect(401);
    }
    answer(me().basic_auth("owner", Some(&key)))
        .await
        .expect(401);
    // A wrong key is not made up for by a cookie.
    let both = me().header("cookie", owner.cookie()).bearer_auth("wrong");
    answer(both).await.expect(401);
}
