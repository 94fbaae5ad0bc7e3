//! Who is signed in, and what programs are let in with: both found by the digest of a secret.

use std::net::IpAddr;

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    events::digest,
    rows::{moment, read},
};
use crate::model::{ApiKey, Digest, KeyId, OperatorId, Scope, Session, SessionId, Timestamp};

statements! {
    FIND = Sql::same(
        "SELECT id, operator_id, began_at, used_at, confirmed_at, address, agent FROM sessions WHERE digest = $1");
    FROM_NETWORK = Sql::same(
        "SELECT TRUE FROM sign_in_networks WHERE operator_id = $1 AND network = $2 AND signed_in_at > $3");
    NOTE_NETWORK = Sql::same(
        "INSERT INTO sign_in_networks (operator_id, network, signed_in_at) VALUES ($1, $2, $3)
             ON CONFLICT (operator_id, network) DO UPDATE SET signed_in_at = excluded.signed_in_at");
    FORGET_NETWORKS = Sql::same("DELETE FROM sign_in_networks WHERE signed_in_at <= $1");
    LIST = Sql::same(
        "SELECT id, operator_id, began_at, used_at, confirmed_at, address, agent
           FROM sessions
          WHERE used_at > $1 AND began_at > $2
          ORDER BY operator_id, began_at");
    BEGIN = Sql::same(
        "INSERT INTO sessions (digest, id, operator_id, began_at, used_at, confirmed_at, address, agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    NOTE_USE = Sql::same("UPDATE sessions SET used_at = $2 WHERE id = $1 AND used_at < $2");
    /// The session goes on under another secret, and the password counts from now.
    RENEW = Sql::same("UPDATE sessions SET digest = $2, confirmed_at = $3, used_at = $3 WHERE id = $1");
    END = Sql::same("DELETE FROM sessions WHERE id = $1");
    END_OF = Sql::same("DELETE FROM sessions WHERE operator_id = $1");
    END_OTHERS = Sql::same("DELETE FROM sessions WHERE operator_id = $1 AND id <> $2");
    END_OLD = Sql::same("DELETE FROM sessions WHERE used_at <= $1 OR began_at <= $2");
    KEYS = Sql::same(
        "SELECT id, name, scopes, made_by, digest, added_at, expires_at, used_at FROM api_keys ORDER BY added_at, id");
    KEY = Sql::same(
        "SELECT id, name, scopes, made_by, digest, added_at, expires_at, used_at FROM api_keys WHERE id = $1");
    ADD_KEY = Sql::same(
        "INSERT INTO api_keys (id, name, scopes, made_by, digest, added_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)");
    NOTE_KEY = Sql::same("UPDATE api_keys SET used_at = $2 WHERE id = $1");
    REMOVE_KEY = Sql::same("DELETE FROM api_keys WHERE id = $1");
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: String,
    operator_id: String,
    began_at: i64,
    used_at: i64,
    confirmed_at: i64,
    address: String,
    agent: Option<String>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId::from(row.id),
            operator: OperatorId::from(row.operator_id),
            began_at: Timestamp::from_millis(row.began_at),
            used_at: Timestamp::from_millis(row.used_at),
            confirmed_at: Timestamp::from_millis(row.confirmed_at),
            address: row.address,
            agent: row.agent,
        }
    }
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: String,
    name: String,
    scopes: String,
    made_by: String,
    digest: Vec<u8>,
    added_at: i64,
    expires_at: Option<i64>,
    used_at: Option<i64>,
}

impl TryFrom<KeyRow> for ApiKey {
    type Error = Error;

    fn try_from(row: KeyRow) -> Result<Self> {
        Ok(Self {
            id: KeyId::from(row.id),
            name: row.name,
            scopes: row
                .scopes
                .split(',')
                .map(read::<Scope>)
                .collect::<Result<_>>()?,
            made_by: OperatorId::from(row.made_by),
            digest: digest(row.digest)?,
            added_at: Timestamp::from_millis(row.added_at),
            expires_at: moment(row.expires_at),
            used_at: moment(row.used_at),
        })
    }
}

impl Catalog {
    /// The session whose secret has this digest, whether it has ended or not.
    pub async fn find_session(&self, digest: &Digest) -> Result<Option<Session>> {
        let row: Option<SessionRow> = self.db.maybe(FIND, &args![digest]).await?;
        Ok(row.map(Session::from))
    }

    /// Whether somebody has signed in from a network since a moment.
    pub async fn has_signed_in_from(
        &self,
        operator: &OperatorId,
        network: IpAddr,
        since: Timestamp,
    ) -> Result<bool> {
        let args = args![operator.as_str(), network.to_string(), since];
        let found: Option<(bool,)> = self.db.maybe(FROM_NETWORK, &args).await?;
        Ok(found.is_some())
    }

    /// Sessions that were used after one moment and began after another.
    pub async fn list_sessions(&self, used: Timestamp, began: Timestamp) -> Result<Vec<Session>> {
        let rows: Vec<SessionRow> = self.db.all(LIST, &args![used, began]).await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// Every key, oldest first.
    pub async fn list_keys(&self) -> Result<Vec<ApiKey>> {
        let rows: Vec<KeyRow> = self.db.all(KEYS, &args![]).await?;
        rows.into_iter().map(ApiKey::try_from).collect()
    }

    /// The key of that id.
    pub async fn find_key(&self, id: &KeyId) -> Result<Option<ApiKey>> {
        let row: Option<KeyRow> = self.db.maybe(KEY, &args![id.as_str()]).await?;
        row.map(ApiKey::try_from).transpose()
    }
}

impl Tx {
    /// Lets somebody in.
    pub async fn begin_session(&mut self, digest: &Digest, session: &Session) -> Result<()> {
        let args = args![
            digest,
            session.id.as_str(),
            session.operator.as_str(),
            session.began_at,
            session.used_at,
            session.confirmed_at,
            session.address.as_str(),
            session.agent.as_deref()
        ];
        self.run(BEGIN, &args).await.map(|_one| ())
    }

    /// Notes the network that somebody signed in from.
    pub async fn note_network(
        &mut self,
        operator: &OperatorId,
        network: IpAddr,
        now: Timestamp,
    ) -> Result<()> {
        let args = args![operator.as_str(), network.to_string(), now];
        self.run(NOTE_NETWORK, &args).await.map(|_one| ())
    }

    /// Forgets the networks that nobody has signed in from since a moment.
    pub async fn forget_networks(&mut self, since: Timestamp) -> Result<u64> {
        self.run(FORGET_NETWORKS, &args![since]).await
    }

    /// Notes a session's use.
    pub async fn note_session(&mut self, id: &SessionId, now: Timestamp) -> Result<()> {
        self.run(NOTE_USE, &args![id.as_str(), now])
            .await
            .map(|_one| ())
    }

    /// Gives a session another secret after its password was given again; answers false when it has ended.
    pub async fn renew_session(
        &mut self,
        id: &SessionId,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<bool> {
        Ok(self.run(RENEW, &args![id.as_str(), digest, now]).await? > 0)
    }

    /// Ends a session; answers false when there is none of that id.
    pub async fn end_session(&mut self, id: &SessionId) -> Result<bool> {
        Ok(self.run(END, &args![id.as_str()]).await? > 0)
    }

    /// Ends every session of somebody, and says how many.
    pub async fn end_sessions_of(&mut self, operator: &OperatorId) -> Result<u64> {
        self.run(END_OF, &args![operator.as_str()]).await
    }

    /// Ends every session of somebody but one.
    pub async fn end_other_sessions(
        &mut self,
        operator: &OperatorId,
        kept: &SessionId,
    ) -> Result<()> {
        let args = args![operator.as_str(), kept.as_str()];
        self.run(END_OTHERS, &args).await.map(|_some| ())
    }

    /// Removes sessions that were last used or began too long ago.
    pub async fn end_old_sessions(&mut self, used: Timestamp, began: Timestamp) -> Result<u64> {
        self.run(END_OLD, &args![used, began]).await
    }

    /// Adds a key.
    pub async fn add_key(&mut self, key: &ApiKey) -> Result<()> {
        let scopes = key.scopes.iter().map(|scope| scope.as_str());
        let args = args![
            key.id.as_str(),
            key.name.as_str(),
            scopes.collect::<Vec<_>>().join(","),
            key.made_by.as_str(),
            &key.digest,
            key.added_at,
            key.expires_at
        ];
        self.run(ADD_KEY, &args).await.map(|_one| ())
    }

    /// Notes a key's use.
    pub async fn note_key(&mut self, id: &KeyId, now: Timestamp) -> Result<()> {
        self.run(NOTE_KEY, &args![id.as_str(), now])
            .await
            .map(|_one| ())
    }

    /// Removes a key; answers false when there is none of that id.
    pub async fn remove_key(&mut self, id: &KeyId) -> Result<bool> {
        Ok(self.run(REMOVE_KEY, &args![id.as_str()]).await? > 0)
    }
}
