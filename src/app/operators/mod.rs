//! People of the network and programs of theirs: who may come in, and as what.

mod account;
mod codes;
mod keys;
mod passwords;
mod sessions;
mod tries;

use std::{sync::Arc, time::Duration};

use serde_json::json;

pub use codes::TotpStanding;
pub use keys::{NewKey, NewKeyWish};
pub use passwords::Password;
pub(super) use passwords::Passwords;
pub use sessions::{Caller, NewSession, Origin, SignedIn, Via};
pub(super) use tries::Tries;

use super::{App, Error, Result, audit::told};
use crate::{
    catalog::{SignUp, Tx},
    model::{Action, Actor, Digest, Operator, OperatorId, OperatorName, Right, Role, Timestamp},
};

/// How long a sign-up link is good for.
const LINK_LASTS: Duration = Duration::from_hours(1);

/// A sign-up link that was made: the only time that its secret is known.
#[derive(Clone)]
pub struct SignUpLink {
    /// The last segment of the address.
    pub secret: String,
    pub expires_at: Timestamp,
}

/// What an owner changes of an operator; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperatorChange {
    pub role: Option<Role>,
    /// Whether they are let in.
    pub enabled: Option<bool>,
}

impl App {
    /// Everybody, in the order in which they were added.
    pub async fn list_operators(&self) -> Result<Vec<Operator>> {
        Ok(self.catalog.list_operators().await?)
    }

    /// The operator of that name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn operator(&self, name: &OperatorName) -> Result<Operator> {
        let known = self.catalog.operator_named(name).await?;
        known
            .map(|known| known.operator)
            .ok_or_else(|| Error::NotFound(format!("there is no operator `{name}`")))
    }

    /// Adds somebody, and makes the link with which they set their password.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the name is taken.
    pub async fn add_operator(
        self: &Arc<Self>,
        by: Actor,
        name: OperatorName,
        role: Role,
    ) -> Result<SignUpLink> {
        let app = Arc::clone(self);
        self.detached(async move {
            let now = app.clock.now();
            let id = OperatorId::from(app.random.id(now));
            let mut tx = app.begin_once(&by).await?;
            if !tx.add_operator(&id, &name, role, now).await? {
                return Err(Error::Conflict(format!(
                    "there is an operator `{name}` already"
                )));
            }
            let link = app.new_link(now);
            let digest = Digest::of(link.secret.as_bytes());
            let whom = SignUp::Operator(id);
            tx.add_sign_up_link(&digest, &whom, link.expires_at).await?;
            let mut line = app.audit_line(&by, Action::AddOperator, name.as_str());
            line.after = told(&json!({ "role": role.as_str() }));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            Ok(link)
        })
        .await
    }

    /// Makes another link with which somebody sets their password; the one before is no longer good.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn invite_operator(
        self: &Arc<Self>,
        by: Actor,
        name: OperatorName,
    ) -> Result<SignUpLink> {
        let app = Arc::clone(self);
        self.detached(async move {
            let operator = app.operator(&name).await?;
            let link = app.new_link(app.clock.now());
            let digest = Digest::of(link.secret.as_bytes());
            let mut tx = app.begin_once(&by).await?;
            let whom = SignUp::Operator(operator.id);
            tx.add_sign_up_link(&digest, &whom, link.expires_at).await?;
            let mut line = app.audit_line(&by, Action::ChangeOperator, name.as_str());
            line.after = told(&json!({ "invited": true }));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            Ok(link)
        })
        .await
    }

    /// The link with which the first owner comes in; none once there is an owner. The one before is no longer good.
    pub async fn first_owner_link(self: &Arc<Self>) -> Result<Option<SignUpLink>> {
        let app = Arc::clone(self);
        self.detached(async move {
            let mut tx = app.catalog.begin().await?;
            if tx.own_operators().await?.iter().any(is_owner) {
                return Ok(None);
            }
            let link = app.new_link(app.clock.now());
            let digest = Digest::of(link.secret.as_bytes());
            tx.add_sign_up_link(&digest, &SignUp::FirstOwner, link.expires_at)
                .await?;
            tx.commit().await?;
            Ok(Some(link))
        })
        .await
    }

    /// Whom a link is for: the name of an operator, or none for the first owner, who chooses one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a link that is not, or no longer, good.
    pub async fn sign_up_name(&self, secret: &str) -> Result<Option<OperatorName>> {
        let digest = Digest::of(secret.as_bytes());
        let whom = self.catalog.sign_up_link(&digest, self.clock.now()).await?;
        match whom.ok_or_else(used_up)? {
            SignUp::FirstOwner => Ok(None),
            SignUp::Operator(id) => {
                let known = self.catalog.find_operator(&id).await?;
                known
                    .map(|known| Some(known.operator.name))
                    .ok_or_else(used_up)
            }
        }
    }

    /// Sets a password by a link, which is used up; the first owner is made by it. Sessions of theirs end.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a link that is not good; [`Error::Invalid`] for a name or password that is not.
    pub async fn sign_up(
        self: &Arc<Self>,
        secret: String,
        name: Option<OperatorName>,
        password: String,
        origin: Origin,
    ) -> Result<OperatorName> {
        let name = match self.sign_up_name(&secret).await? {
            Some(known) => known,
            None => name.ok_or_else(|| Error::Invalid("choose a name".to_owned()))?,
        };
        let hash = Password::chosen(password, name.as_str())?;
        let hash = self.passwords.hash(hash).await?;
        let app = Arc::clone(self);
        self.detached(async move {
            app.use_link(&secret, &name, &hash, &origin).await?;
            Ok(name)
        })
        .await
    }

    async fn use_link(
        &self,
        secret: &str,
        name: &OperatorName,
        hash: &str,
        origin: &Origin,
    ) -> Result<()> {
        let now = self.clock.now();
        let digest = Digest::of(secret.as_bytes());
        let by = origin.actor(name);
        let mut tx = self.catalog.begin().await?;
        let everybody = tx.own_operators().await?;
        let whom = tx.use_sign_up_link(&digest, now).await?;
        let id = match whom.ok_or_else(used_up)? {
            SignUp::Operator(id) => id,
            SignUp::FirstOwner if everybody.iter().any(is_owner) => return Err(used_up()),
            SignUp::FirstOwner => {
                let id = OperatorId::from(self.random.id(now));
                if !tx.add_operator(&id, name, Role::Owner, now).await? {
                    return Err(Error::Conflict(format!(
                        "there is an operator `{name}` already; choose another name"
                    )));
                }
                let mut line = self.audit_line(&by, Action::AddOperator, name.as_str());
                line.after = told(&json!({ "role": Role::Owner.as_str() }));
                tx.add_audit(&line).await?;
                id
            }
        };
        tx.set_password(&id, hash).await?;
        end_access_of(&mut tx, &id).await?;
        let line = self.audit_line(&by, Action::SetPassword, name.as_str());
        tx.add_audit(&line).await?;
        Ok(tx.commit().await?)
    }

    /// Changes what somebody may do; their sessions end, so that they come back as what they are now. With an edition only
    /// while they are still as whoever changes them has seen it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Changed`] for another edition; [`Error::Conflict`] when nobody would be left who may administer.
    pub async fn change_operator(
        self: &Arc<Self>,
        by: Actor,
        name: OperatorName,
        change: OperatorChange,
        edition: Option<String>,
    ) -> Result<Operator> {
        let app = Arc::clone(self);
        self.detached(async move {
            let now = app.clock.now();
            let mut tx = app.catalog.begin().await?;
            let everybody = tx.own_operators().await?;
            let before = everybody.iter().find(|operator| operator.name == name);
            let before = before
                .cloned()
                .ok_or_else(|| Error::NotFound(format!("there is no operator `{name}`")))?;
            if edition.is_some_and(|seen| seen != before.edition()) {
                return Err(Error::Changed(format!(
                    "`{name}` was changed since it was read; read it again"
                )));
            }
            let after = changed(&before, change, now);
            let owners = everybody.iter().filter(|operator| is_owner(operator));
            if is_owner(&before) && !is_owner(&after) && owners.count() == 1 {
                return Err(Error::Conflict(format!(
                    "`{name}` is the only owner; make somebody else one first"
                )));
            }
            tx.set_operator(&after).await?;
            end_access_of(&mut tx, &after.id).await?;
            let mut line = app.audit_line(&by, Action::ChangeOperator, name.as_str());
            line.before = told(&facts(&before));
            line.after = told(&facts(&after));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            Ok(after)
        })
        .await
    }

    fn new_link(&self, now: Timestamp) -> SignUpLink {
        SignUpLink {
            secret: self.random.secret(),
            expires_at: now.after(LINK_LASTS),
        }
    }
}

/// Ends the sessions of somebody, and the sign-ins that wait for a code.
async fn end_access_of(tx: &mut Tx, id: &OperatorId) -> Result<()> {
    tx.end_sessions_of(id).await?;
    Ok(tx.end_half_sign_ins_of(id).await?)
}

fn changed(before: &Operator, change: OperatorChange, now: Timestamp) -> Operator {
    Operator {
        role: change.role.unwrap_or(before.role),
        disabled_at: match change.enabled {
            None => before.disabled_at,
            Some(true) => None,
            Some(false) => before.disabled_at.or(Some(now)),
        },
        ..before.clone()
    }
}

fn facts(operator: &Operator) -> serde_json::Value {
    json!({ "role": operator.role.as_str(), "enabled": operator.disabled_at.is_none() })
}

fn is_owner(operator: &Operator) -> bool {
    operator.rights().have(Right::Admin)
}

fn used_up() -> Error {
    Error::NotFound(
        "this link is not good, or no longer: links are used once and within an hour; ask for another one".to_owned(),
    )
}
