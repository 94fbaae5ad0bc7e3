//! An owner of a site: signed in in a browser, and with a key for programs.

use mcnd::{
    app::{NewKeyWish, Origin, Password, SignedIn},
    model::{Actor, OperatorName, Role, Scope},
};

use super::site::Site;

const NAME: &str = "owner";
const PASSWORD: &str = "correct horse battery";

/// What an owner's requests come with.
pub(crate) struct Access {
    /// The browser's cookie.
    pub(crate) cookie: String,
    /// `Authorization` of a program.
    pub(crate) key: String,
}

impl Access {
    /// Makes an owner of a site, who signs in just now.
    pub(crate) async fn of(site: &Site) -> Self {
        let app = site.open().await;
        let name: OperatorName = NAME.parse().unwrap();
        let link = app.add_operator(Actor::program(), name, Role::Owner).await;
        let (secret, password) = (link.unwrap().secret, PASSWORD.to_owned());
        let signed_up = app.sign_up(secret, None, password, nearby()).await;
        signed_up.unwrap();
        let password = Password::given(PASSWORD.to_owned());
        let Ok(SignedIn::In(new)) = app.sign_in(NAME.to_owned(), password, nearby()).await else {
            panic!("the password alone lets in");
        };
        let cookie = format!("__Host-mcnd-operator={}", new.secret);
        let caller = app.session_caller(&new.secret, nearby().address).await;
        let wish = NewKeyWish {
            name: "speed".to_owned(),
            scopes: Scope::ALL.to_vec(),
            expires_at: None,
        };
        let key = app.add_key(caller.unwrap().unwrap(), wish).await;
        let key = format!("Bearer {}", key.ok().unwrap().secret);
        app.close_inbox();
        app.close().await;
        Self { cookie, key }
    }
}

fn nearby() -> Origin {
    Origin {
        address: "127.0.0.1".parse().unwrap(),
        agent: None,
    }
}
