//! Signing in and out, and who a request comes from.

use std::{net::IpAddr, sync::Arc, time::Duration};

use super::{
    Password,
    tries::{self, Guess},
};
use crate::{
    app::{App, Error, Result, audit::start_of_day, events::SWEEP},
    catalog::{KnownOperator, Tx},
    model::{
        Action, Actor, Digest, KeyId, Operator, OperatorName, Right, Rights, Session, SessionId,
        SessionLimits, network_of, short_escaped,
    },
};

/// Characters of a browser's name that are kept.
const AGENT: usize = 200;
/// How long it is remembered where somebody signed in from: what strangers try elsewhere makes nobody wait there.
const REMEMBERED: Duration = Duration::from_hours(60 * 24);

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    pub address: IpAddr,
    pub agent: Option<String>,
}

impl Origin {
    /// Somebody of that name, from there.
    pub(super) fn actor(&self, name: &OperatorName) -> Actor {
        Actor {
            name: format!("operator:{name}"),
            session: None,
            address: Some(self.address),
            once: None,
        }
    }
}

/// A session that began or was renewed: the only time that its secret is known.
#[derive(Clone)]
pub struct NewSession {
    pub session: Session,
    pub secret: String,
}

/// How far somebody came who gave the right password.
pub enum SignedIn {
    In(NewSession),
    /// They have to give a code next, together with this secret, within a few minutes.
    NeedsCode(String),
}

/// What somebody was let in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    Session(Session),
    Key(KeyId),
}

/// Somebody who was let in, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub actor: Actor,
    /// The person; a key's maker.
    pub operator: Operator,
    pub rights: Rights,
    pub via: Via,
}

impl Caller {
    /// Whether they may do this.
    pub fn may(&self, right: Right) -> bool {
        self.rights.have(right)
    }
}

impl App {
    /// How long sessions last, by the settings in force.
    pub fn session_limits(&self) -> SessionLimits {
        let settings = &self.config.load().operators;
        SessionLimits {
            idle: settings.session_idle,
            lifetime: settings.session_lifetime,
            confirmed: settings.confirmed_for,
        }
    }

    /// Lets an operator in who gives the right password, or asks them for a code.
    ///
    /// # Errors
    /// [`Error::Denied`] whichever of name and password is wrong; [`Error::TooOften`] after too many tries.
    pub async fn sign_in(
        self: &Arc<Self>,
        name: String,
        password: Password,
        origin: Origin,
    ) -> Result<SignedIn> {
        let app = Arc::clone(self);
        self.detached(async move {
            let known = match name.parse::<OperatorName>() {
                Ok(name) => app.catalog.operator_named(&name).await?,
                Err(_no_name) => None,
            };
            let operator = known.as_ref().map(|known| &known.operator);
            let guess = Guess::Password(&name);
            app.count_try(guess, operator, origin.address).await?;
            let hash = known.as_ref().and_then(|known| known.password.clone());
            let right = app.passwords.match_hash(password, hash).await?;
            let let_in = known.filter(|known| right && known.operator.disabled_at.is_none());
            let Some(known) = let_in else {
                app.note_refusal(&name, &origin).await?;
                return Err(wrong_password());
            };
            app.tries.succeed(guess);
            if let Some(secret) = app.half_sign_in(&known).await? {
                return Ok(SignedIn::NeedsCode(secret));
            }
            let tx = app.catalog.begin().await?;
            app.begin_session(tx, known, origin).await.map(SignedIn::In)
        })
        .await
    }

    pub(super) async fn count_try(
        &self,
        guess: Guess<'_>,
        operator: Option<&Operator>,
        address: IpAddr,
    ) -> Result<()> {
        let known = match operator {
            None => false,
            Some(operator) => {
                let since = self.clock.now().before(REMEMBERED);
                self.catalog
                    .has_signed_in_from(&operator.id, network_of(address), since)
                    .await?
            }
        };
        let settings = &self.config.load().operators;
        let limits = tries::Limits {
            per_minute: settings.sign_ins_per_minute,
            free: settings.free_failures,
            longest_wait: settings.longest_wait,
        };
        let now = self.clock.now();
        self.tries
            .begin(guess, address, known, limits, now)
            .map_err(Error::TooOften)
    }

    /// Begins the session of somebody, and ends the transaction.
    ///
    /// # Errors
    /// [`Error::Denied`] when they have another password by now than the one that was right, or are let in no more.
    pub(super) async fn begin_session(
        &self,
        mut tx: Tx,
        known: KnownOperator,
        origin: Origin,
    ) -> Result<NewSession> {
        check_unchanged(&mut tx, &known).await?;
        let (operator, now) = (known.operator, self.clock.now());
        let session = Session {
            id: SessionId::from(self.random.id(now)),
            operator: operator.id.clone(),
            began_at: now,
            used_at: now,
            confirmed_at: now,
            address: origin.address.to_string(),
            agent: origin
                .agent
                .as_ref()
                .map(|agent| agent.chars().take(AGENT).collect()),
        };
        let secret = self.random.secret();
        let mut by = origin.actor(&operator.name);
        by.session = Some(session.id.clone());
        tx.begin_session(&Digest::of(secret.as_bytes()), &session)
            .await?;
        tx.note_sign_in(&operator.id, now).await?;
        tx.note_network(&operator.id, network_of(origin.address), now)
            .await?;
        tx.add_audit(&self.audit_line(&by, Action::SignIn, operator.name.as_str()))
            .await?;
        tx.commit().await?;
        Ok(NewSession { session, secret })
    }

    pub(super) async fn note_refusal(&self, name: &str, origin: &Origin) -> Result<()> {
        let by = Actor {
            name: "anonymous".to_owned(),
            session: None,
            address: Some(origin.address),
            once: None,
        };
        self.note_look(&by, Action::FailSignIn, &short_escaped(name))
            .await
    }

    /// Who comes with the secret of a session; nobody when it has ended. Its use is noted once a minute.
    pub async fn session_caller(
        self: &Arc<Self>,
        secret: &str,
        address: IpAddr,
    ) -> Result<Option<Caller>> {
        let digest = Digest::of(secret.as_bytes());
        let now = self.clock.now();
        let session = self.catalog.find_session(&digest).await?;
        let live = session.filter(|session| session.is_live(self.session_limits(), now));
        let Some(session) = live else {
            return Ok(None);
        };
        let Some(known) = self.catalog.find_operator(&session.operator).await? else {
            return Ok(None);
        };
        if known.operator.disabled_at.is_some() {
            return Ok(None);
        }
        if session.is_worth_noting(now) {
            let (app, id) = (Arc::clone(self), session.id.clone());
            // What can't be noted now is noted by a later use; it refuses nobody.
            let _noted = self
                .detached(async move {
                    let mut tx = app.catalog.begin().await?;
                    tx.note_session(&id, now).await?;
                    Ok(tx.commit().await?)
                })
                .await;
        }
        Ok(Some(Caller {
            actor: Actor {
                name: format!("operator:{}", known.operator.name),
                session: Some(session.id.clone()),
                address: Some(address),
                once: None,
            },
            rights: known.operator.rights(),
            operator: known.operator,
            via: Via::Session(session),
        }))
    }

    /// Takes the password of somebody who is in once more: what asks for it is open for a while, and the session goes on
    /// under another secret.
    ///
    /// # Errors
    /// [`Error::Denied`] for a wrong password; [`Error::TooOften`]; [`Error::Forbidden`] for a key, which has none.
    pub async fn confirm_password(
        self: &Arc<Self>,
        caller: Caller,
        password: Password,
        origin: Origin,
    ) -> Result<NewSession> {
        let Via::Session(mut session) = caller.via else {
            return Err(Error::Forbidden("an API key has no password".to_owned()));
        };
        let app = Arc::clone(self);
        self.detached(async move {
            let name = caller.operator.name.as_str();
            let guess = Guess::PasswordAgain(&session.id);
            app.count_try(guess, None, origin.address).await?;
            let known = app.catalog.find_operator(&caller.operator.id).await?;
            let hash = known.and_then(|known| known.password);
            if !app.passwords.match_hash(password, hash).await? {
                app.note_refusal(name, &origin).await?;
                return Err(Error::Denied("the password is wrong".to_owned()));
            }
            app.tries.succeed(Guess::PasswordAgain(&session.id));
            let (now, secret) = (app.clock.now(), app.random.secret());
            let digest = Digest::of(secret.as_bytes());
            let mut tx = app.catalog.begin().await?;
            if !tx.renew_session(&session.id, &digest, now).await? {
                return Err(Error::Denied(
                    "the session has ended; sign in again".to_owned(),
                ));
            }
            tx.add_audit(&app.audit_line(&caller.actor, Action::ConfirmPassword, name))
                .await?;
            tx.commit().await?;
            session.confirmed_at = now;
            Ok(NewSession { session, secret })
        })
        .await
    }

    /// Puts a session that was prepared for somebody under another secret, so that a link opens it once; none when it has
    /// ended. The password does not count as given again.
    pub async fn take_up_session(
        self: &Arc<Self>,
        secret: &str,
        address: IpAddr,
    ) -> Result<Option<NewSession>> {
        let Some(caller) = self.session_caller(secret, address).await? else {
            return Ok(None);
        };
        let Via::Session(session) = caller.via else {
            return Ok(None);
        };
        let app = Arc::clone(self);
        self.detached(async move {
            let secret = app.random.secret();
            let digest = Digest::of(secret.as_bytes());
            let mut tx = app.catalog.begin().await?;
            let confirmed_at = session.confirmed_at;
            let renewed = tx.renew_session(&session.id, &digest, confirmed_at).await?;
            if renewed {
                let name = caller.operator.name.as_str();
                tx.add_audit(&app.audit_line(&caller.actor, Action::TakeUpSession, name))
                    .await?;
            }
            tx.commit().await?;
            Ok(renewed.then_some(NewSession { session, secret }))
        })
        .await
    }

    /// Removes sessions and sign-up links that let nobody in any more, networks that nobody has signed in from for long, and
    /// lines of the audit that retention no longer keeps, a bounded number at a time; says how many.
    pub(in crate::app) async fn forget_old_access(&self) -> Result<u64> {
        let (now, limits) = (self.clock.now(), self.session_limits());
        let kept = now.before(self.config.load().retention.audit);
        let mut tx = self.catalog.begin().await?;
        let sessions = tx
            .end_old_sessions(now.before(limits.idle), now.before(limits.lifetime))
            .await?;
        let mut links = tx.remove_expired_links(now).await?;
        links += tx.end_old_half_sign_ins(now).await?;
        links += tx.forget_networks(now.before(REMEMBERED)).await?;
        let lines = tx.forget_audit(start_of_day(kept), SWEEP).await?;
        tx.commit().await?;
        Ok(sessions + links + lines)
    }

    /// Sessions that let in now.
    pub async fn list_sessions(&self) -> Result<Vec<Session>> {
        let (now, limits) = (self.clock.now(), self.session_limits());
        let (used, began) = (now.before(limits.idle), now.before(limits.lifetime));
        Ok(self.catalog.list_sessions(used, began).await?)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn end_session(self: &Arc<Self>, by: Actor, id: SessionId) -> Result<()> {
        let app = Arc::clone(self);
        self.detached(async move {
            let own = by.session.as_ref() == Some(&id);
            let action = if own {
                Action::SignOut
            } else {
                Action::EndSession
            };
            let mut tx = app.catalog.begin().await?;
            if !tx.end_session(&id).await? {
                return Err(Error::NotFound(format!("there is no session `{id}`")));
            }
            tx.add_audit(&app.audit_line(&by, action, id.as_str()))
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

/// Makes sure that the password that was right is still theirs, and that they are let in, until the transaction ends.
pub(super) async fn check_unchanged(tx: &mut Tx, known: &KnownOperator) -> Result<()> {
    let now = tx.own_operator(&known.operator.id).await?;
    let unchanged =
        now.is_some_and(|now| now.password == known.password && now.operator.disabled_at.is_none());
    if unchanged {
        Ok(())
    } else {
        Err(wrong_password())
    }
}

fn wrong_password() -> Error {
    Error::Denied("name or password is wrong".to_owned())
}
