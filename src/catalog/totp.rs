//! Devices that make codes, codes that take their place, and sign-ins that wait for one.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    rows::moment,
};
use crate::model::{Digest, OperatorId, Timestamp, TotpSecret};

statements! {
    FIND = Sql::same("SELECT secret, confirmed_at, last_step FROM totp_devices WHERE operator_id = $1");
    /// A device that has proved itself is not replaced.
    PROPOSE = Sql::same(
        "INSERT INTO totp_devices (operator_id, secret, last_step) VALUES ($1, $2, 0)
             ON CONFLICT (operator_id) DO UPDATE SET secret = excluded.secret WHERE totp_devices.confirmed_at IS NULL");
    CONFIRM = Sql::same(
        "UPDATE totp_devices SET confirmed_at = $2, last_step = $3 WHERE operator_id = $1 AND confirmed_at IS NULL");
    TAKE = Sql::same("UPDATE totp_devices SET last_step = $2 WHERE operator_id = $1 AND last_step < $2");
    REMOVE = Sql::same("DELETE FROM totp_devices WHERE operator_id = $1");
    ADD_CODE = Sql::same("INSERT INTO recovery_codes (digest, operator_id) VALUES ($1, $2)");
    USE_CODE = Sql::same("DELETE FROM recovery_codes WHERE digest = $1 AND operator_id = $2");
    REMOVE_CODES = Sql::same("DELETE FROM recovery_codes WHERE operator_id = $1");
    CODES_LEFT = Sql::same("SELECT CAST(COUNT(*) AS BIGINT) FROM recovery_codes WHERE operator_id = $1");
    BEGIN = Sql::same("INSERT INTO half_sign_ins (digest, operator_id, expires_at) VALUES ($1, $2, $3)");
    HALF = Sql::same("SELECT operator_id FROM half_sign_ins WHERE digest = $1 AND expires_at > $2");
    END = Sql::same("DELETE FROM half_sign_ins WHERE digest = $1");
    END_OF = Sql::same("DELETE FROM half_sign_ins WHERE operator_id = $1");
    END_OLD = Sql::same("DELETE FROM half_sign_ins WHERE expires_at <= $1");
}

/// A device that makes somebody's codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpDevice {
    pub secret: TotpSecret,
    /// None until a code of it was given.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the last code that was taken.
    pub last_step: i64,
}

impl Catalog {
    /// Somebody's device, proved or not.
    pub async fn totp_device(&self, operator: &OperatorId) -> Result<Option<TotpDevice>> {
        let row: Option<(Vec<u8>, Option<i64>, i64)> =
            self.db.maybe(FIND, &args![operator.as_str()]).await?;
        let device = |(secret, confirmed_at, last_step)| {
            let odd = |bytes: Vec<u8>| {
                Error::Unreadable(format!("a secret of codes of {} bytes", bytes.len()))
            };
            Ok(TotpDevice {
                secret: TotpSecret::try_from(secret).map_err(odd)?,
                confirmed_at: moment(confirmed_at),
                last_step,
            })
        };
        row.map(device).transpose()
    }

    /// Recovery codes that somebody has left.
    pub async fn recovery_codes_left(&self, operator: &OperatorId) -> Result<i64> {
        let row: Option<(i64,)> = self.db.maybe(CODES_LEFT, &args![operator.as_str()]).await?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// Whose sign-in waits for a code under this digest.
    pub async fn half_sign_in(
        &self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<OperatorId>> {
        let row: Option<(String,)> = self.db.maybe(HALF, &args![digest, now]).await?;
        Ok(row.map(|(operator,)| OperatorId::from(operator)))
    }
}

impl Tx {
    /// Keeps the secret of a device that is yet to prove itself; false when there is one that did.
    pub async fn propose_totp(
        &mut self,
        operator: &OperatorId,
        secret: &TotpSecret,
    ) -> Result<bool> {
        let args = args![operator.as_str(), secret.as_bytes().to_vec()];
        Ok(self.run(PROPOSE, &args).await? > 0)
    }

    /// Notes that a device proved itself by the code of a step; false when it did so before.
    pub async fn confirm_totp(
        &mut self,
        operator: &OperatorId,
        now: Timestamp,
        step: i64,
    ) -> Result<bool> {
        let args = args![operator.as_str(), now, step];
        Ok(self.run(CONFIRM, &args).await? > 0)
    }

    /// Takes the code of a step; false when it, or a later one, was taken before.
    pub async fn take_totp(&mut self, operator: &OperatorId, step: i64) -> Result<bool> {
        Ok(self.run(TAKE, &args![operator.as_str(), step]).await? > 0)
    }

    /// Removes somebody's device and recovery codes; false when there is none.
    pub async fn remove_totp(&mut self, operator: &OperatorId) -> Result<bool> {
        self.run(REMOVE_CODES, &args![operator.as_str()]).await?;
        Ok(self.run(REMOVE, &args![operator.as_str()]).await? > 0)
    }

    /// Puts these recovery codes in the place of those before.
    pub async fn put_recovery_codes(
        &mut self,
        operator: &OperatorId,
        codes: &[Digest],
    ) -> Result<()> {
        self.run(REMOVE_CODES, &args![operator.as_str()]).await?;
        for code in codes {
            self.run(ADD_CODE, &args![code, operator.as_str()]).await?;
        }
        Ok(())
    }

    /// Uses a recovery code up; false when there is no such.
    pub async fn use_recovery_code(
        &mut self,
        operator: &OperatorId,
        code: &Digest,
    ) -> Result<bool> {
        Ok(self.run(USE_CODE, &args![code, operator.as_str()]).await? > 0)
    }

    /// Lets a sign-in wait for its code until `ends`.
    pub async fn begin_half_sign_in(
        &mut self,
        digest: &Digest,
        operator: &OperatorId,
        ends: Timestamp,
    ) -> Result<()> {
        let args = args![digest, operator.as_str(), ends];
        self.run(BEGIN, &args).await.map(|_one| ())
    }

    /// Ends a sign-in that waited; false when somebody else has, or there was none.
    pub async fn end_half_sign_in(&mut self, digest: &Digest) -> Result<bool> {
        Ok(self.run(END, &args![digest]).await? > 0)
    }

    /// Ends the sign-ins of somebody that wait for a code.
    pub async fn end_half_sign_ins_of(&mut self, operator: &OperatorId) -> Result<()> {
        self.run(END_OF, &args![operator.as_str()])
            .await
            .map(|_some| ())
    }

    /// Removes sign-ins that waited for too long.
    pub async fn end_old_half_sign_ins(&mut self, now: Timestamp) -> Result<u64> {
        self.run(END_OLD, &args![now]).await
    }
}
