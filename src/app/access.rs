//! Who may read the crawler's faces and who may call back: credentials, checked in constant time.

use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use tracing::warn;

use super::{App, Error, Result, audit::told};
use crate::model::{
    Action, Actor, AuditLine, Credential, CredentialForm, CredentialId, CredentialKind, Digest,
    Timestamp,
};

/// The credentials in force, replaced as a whole every few seconds.
#[derive(Debug, Default)]
pub(super) struct Access(ArcSwap<Vec<Credential>>);

/// What a request presents. Printing it shows no secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    Basic { user: &'a str, secret: &'a str },
    Bearer { secret: &'a str },
    Path { secret: &'a str },
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic { user, .. } => write!(f, "Basic({user})"),
            Self::Bearer { .. } => f.write_str("Bearer"),
            Self::Path { .. } => f.write_str("Path"),
        }
    }
}

/// Whether a request is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// By this credential; by none where the face stands open.
    Granted(Option<CredentialId>),
    /// The credential is valid, for another face.
    OtherFace,
    /// Nothing valid was presented.
    Unknown,
}

/// A credential that was made: the only time that its secret is known.
#[derive(Clone)]
pub struct NewCredential {
    pub credential: Credential,
    pub secret: String,
}

/// A credential that has a successor.
#[derive(Clone, Debug)]
pub struct Rotated {
    pub successor: NewCredential,
    /// Until when the old one stays valid beside it.
    pub old_until: Timestamp,
}

impl fmt::Debug for NewCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCredential")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

/// Looks a presented secret up. Every credential is compared, whichever matches, so that time tells nothing.
fn admit(
    credentials: &[Credential],
    kind: CredentialKind,
    presented: Presented<'_>,
    now: Timestamp,
) -> Admission {
    let (form, user, secret) = match presented {
        Presented::Basic { user, secret } => (CredentialForm::Basic, Some(user), secret),
        Presented::Bearer { secret } => (CredentialForm::Bearer, None, secret),
        Presented::Path { secret } => (CredentialForm::Path, None, secret),
    };
    let digest = Digest::of(secret.as_bytes());
    let mut admission = Admission::Unknown;
    for credential in credentials {
        let matches = credential.digest.equals_in_constant_time(&digest)
            && credential.form == form
            && user.is_none_or(|user| user == credential.id.as_str())
            && credential.expires_at.is_none_or(|end| end > now);
        if matches {
            admission = if credential.kind == kind {
                Admission::Granted(Some(credential.id.clone()))
            } else {
                Admission::OtherFace
            };
        }
    }
    admission
}

impl App {
    /// Whether what a request presents opens the face of this kind. `access.open` opens the crawler's faces to everybody.
    pub fn admit(&self, kind: CredentialKind, presented: Option<Presented<'_>>) -> Admission {
        let now = self.clock.now();
        let found = presented.map_or(Admission::Unknown, |presented| {
            admit(&self.access.0.load(), kind, presented, now)
        });
        if let Admission::Granted(Some(credential)) = &found {
            self.uses.note(credential, now);
        }
        let open = kind == CredentialKind::Crawler && self.config.load().access.open;
        if open && found == Admission::Unknown {
            Admission::Granted(None)
        } else {
            found
        }
    }

    /// Brings the credentials in force in line with the catalog. To be called every few seconds: what another daemon or
    /// command added or removed counts from then on.
    pub async fn refresh_credentials(&self) -> Result<()> {
        let credentials = self.catalog.list_credentials().await?;
        self.access.0.store(Arc::new(credentials));
        Ok(())
    }

    /// Takes up at once what was just committed. That stands, and its secret is told now or never, whether the catalog can
    /// be read or not: the next refresh takes it up.
    async fn take_up_credentials(&self) {
        if let Err(error) = self.refresh_credentials().await {
            warn!(
                error = &error as &dyn std::error::Error,
                "credentials have changed, and count within seconds: they could not be read at once"
            );
        }
    }

    /// Every credential, oldest first.
    pub async fn list_credentials(&self) -> Result<Vec<Credential>> {
        Ok(self.catalog.list_credentials().await?)
    }

    /// Makes a credential. Its secret can't be shown again.
    pub async fn add_credential(
        self: &Arc<Self>,
        by: Actor,
        kind: CredentialKind,
        form: CredentialForm,
    ) -> Result<NewCredential> {
        let app = Arc::clone(self);
        self.detached(async move {
            let new = app.new_credential(kind, form);
            let mut tx = app.begin_once(&by).await?;
            tx.add_credential(&new.credential).await?;
            let line = app.told_of(&by, Action::AddCredential, &new.credential);
            tx.add_audit(&line).await?;
            tx.commit().await?;
            app.take_up_credentials().await;
            Ok(new)
        })
        .await
    }

    /// Makes a credential that ends by itself.
    pub async fn lend_credential(
        self: &Arc<Self>,
        by: Actor,
        kind: CredentialKind,
        form: CredentialForm,
        valid: Duration,
    ) -> Result<NewCredential> {
        let app = Arc::clone(self);
        self.detached(async move {
            let mut new = app.new_credential(kind, form);
            new.credential.expires_at = Some(app.clock.now().after(valid));
            let mut tx = app.catalog.begin().await?;
            tx.add_credential(&new.credential).await?;
            let line = app.told_of(&by, Action::AddCredential, &new.credential);
            tx.add_audit(&line).await?;
            tx.commit().await?;
            Ok(new)
        })
        .await
    }

    /// Makes a successor of a credential, which itself stays valid for `overlap`, or until it ends anyway.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no credential of that id; [`Error::Conflict`] when it has ended.
    pub async fn rotate_credential(
        self: &Arc<Self>,
        by: Actor,
        id: CredentialId,
        overlap: Duration,
    ) -> Result<Rotated> {
        let app = Arc::clone(self);
        self.detached(async move {
            let old = app.credential(&id).await?;
            let new = app.new_credential(old.kind, old.form);
            let mut tx = app.begin_once(&by).await?;
            tx.add_credential(&new.credential).await?;
            let now = app.clock.now();
            let ends = tx.expire_credential(&id, now.after(overlap), now).await?;
            let ends = ends.ok_or_else(|| {
                Error::Conflict(format!("credential `{id}` has ended; make a new one"))
            })?;
            let mut line = app.audit_line(&by, Action::RotateCredential, id.as_str());
            line.before = told(&json!({ "expires_at": old.expires_at }));
            line.after = told(&json!({ "expires_at": ends, "successor": new.credential.id }));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            app.take_up_credentials().await;
            Ok(Rotated {
                successor: new,
                old_until: ends,
            })
        })
        .await
    }

    /// Removes a credential; every daemon refuses it within seconds.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no credential of that id.
    pub async fn remove_credential(self: &Arc<Self>, by: Actor, id: CredentialId) -> Result<()> {
        let app = Arc::clone(self);
        self.detached(async move {
            let old = app.credential(&id).await?;
            let mut tx = app.catalog.begin().await?;
            tx.remove_credential(&id).await?;
            let mut line = app.told_of(&by, Action::RemoveCredential, &old);
            (line.before, line.after) = (line.after, None);
            tx.add_audit(&line).await?;
            tx.commit().await?;
            app.take_up_credentials().await;
            Ok(())
        })
        .await
    }

    fn told_of(&self, by: &Actor, action: Action, credential: &Credential) -> AuditLine {
        let mut line = self.audit_line(by, action, credential.id.as_str());
        line.after = told(&json!({
            "kind": credential.kind.as_str(), "form": credential.form.as_str(), "expires_at": credential.expires_at,
        }));
        line
    }

    async fn credential(&self, id: &CredentialId) -> Result<Credential> {
        let all = self.catalog.list_credentials().await?;
        all.into_iter()
            .find(|credential| credential.id == *id)
            .ok_or_else(|| {
                Error::NotFound(format!(
                    "there is no credential `{id}`; `mcnd credential list` shows them"
                ))
            })
    }

    fn new_credential(&self, kind: CredentialKind, form: CredentialForm) -> NewCredential {
        let secret = self.random.secret();
        let mut id = [0; 6];
        self.random.fill(&mut id);
        let credential = Credential {
            id: CredentialId::from(format!(
                "{}-{}",
                kind.as_str(),
                BASE64_URL_SAFE_NO_PAD.encode(id)
            )),
            kind,
            form,
            digest: Digest::of(secret.as_bytes()),
            added_at: self.clock.now(),
            expires_at: None,
        };
        NewCredential { credential, secret }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(
        id: &str,
        kind: CredentialKind,
        form: CredentialForm,
        secret: &str,
    ) -> Credential {
        Credential {
            id: CredentialId::from(id.to_owned()),
            kind,
            form,
            digest: Digest::of(secret.as_bytes()),
            added_at: Timestamp::from_millis(0),
            expires_at: None,
        }
    }

    fn ask(presented: Presented<'_>, now: i64) -> Admission {
        let mut old = credential(
            "old",
            CredentialKind::Crawler,
            CredentialForm::Bearer,
            "old",
        );
        old.expires_at = Some(Timestamp::from_millis(10));
        let known = [
            credential("one", CredentialKind::Crawler, CredentialForm::Basic, "1"),
            credential("two", CredentialKind::Crawler, CredentialForm::Bearer, "2"),
            credential("three", CredentialKind::Callback, CredentialForm::Path, "3"),
            old,
        ];
        admit(
            &known,
            CredentialKind::Crawler,
            presented,
            Timestamp::from_millis(now),
        )
    }

    #[test]
    fn a_secret_counts_in_its_own_form_and_for_its_own_face_only() {
        let granted = |id: &str| Admission::Granted(Some(CredentialId::from(id.to_owned())));
        assert_eq!(
            ask(
                Presented::Basic {
                    user: "one",
                    secret: "1"
                },
                0
            ),
            granted("one")
        );
        assert_eq!(ask(Presented::Bearer { secret: "2" }, 0), granted("two"));
        assert_eq!(
            ask(Presented::Path { secret: "3" }, 0),
            Admission::OtherFace
        );
        for wrong in [
            Presented::Basic {
                user: "two",
                secret: "1",
            },
            Presented::Basic {
                user: "one",
                secret: "2",
            },
            Presented::Bearer { secret: "1" },
            Presented::Path { secret: "2" },
            Presented::Bearer { secret: "" },
        ] {
            assert_eq!(ask(wrong, 0), Admission::Unknown, "{wrong:?}");
        }
    }

    #[test]
    fn a_rotated_secret_ends_at_its_time() {
        assert!(matches!(
            ask(Presented::Bearer { secret: "old" }, 9),
            Admission::Granted(_)
        ));
        assert_eq!(
            ask(Presented::Bearer { secret: "old" }, 10),
            Admission::Unknown
        );
    }

    #[test]
    fn printing_what_was_presented_shows_no_secret() {
        let shown = format!(
            "{:?}",
            Presented::Basic {
                user: "one",
                secret: "s3cret"
            }
        );
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
