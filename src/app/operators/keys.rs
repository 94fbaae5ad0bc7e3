//! API keys: what programs of the network are let in with.

use std::{net::IpAddr, sync::Arc};

use serde_json::json;

use super::{Caller, Via};
use crate::{
    app::{App, Error, Result, audit::told},
    model::{Action, Actor, ApiKey, Digest, KeyId, Scope, Timestamp},
};

/// What every key begins with, so that scanners for leaked secrets know it.
const PREFIX: &str = "mcnd_";
const LONGEST_NAME: usize = 100;

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct NewKeyWish {
    /// What it is for, in words.
    pub name: String,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<Timestamp>,
}

/// A key that was made: the only time that its secret is known.
#[derive(Clone)]
pub struct NewKey {
    pub key: ApiKey,
    /// The whole text that a program presents.
    pub secret: String,
}

impl App {
    /// Every key, oldest first.
    pub async fn list_keys(&self) -> Result<Vec<ApiKey>> {
        Ok(self.catalog.list_keys().await?)
    }

    /// Makes a key for somebody. Its secret can't be shown again.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a wish that makes no sense; [`Error::Forbidden`] for scopes beyond what its maker may do, and
    /// for a key that would outlive the key it is made with.
    pub async fn add_key(self: &Arc<Self>, by: Caller, mut wish: NewKeyWish) -> Result<NewKey> {
        let app = Arc::clone(self);
        wish.scopes.sort_unstable();
        wish.scopes.dedup();
        self.detached(async move {
            let now = app.clock.now();
            check(&wish, &by, now)?;
            app.check_end(&wish, &by).await?;
            let id = KeyId::from(app.random.id(now));
            let secret = format!("{PREFIX}{id}_{}", app.random.secret());
            let key = ApiKey {
                id,
                name: wish.name,
                scopes: wish.scopes,
                made_by: by.operator.id.clone(),
                digest: Digest::of(secret.as_bytes()),
                added_at: now,
                expires_at: wish.expires_at,
                used_at: None,
            };
            let mut line = app.audit_line(&by.actor, Action::AddKey, key.id.as_str());
            line.after = told(&facts(&key));
            let mut tx = app.begin_once(&by.actor).await?;
            tx.add_key(&key).await?;
            tx.add_audit(&line).await?;
            tx.commit().await?;
            Ok(NewKey { key, secret })
        })
        .await
    }

    /// Makes sure that what is made with a key ends no later than that key.
    async fn check_end(&self, wish: &NewKeyWish, by: &Caller) -> Result<()> {
        let Via::Key(id) = &by.via else {
            return Ok(());
        };
        let made_with = self.catalog.find_key(id).await?;
        let Some(end) = made_with.and_then(|key| key.expires_at) else {
            return Ok(());
        };
        if wish.expires_at.is_some_and(|wished| wished <= end) {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "this key ends at {end}; what is made with it must end no later"
        )))
    }

    /// Removes a key; it lets nobody in from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn remove_key(self: &Arc<Self>, by: Actor, id: KeyId) -> Result<()> {
        let app = Arc::clone(self);
        self.detached(async move {
            let key = app.catalog.find_key(&id).await?;
            let mut line = app.audit_line(&by, Action::RemoveKey, id.as_str());
            line.before = key.as_ref().and_then(|key| told(&facts(key)));
            let mut tx = app.catalog.begin().await?;
            if !tx.remove_key(&id).await? {
                return Err(Error::NotFound(format!("there is no API key `{id}`")));
            }
            tx.add_audit(&line).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Who comes with this key; nobody when it is unknown, expired, or its maker may do nothing any more. Its use is noted
    /// once a minute.
    pub async fn key_caller(
        self: &Arc<Self>,
        secret: &str,
        address: IpAddr,
    ) -> Result<Option<Caller>> {
        let Some((id, _)) = secret
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
        else {
            return Ok(None);
        };
        let found = self.catalog.find_key(&KeyId::from(id.to_owned())).await?;
        let digest = Digest::of(secret.as_bytes());
        let Some(key) = found.filter(|key| key.digest.equals_in_constant_time(&digest)) else {
            return Ok(None);
        };
        let Some(maker) = self.catalog.find_operator(&key.made_by).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let rights = key.rights(maker.operator.rights(), now);
        if rights == crate::model::Rights::default() {
            return Ok(None);
        }
        if key.is_worth_noting(now) {
            let (app, id) = (Arc::clone(self), key.id.clone());
            // What can't be noted now is noted by a later use; it refuses nobody.
            let _noted = self
                .detached(async move {
                    let mut tx = app.catalog.begin().await?;
                    tx.note_key(&id, now).await?;
                    Ok(tx.commit().await?)
                })
                .await;
        }
        Ok(Some(Caller {
            actor: Actor {
                name: format!("key:{}", key.id),
                session: None,
                address: Some(address),
                once: None,
            },
            operator: maker.operator,
            rights,
            via: Via::Key(key.id),
        }))
    }
}

fn check(wish: &NewKeyWish, by: &Caller, now: Timestamp) -> Result<()> {
    let length = wish.name.chars().count();
    if wish.name.trim().is_empty()
        || length > LONGEST_NAME
        || wish.name.chars().any(char::is_control)
    {
        return Err(Error::Invalid(format!(
            "a key needs a name of 1 to {LONGEST_NAME} characters that says what it is for"
        )));
    }
    if wish.scopes.is_empty() {
        return Err(Error::Invalid("a key needs a scope".to_owned()));
    }
    if wish.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Invalid(
            "a key can't end before it begins".to_owned(),
        ));
    }
    let beyond = wish
        .scopes
        .iter()
        .filter(|scope| !scope.rights().are_within(by.rights));
    let beyond = beyond.map(|scope| scope.as_str()).collect::<Vec<_>>();
    if beyond.is_empty() {
        return Ok(());
    }
    Err(Error::Forbidden(format!(
        "a key may not do more than its maker: {}",
        beyond.join(", ")
    )))
}

fn facts(key: &ApiKey) -> serde_json::Value {
    let scopes = key.scopes.iter().map(|scope| scope.as_str());
    json!({ "name": key.name, "scopes": scopes.collect::<Vec<_>>(), "expires_at": key.expires_at })
}
