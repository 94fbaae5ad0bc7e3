//! Operators and keys of tests: one person for each role, whose name is the role's.

use mcnd::{
    app::{Caller, NewKeyWish, Origin, Password, SignedIn},
    model::{OperatorName, Role, Scope},
};
use reqwest::{Method, RequestBuilder};

use super::{
    app::{TestApp, answer},
    given::by,
    http::{Answer, between},
};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody's browser.
pub(crate) struct Signed(String);

impl Signed {
    /// The browser that was given a cookie by this answer.
    pub(crate) fn of(answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").expect("a cookie");
        Self(cookie.split(';').next().unwrap().to_owned())
    }

    /// The cookie as it is sent.
    pub(crate) fn cookie(&self) -> &str {
        &self.0
    }

    /// What is in the cookie.
    pub(crate) fn secret(&self) -> &str {
        self.0.split_once('=').unwrap().1
    }

    /// A request as this browser's own pages send it.
    pub(crate) fn ask(&self, test: &TestApp, method: Method, path: &str) -> RequestBuilder {
        test.operator_ask(method, path)
            .header("cookie", self.cookie())
            .header("sec-fetch-site", "same-origin")
    }

    pub(crate) async fn get(&self, test: &TestApp, path: &str) -> Answer {
        answer(self.ask(test, Method::GET, path)).await
    }

    /// What the forms of this browser's pages hold.
    pub(crate) async fn token(&self, test: &TestApp) -> String {
        let page = self.get(test, "/confirm?next=/").await.expect(200);
        between(page.text(), "name=\"token\" value=\"", "\"").to_owned()
    }

    /// Sends a form of one of this browser's own pages.
    pub(crate) async fn send(&self, test: &TestApp, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token(test).await;
        let mut form = vec![("token", token.as_str())];
        form.extend(fields);
        answer(self.ask(test, Method::POST, path).form(&form)).await
    }

    /// Gives the password once more, on the page that asks for it.
    pub(crate) async fn confirm(&self, test: &TestApp, password: &str) -> Answer {
        let token = self.token(test).await;
        let form = [
            ("token", token.as_str()),
            ("next", "/"),
            ("password", password),
        ];
        answer(self.ask(test, Method::POST, "/confirm").form(&form)).await
    }
}

impl TestApp {
    /// A request to the operators' face, from nobody.
    pub(crate) fn operator_ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client()
            .request(method, format!("http://{}{path}", self.operator))
    }

    /// Makes the person of a role, unless they are there already.
    async fn person(&self, role: Role) -> OperatorName {
        let name: OperatorName = role.as_str().parse().unwrap();
        if let Ok(link) = self.app.add_operator(by(), name.clone(), role).await {
            let (password, origin) = (PASSWORD.to_owned(), nearby());
            let signed_up = self.app.sign_up(link.secret, None, password, origin).await;
            signed_up.unwrap();
        }
        name
    }

    /// The browser of the person of a role, who has just signed in.
    pub(crate) async fn signed(&self, role: Role) -> Signed {
        let name = self.person(role).await;
        self.sign_in(name.as_str(), PASSWORD).await
    }

    /// The browser of whoever signs in on the page for it.
    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Signed {
        let form = [("name", name), ("password", password), ("next", "/")];
        let request = self.operator_ask(Method::POST, "/sign-in").form(&form);
        Signed::of(&answer(request).await.expect(303))
    }

    /// The person of a role, as the app knows whoever is signed in.
    pub(crate) async fn caller(&self, role: Role) -> Caller {
        let name = self.person(role).await.to_string();
        let password = Password::given(PASSWORD.to_owned());
        let signed = self.app.sign_in(name, password, nearby()).await;
        let Ok(SignedIn::In(new)) = signed else {
            panic!("the password alone lets in");
        };
        let caller = self.app.session_caller(&new.secret, nearby().address).await;
        caller.unwrap().unwrap()
    }

    /// A key that the person of a role made.
    pub(crate) async fn key(&self, role: Role, scopes: &[Scope]) -> String {
        let wish = NewKeyWish {
            name: "test".to_owned(),
            scopes: scopes.to_vec(),
            expires_at: None,
        };
        let caller = self.caller(role).await;
        self.app.add_key(caller, wish).await.ok().unwrap().secret
    }
}

/// Where those come from who ask the app itself.
pub(crate) fn nearby() -> Origin {
    Origin {
        address: "192.0.2.1".parse().unwrap(),
        agent: None,
    }
}
