//! The second thing that some people sign in with: codes of a device, and recovery codes for when it is lost.

use std::{sync::Arc, time::Duration};

use super::{Caller, NewSession, Origin, sessions::check_unchanged, tries::Guess};
use crate::{
    app::{App, Error, Result},
    catalog::{KnownOperator, TotpDevice, Tx},
    model::{
        Action, Actor, Digest, Operator, OperatorId, OperatorName, Timestamp, TotpSecret,
        plain_recovery_code, recovery_code,
    },
};

/// How long a sign-in waits for its code.
const WAITS: Duration = Duration::from_mins(5);
/// Recovery codes that are made at a time.
const CODES: usize = 10;

/// Whether somebody signs in with codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TotpStanding {
    Off,
    /// A device was given the secret, and is yet to prove it.
    Proposed(TotpSecret),
    On {
        since: Timestamp,
        /// Recovery codes that are left.
        left: i64,
    },
}

impl App {
    /// Whether somebody signs in with codes.
    pub async fn totp_standing(&self, operator: &OperatorId) -> Result<TotpStanding> {
        let Some(device) = self.catalog.totp_device(operator).await? else {
            return Ok(TotpStanding::Off);
        };
        let Some(since) = device.confirmed_at else {
            return Ok(TotpStanding::Proposed(device.secret));
        };
        let left = self.catalog.recovery_codes_left(operator).await?;
        Ok(TotpStanding::On { since, left })
    }

    /// Makes a secret for a device of whoever asks; one that was never proved is replaced.
    ///
    /// # Errors
    /// [`Error::Conflict`] when they sign in with codes already.
    pub async fn propose_totp(self: &Arc<Self>, caller: Caller) -> Result<()> {
        let app = Arc::clone(self);
        self.detached(async move {
            let mut bytes = [0; TotpSecret::BYTES];
            app.random.fill(&mut bytes);
            let mut tx = app.catalog.begin().await?;
            let secret = TotpSecret::new(bytes);
            if !tx.propose_totp(&caller.operator.id, &secret).await? {
                return Err(Error::Conflict(
                    "you sign in with codes already; turn that off first".to_owned(),
                ));
            }
            let name = &caller.operator.name;
            app.write_line(&mut tx, &caller.actor, Action::ProposeTotp, name)
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Asks for codes from now on, once a code shows that the device makes them. Answers with the recovery codes, which
    /// can't be shown again.
    ///
    /// # Errors
    /// [`Error::Denied`] for a wrong code; [`Error::TooOften`]; [`Error::Conflict`] where nothing was proposed.
    pub async fn turn_totp_on(
        self: &Arc<Self>,
        caller: Caller,
        code: String,
        origin: Origin,
    ) -> Result<Vec<String>> {
        let app = Arc::clone(self);
        self.detached(async move {
            let (operator, now) = (&caller.operator, app.clock.now());
            app.count_code(operator, &origin).await?;
            let device = app.catalog.totp_device(&operator.id).await?;
            let device = device.filter(|device| device.confirmed_at.is_none());
            let device = device.ok_or_else(|| {
                Error::Conflict("there is no device that waits for its first code".to_owned())
            })?;
            let step = device.secret.step_of(&code, now, device.last_step);
            let step = step.ok_or_else(wrong_code)?;
            app.tries.succeed(guess(operator));
            let codes = app.new_recovery_codes();
            let mut tx = app.catalog.begin().await?;
            if !tx.confirm_totp(&operator.id, now, step).await? {
                return Err(wrong_code());
            }
            app.put_codes(&mut tx, &operator.id, &codes).await?;
            app.write_line(&mut tx, &caller.actor, Action::TurnTotpOn, &operator.name)
                .await?;
            tx.commit().await?;
            Ok(codes)
        })
        .await
    }

    /// Replaces the recovery codes of whoever asks, who gives a code. They can't be shown again.
    ///
    /// # Errors
    /// [`Error::Denied`] for a wrong code; [`Error::TooOften`].
    pub async fn renew_recovery_codes(
        self: &Arc<Self>,
        caller: Caller,
        code: String,
        origin: Origin,
    ) -> Result<Vec<String>> {
        let app = Arc::clone(self);
        self.detached(async move {
            let operator = &caller.operator;
            let mut tx = app.code_taken(operator, &code, &origin).await?;
            let codes = app.new_recovery_codes();
            app.put_codes(&mut tx, &operator.id, &codes).await?;
            app.write_line(&mut tx, &caller.actor, Action::RenewCodes, &operator.name)
                .await?;
            tx.commit().await?;
            Ok(codes)
        })
        .await
    }

    /// Asks whoever asks for codes no more, after one last code.
    ///
    /// # Errors
    /// [`Error::Denied`] for a wrong code; [`Error::TooOften`].
    pub async fn turn_totp_off(
        self: &Arc<Self>,
        caller: Caller,
        code: String,
        origin: Origin,
    ) -> Result<()> {
        let app = Arc::clone(self);
        self.detached(async move {
            let operator = &caller.operator;
            let mut tx = app.code_taken(operator, &code, &origin).await?;
            tx.remove_totp(&operator.id).await?;
            app.write_line(&mut tx, &caller.actor, Action::TurnTotpOff, &operator.name)
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Lets somebody sign in without codes who has lost their device and their recovery codes.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when they sign in without codes.
    pub async fn reset_totp(self: &Arc<Self>, by: Actor, name: OperatorName) -> Result<()> {
        let app = Arc::clone(self);
        self.detached(async move {
            let operator = app.operator(&name).await?;
            let mut tx = app.catalog.begin().await?;
            tx.own_operator(&operator.id).await?;
            if !tx.remove_totp(&operator.id).await? {
                return Err(Error::Conflict(format!("`{name}` signs in without codes")));
            }
            tx.end_half_sign_ins_of(&operator.id).await?;
            app.write_line(&mut tx, &by, Action::ResetTotp, &name)
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Lets an operator in whose password was right, and who now gives a code or a recovery code.
    ///
    /// # Errors
    /// [`Error::Denied`] for a wrong code, and for a sign-in that has waited too long; [`Error::TooOften`].
    pub async fn sign_in_with_code(
        self: &Arc<Self>,
        half: String,
        code: String,
        origin: Origin,
    ) -> Result<NewSession> {
        let app = Arc::clone(self);
        self.detached(async move {
            let (digest, now) = (Digest::of(half.as_bytes()), app.clock.now());
            let waits = app.catalog.half_sign_in(&digest, now).await?;
            let waits = waits.ok_or_else(waited_too_long)?;
            let known = app.catalog.find_operator(&waits).await?;
            let known = known.filter(|known| known.operator.disabled_at.is_none());
            let known = known.ok_or_else(waited_too_long)?;
            let mut tx = app.code_taken(&known.operator, &code, &origin).await?;
            if !tx.end_half_sign_in(&digest).await? {
                return Err(waited_too_long());
            }
            app.begin_session(tx, known, origin).await
        })
        .await
    }

    /// Lets the sign-in of somebody who signs in with codes wait for one, under the secret that this answers; none for
    /// those who sign in without.
    ///
    /// # Errors
    /// [`Error::Denied`] when the password is another one by now.
    pub(super) async fn half_sign_in(&self, known: &KnownOperator) -> Result<Option<String>> {
        let operator = &known.operator;
        let device = self.catalog.totp_device(&operator.id).await?;
        if device.is_none_or(|device| device.confirmed_at.is_none()) {
            return Ok(None);
        }
        let secret = self.random.secret();
        let ends = self.clock.now().after(WAITS);
        let mut tx = self.catalog.begin().await?;
        check_unchanged(&mut tx, known).await?;
        tx.begin_half_sign_in(&Digest::of(secret.as_bytes()), &operator.id, ends)
            .await?;
        tx.commit().await?;
        Ok(Some(secret))
    }

    /// A transaction in which a code, or a recovery code, of somebody is used up.
    async fn code_taken(&self, operator: &Operator, code: &str, origin: &Origin) -> Result<Tx> {
        self.count_code(operator, origin).await?;
        let device = self.catalog.totp_device(&operator.id).await?;
        let device = device.filter(|device| device.confirmed_at.is_some());
        let mut tx = self.catalog.begin().await?;
        tx.own_operator(&operator.id).await?;
        let taken = match device {
            Some(device) => {
                self.take(&mut tx, operator, &device, code).await?
                    || self.recover(&mut tx, operator, code, origin).await?
            }
            None => false,
        };
        if !taken {
            drop(tx);
            self.note_refusal(operator.name.as_str(), origin).await?;
            return Err(wrong_code());
        }
        self.tries.succeed(guess(operator));
        Ok(tx)
    }

    async fn take(
        &self,
        tx: &mut Tx,
        operator: &Operator,
        device: &TotpDevice,
        code: &str,
    ) -> Result<bool> {
        let now = self.clock.now();
        match device.secret.step_of(code, now, device.last_step) {
            Some(step) => Ok(tx.take_totp(&operator.id, step).await?),
            None => Ok(false),
        }
    }

    /// Uses a recovery code up, and writes down that it took the place of the device.
    async fn recover(
        &self,
        tx: &mut Tx,
        operator: &Operator,
        code: &str,
        origin: &Origin,
    ) -> Result<bool> {
        let digest = recovery_digest(&operator.id, code);
        let used = tx.use_recovery_code(&operator.id, &digest).await?;
        if used {
            let by = origin.actor(&operator.name);
            self.write_line(tx, &by, Action::UseRecoveryCode, &operator.name)
                .await?;
        }
        Ok(used)
    }

    /// Counts a try of a code. Nobody is spared the waits: whoever tries codes has the password already.
    async fn count_code(&self, operator: &Operator, origin: &Origin) -> Result<()> {
        self.count_try(guess(operator), None, origin.address).await
    }

    fn new_recovery_codes(&self) -> Vec<String> {
        let mut codes = Vec::with_capacity(CODES);
        for _ in 0..CODES {
            let mut bytes = [0; 10];
            self.random.fill(&mut bytes);
            codes.push(recovery_code(bytes));
        }
        codes
    }

    async fn put_codes(&self, tx: &mut Tx, operator: &OperatorId, codes: &[String]) -> Result<()> {
        let digests = codes.iter().map(|code| recovery_digest(operator, code));
        let digests: Vec<_> = digests.collect();
        Ok(tx.put_recovery_codes(operator, &digests).await?)
    }

    async fn write_line(
        &self,
        tx: &mut Tx,
        by: &Actor,
        action: Action,
        name: &OperatorName,
    ) -> Result<()> {
        let line = self.audit_line(by, action, name.as_str());
        Ok(tx.add_audit(&line).await?)
    }
}

/// What whoever gives a code of somebody may have guessed.
fn guess(operator: &Operator) -> Guess<'_> {
    Guess::Code(operator.name.as_str())
}

/// A recovery code has 80 random bits, so no slow hash is needed.
fn recovery_digest(operator: &OperatorId, code: &str) -> Digest {
    let code = plain_recovery_code(code);
    Digest::of(format!("recovery code {code} of {}", operator.as_str()).as_bytes())
}

fn wrong_code() -> Error {
    Error::Denied("the code is wrong, or was used before; wait for the next one".to_owned())
}

fn waited_too_long() -> Error {
    Error::Denied("this sign-in has waited too long; begin again".to_owned())
}
