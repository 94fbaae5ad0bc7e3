//! API keys: made with scopes and an end, shown once, removed. All of it asks for the password again.

use std::{collections::HashMap, sync::Arc};

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};

use super::{
    super::{
        Form,
        forms::refused,
        frame::{Frame, Link},
        lists::{done, one_of},
        page,
        signed::SignedForm,
        text::Shown,
    },
    audit_of, tabs,
};
use crate::{
    app::{Error, NewKey, NewKeyWish},
    http::{Faces, Problem, path::Path},
    model::{ApiKey, KeyId, Scope, Timestamp},
};

const HERE: &str = "/settings/keys";

#[derive(Template)]
#[template(
    path = "settings/keys.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct KeysPage {
    frame: Frame,
    tabs: Vec<Link>,
    keys: Vec<KeyRow>,
    scopes: Vec<ScopeBox>,
    typed: Typed,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(
    path = "settings/key_made.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Made {
    frame: Frame,
    tabs: Vec<Link>,
    new: NewKey,
}

#[derive(Template)]
#[template(
    path = "settings/key_remove.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct AskRemove {
    frame: Frame,
    tabs: Vec<Link>,
    key: KeyRow,
}

struct KeyRow {
    key: ApiKey,
    maker: String,
    ended: bool,
}

impl KeyRow {
    fn path(&self) -> String {
        one_of(HERE, self.key.id.as_str())
    }

    fn scopes(&self) -> String {
        let scopes = self.key.scopes.iter().map(|scope| scope.as_str());
        scopes.collect::<Vec<_>>().join(", ")
    }

    fn audit(&self) -> String {
        audit_of(&format!("key:{}", self.key.id))
    }
}

/// A scope as a box to tick.
struct ScopeBox {
    scope: Scope,
    opens: &'static str,
    ticked: bool,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    name: String,
    scopes: Vec<String>,
    /// A day, after which the key opens nothing; empty for none.
    ends: String,
}

impl Typed {
    fn of(mut form: Form) -> Self {
        Self {
            scopes: form.each("scope").map(str::to_owned).collect(),
            name: form.field("name"),
            ends: form.field("ends"),
        }
    }

    fn wish(&self) -> Result<NewKeyWish, String> {
        let scopes = self.scopes.iter().map(|scope| scope.parse::<Scope>());
        let ends = Some(self.ends.trim()).filter(|ends| !ends.is_empty());
        let ends = ends.map(str::parse::<Timestamp>).transpose();
        Ok(NewKeyWish {
            name: self.name.clone(),
            scopes: scopes.collect::<Result<_, _>>()?,
            expires_at: ends.map_err(|odd| odd.to_string())?,
        })
    }
}

fn opens(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "see everything but raw events, exports and revenue",
        Scope::Catalog => "change creators and videos, import, take exports",
        Scope::Events => "see raw events, and replay them",
        Scope::Credentials => "make, rotate and remove what Dailymotion is given",
        Scope::Finance => "see revenue",
        Scope::Admin => "manage operators, keys and settings, read the audit",
    }
}

async fn rows(faces: &Faces) -> Result<Vec<KeyRow>, Problem> {
    let operators = faces.app.list_operators().await?.into_iter();
    let names: HashMap<_, _> = operators
        .map(|operator| (operator.id, operator.name.to_string()))
        .collect();
    let now = faces.app.now();
    let row = |key: ApiKey| KeyRow {
        maker: names.get(&key.made_by).cloned().unwrap_or_default(),
        ended: key.expires_at.is_some_and(|end| end <= now),
        key,
    };
    let keys = faces.app.list_keys().await?;
    Ok(keys.into_iter().map(row).collect())
}

async fn listed(
    faces: &Faces,
    frame: Frame,
    typed: Typed,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let own = frame.caller.rights;
    let offered = Scope::ALL
        .into_iter()
        .filter(|scope| scope.rights().are_within(own));
    let scopes = offered.map(|scope| ScopeBox {
        scope,
        opens: opens(scope),
        ticked: typed.scopes.iter().any(|ticked| ticked == scope.as_str()),
    });
    Ok(page(&KeysPage {
        tabs: tabs(&frame, HERE),
        frame,
        keys: rows(faces).await?,
        scopes: scopes.collect(),
        typed,
        wrong,
    }))
}

/// `GET /settings/keys`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    listed(&faces, frame, Typed::default(), None).await
}

/// `POST /settings/keys`: its answer shows the secret, this once.
pub(in crate::http::operator) async fn add(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    SignedForm(form): SignedForm,
) -> Result<Response, Problem> {
    let typed = Typed::of(form);
    let wrong = match typed.wish() {
        Err(why) => why,
        Ok(wish) => match faces.app.add_key(frame.caller.clone(), wish).await {
            Ok(new) => {
                let tabs = tabs(&frame, HERE);
                return Ok(page(&Made { frame, tabs, new }));
            }
            Err(Error::Invalid(why) | Error::Forbidden(why)) => why,
            Err(error) => return Err(error.into()),
        },
    };
    let again = listed(&faces, frame, typed, Some(wrong)).await;
    again.map(refused)
}

/// `GET /settings/keys/{id}`
pub(in crate::http::operator) async fn ask_remove(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut named = rows(&faces)
        .await?
        .into_iter()
        .filter(|row| row.key.id.as_str() == id);
    let key = named.next();
    let key = key.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such API key"))?;
    let tabs = tabs(&frame, HERE);
    Ok(page(&AskRemove { frame, tabs, key }))
}

/// `POST /settings/keys/{id}`
pub(in crate::http::operator) async fn remove(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
    _form: SignedForm,
) -> Result<Response, Problem> {
    let by = frame.caller.actor.clone();
    faces.app.remove_key(by, KeyId::from(id)).await?;
    Ok(done(HERE, "key-removed"))
}
