//! What people do with their own account.

use std::sync::Arc;

use super::{Caller, NewSession, Origin, Password};
use crate::{
    app::{App, Error, Result},
    model::{Action, Session, SessionId},
};

impl App {
    /// The sessions of whoever asks that let in now, oldest first.
    pub async fn own_sessions(&self, caller: &Caller) -> Result<Vec<Session>> {
        let mut sessions = self.list_sessions().await?;
        sessions.retain(|session| session.operator == caller.operator.id);
        Ok(sessions)
    }

    /// Ends a session of whoever asks.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a session of somebody else.
    pub async fn end_own_session(self: &Arc<Self>, caller: Caller, id: SessionId) -> Result<()> {
        let own = self.own_sessions(&caller).await?;
        if own.iter().any(|session| session.id == id) {
            return self.end_session(caller.actor, id).await;
        }
        Err(Error::NotFound(format!(
            "you have no session `{id}`, or it has ended"
        )))
    }

    /// Replaces the password of whoever asks, who gives the present one. Their other sessions end, and what waits for a
    /// code; this session goes on under another secret.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a new password that is not good; what [`App::confirm_password`] answers to a wrong one.
    pub async fn change_password(
        self: &Arc<Self>,
        caller: Caller,
        present: Password,
        new: String,
        origin: Origin,
    ) -> Result<NewSession> {
        let new = Password::chosen(new, caller.operator.name.as_str())?;
        let renewed = self
            .confirm_password(caller.clone(), present, origin)
            .await?;
        let hash = self.passwords.hash(new).await?;
        let (app, kept) = (Arc::clone(self), renewed.session.id.clone());
        self.detached(async move {
            let operator = &caller.operator;
            let mut tx = app.catalog.begin().await?;
            tx.set_password(&operator.id, &hash).await?;
            tx.end_other_sessions(&operator.id, &kept).await?;
            tx.end_half_sign_ins_of(&operator.id).await?;
            let name = operator.name.as_str();
            let line = app.audit_line(&caller.actor, Action::SetPassword, name);
            tx.add_audit(&line).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        Ok(renewed)
    }
}
