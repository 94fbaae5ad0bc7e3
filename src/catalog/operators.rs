//! People of the network, their passwords' hashes, and the addresses that let them set one.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    rows::{moment, read},
};
use crate::model::{Digest, Operator, OperatorId, OperatorName, Role, Timestamp};

statements! {
    LIST = Sql::same(
        "SELECT id, name, role, password, added_at, disabled_at, signed_in_at FROM operators ORDER BY added_at, id");
    FIND = Sql::same(
        "SELECT id, name, role, password, added_at, disabled_at, signed_in_at FROM operators WHERE id = $1");
    NAMED = Sql::same(
        "SELECT id, name, role, password, added_at, disabled_at, signed_in_at FROM operators WHERE name = $1");
    /// The rows stay as they are until the transaction ends: nobody takes the last owner away beside it.
    LOCK = Sql::each(
        "SELECT id, name, role, password, added_at, disabled_at, signed_in_at FROM operators ORDER BY id",
        "SELECT id, name, role, password, added_at, disabled_at, signed_in_at FROM operators ORDER BY id FOR UPDATE");
    /// The row stays as it is until the transaction ends.
    OWN = Sql::each(
        "SELECT id, name, role, password, added_at, disabled_at, signed_in_at FROM operators WHERE id = $1",
        "SELECT id, name, role, password, added_at, disabled_at, signed_in_at FROM operators WHERE id = $1 FOR UPDATE");
    ADD = Sql::same(
        "INSERT INTO operators (id, name, role, added_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING");
    CHANGE = Sql::same("UPDATE operators SET role = $2, disabled_at = $3 WHERE id = $1");
    SET_PASSWORD = Sql::same("UPDATE operators SET password = $2 WHERE id = $1");
    SIGNED_IN = Sql::same("UPDATE operators SET signed_in_at = $2 WHERE id = $1");
    ADD_LINK = Sql::same("INSERT INTO sign_up_links (digest, operator_id, expires_at) VALUES ($1, $2, $3)");
    LINK = Sql::same("SELECT operator_id FROM sign_up_links WHERE digest = $1 AND expires_at > $2");
    USE_LINK = Sql::same("DELETE FROM sign_up_links WHERE digest = $1 AND expires_at > $2 RETURNING operator_id");
    REMOVE_LINKS = Sql::same("DELETE FROM sign_up_links WHERE operator_id = $1");
    REMOVE_FIRST_LINKS = Sql::same("DELETE FROM sign_up_links WHERE operator_id IS NULL");
    REMOVE_EXPIRED_LINKS = Sql::same("DELETE FROM sign_up_links WHERE expires_at <= $1");
}

/// An operator, and the hash of their password (Argon2id in the PHC format).
#[derive(Clone)]
pub struct KnownOperator {
    pub operator: Operator,
    pub password: Option<String>,
}

/// Whom a sign-up link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Whoever becomes the first owner.
    FirstOwner,
    Operator(OperatorId),
}

#[derive(sqlx::FromRow)]
struct OperatorRow {
    id: String,
    name: String,
    role: String,
    password: Option<String>,
    added_at: i64,
    disabled_at: Option<i64>,
    signed_in_at: Option<i64>,
}

impl TryFrom<OperatorRow> for KnownOperator {
    type Error = Error;

    fn try_from(row: OperatorRow) -> Result<Self> {
        Ok(Self {
            operator: Operator {
                id: OperatorId::from(row.id),
                name: read(&row.name)?,
                role: read(&row.role)?,
                added_at: Timestamp::from_millis(row.added_at),
                disabled_at: moment(row.disabled_at),
                has_password: row.password.is_some(),
                signed_in_at: moment(row.signed_in_at),
            },
            password: row.password,
        })
    }
}

impl From<Option<String>> for SignUp {
    fn from(operator: Option<String>) -> Self {
        operator.map_or(Self::FirstOwner, |id| Self::Operator(OperatorId::from(id)))
    }
}

fn operators(rows: Vec<OperatorRow>) -> Result<Vec<Operator>> {
    let known = rows.into_iter().map(KnownOperator::try_from);
    known.map(|known| Ok(known?.operator)).collect()
}

impl Catalog {
    /// Everybody, in the order in which they were added.
    pub async fn list_operators(&self) -> Result<Vec<Operator>> {
        operators(self.db.all(LIST, &args![]).await?)
    }

    /// The operator of that id.
    pub async fn find_operator(&self, id: &OperatorId) -> Result<Option<KnownOperator>> {
        let row: Option<OperatorRow> = self.db.maybe(FIND, &args![id.as_str()]).await?;
        row.map(KnownOperator::try_from).transpose()
    }

    /// The operator of that name.
    pub async fn operator_named(&self, name: &OperatorName) -> Result<Option<KnownOperator>> {
        let row: Option<OperatorRow> = self.db.maybe(NAMED, &args![name.as_str()]).await?;
        row.map(KnownOperator::try_from).transpose()
    }

    /// Whom a link that is valid at `now` is for.
    pub async fn sign_up_link(&self, digest: &Digest, now: Timestamp) -> Result<Option<SignUp>> {
        let row: Option<(Option<String>,)> = self.db.maybe(LINK, &args![digest, now]).await?;
        Ok(row.map(|(operator,)| operator.into()))
    }
}

impl Tx {
    /// Everybody; nobody is changed beside this transaction.
    pub async fn own_operators(&mut self) -> Result<Vec<Operator>> {
        operators(self.all(LOCK, &args![]).await?)
    }

    /// The operator of that id; nobody changes them beside this transaction. To be asked before anything of theirs is
    /// touched, so that no two transactions wait for each other.
    pub async fn own_operator(&mut self, id: &OperatorId) -> Result<Option<KnownOperator>> {
        let row: Option<OperatorRow> = self.maybe(OWN, &args![id.as_str()]).await?;
        row.map(KnownOperator::try_from).transpose()
    }

    /// Adds somebody, without a password; answers false when the name is taken.
    pub async fn add_operator(
        &mut self,
        id: &OperatorId,
        name: &OperatorName,
        role: Role,
        now: Timestamp,
    ) -> Result<bool> {
        let args = args![id.as_str(), name.as_str(), role.as_str(), now];
        Ok(self.run(ADD, &args).await? > 0)
    }

    /// Writes an operator's role and whether they are let in.
    pub async fn set_operator(&mut self, operator: &Operator) -> Result<()> {
        let args = args![
            operator.id.as_str(),
            operator.role.as_str(),
            operator.disabled_at
        ];
        self.run(CHANGE, &args).await.map(|_one| ())
    }

    /// Replaces the hash of somebody's password.
    pub async fn set_password(&mut self, id: &OperatorId, hash: &str) -> Result<()> {
        self.run(SET_PASSWORD, &args![id.as_str(), hash])
            .await
            .map(|_one| ())
    }

    /// Notes that somebody signed in.
    pub async fn note_sign_in(&mut self, id: &OperatorId, now: Timestamp) -> Result<()> {
        self.run(SIGNED_IN, &args![id.as_str(), now])
            .await
            .map(|_one| ())
    }

    /// Makes a link valid until `ends`; those made for the same person before are not any more.
    pub async fn add_sign_up_link(
        &mut self,
        digest: &Digest,
        whom: &SignUp,
        ends: Timestamp,
    ) -> Result<()> {
        let operator = match whom {
            SignUp::FirstOwner => {
                self.run(REMOVE_FIRST_LINKS, &args![]).await?;
                None
            }
            SignUp::Operator(id) => {
                self.run(REMOVE_LINKS, &args![id.as_str()]).await?;
                Some(id.as_str())
            }
        };
        self.run(ADD_LINK, &args![digest, operator, ends])
            .await
            .map(|_one| ())
    }

    /// Uses a link up, and says whom it was for; none when it is not valid at `now`.
    pub async fn use_sign_up_link(
        &mut self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<SignUp>> {
        let row: Option<(Option<String>,)> = self.maybe(USE_LINK, &args![digest, now]).await?;
        Ok(row.map(|(operator,)| operator.into()))
    }

    /// Removes the links that nobody used in time.
    pub async fn remove_expired_links(&mut self, now: Timestamp) -> Result<u64> {
        self.run(REMOVE_EXPIRED_LINKS, &args![now]).await
    }
}
