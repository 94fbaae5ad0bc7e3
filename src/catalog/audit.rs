//! The audit's lines, and the seals of its days.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    events::digest,
    rows::{LAST, read},
};
use crate::model::{Action, Actor, AuditLine, Seal, SessionId, Timestamp};

/// The columns of a line, in front of what selects the rows.
macro_rules! select_lines {
    ($rest:literal) => {
        concat!(
            "SELECT id, at, actor, session_id, address, action, object, before, after
           FROM audit ",
            $rest
        )
    };
}

statements! {
    ADD = Sql::same(
        "INSERT INTO audit (id, at, actor, session_id, address, action, object, before, after)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    NEWEST = Sql::same(select_lines!("WHERE id < $1 ORDER BY id DESC LIMIT $2"));
    NEWEST_OF_ACTOR = Sql::same(select_lines!("WHERE actor = $3 AND id < $1 ORDER BY id DESC LIMIT $2"));
    NEWEST_OF_OBJECT = Sql::same(select_lines!("WHERE object = $3 AND id < $1 ORDER BY id DESC LIMIT $2"));
    /// Some lines of a day, in the order in which its seal takes them.
    OF_DAY = Sql::same(select_lines!(
        "WHERE at >= $1 AND at < $2 AND (at, id) > ($3, $4) ORDER BY at, id LIMIT $5"));
    OLDEST = Sql::same("SELECT at FROM audit ORDER BY at, id LIMIT 1");
    OLDEST_AFTER = Sql::same("SELECT at FROM audit WHERE at >= $1 ORDER BY at, id LIMIT 1");
    SEAL = Sql::same(
        "INSERT INTO audit_seals (day, lines, digest) VALUES ($1, $2, $3) ON CONFLICT (day) DO NOTHING");
    LAST_SEAL = Sql::same("SELECT day, lines, digest FROM audit_seals ORDER BY day DESC LIMIT 1");
    SEALS = Sql::same("SELECT day, lines, digest FROM audit_seals WHERE day > $1 ORDER BY day LIMIT $2");
    FORGET = Sql::each(
        "DELETE FROM audit WHERE rowid IN (SELECT rowid FROM audit WHERE at < $1 ORDER BY at, id LIMIT $2)",
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 ORDER BY at, id LIMIT $2)");
}

/// Which lines of the audit a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AuditQuery {
    #[default]
    All,
    /// Those of one actor, by the whole name.
    OfActor(String),
    /// What was done to one thing.
    OfObject(String),
}

#[derive(sqlx::FromRow)]
struct LineRow {
    id: String,
    at: i64,
    actor: String,
    session_id: Option<String>,
    address: Option<String>,
    action: String,
    object: String,
    before: Option<String>,
    after: Option<String>,
}

impl TryFrom<LineRow> for AuditLine {
    type Error = Error;

    fn try_from(row: LineRow) -> Result<Self> {
        let address = row.address.as_deref().map(str::parse).transpose();
        Ok(Self {
            id: row.id,
            at: Timestamp::from_millis(row.at),
            actor: Actor {
                name: row.actor,
                session: row.session_id.map(SessionId::from),
                address: address
                    .map_err(|_odd| Error::Unreadable("an address of the audit".to_owned()))?,
                once: None,
            },
            action: read::<Action>(&row.action)?,
            object: row.object,
            before: row.before,
            after: row.after,
        })
    }
}

#[derive(sqlx::FromRow)]
struct SealRow {
    day: i64,
    lines: i64,
    digest: Vec<u8>,
}

impl TryFrom<SealRow> for Seal {
    type Error = Error;

    fn try_from(row: SealRow) -> Result<Self> {
        Ok(Self {
            day: row.day,
            lines: row.lines,
            digest: digest(row.digest)?,
        })
    }
}

impl Catalog {
    /// The newest lines, newest first, at most `limit`, older than the line `before`.
    pub async fn newest_audit(
        &self,
        query: &AuditQuery,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<AuditLine>> {
        let before = before.unwrap_or(LAST);
        let rows: Vec<LineRow> = match query {
            AuditQuery::All => self.db.all(NEWEST, &args![before, limit]).await?,
            AuditQuery::OfActor(actor) => {
                let args = args![before, limit, actor.as_str()];
                self.db.all(NEWEST_OF_ACTOR, &args).await?
            }
            AuditQuery::OfObject(object) => {
                let args = args![before, limit, object.as_str()];
                self.db.all(NEWEST_OF_OBJECT, &args).await?
            }
        };
        rows.into_iter().map(AuditLine::try_from).collect()
    }

    /// Lines from one moment to another, oldest first, at most `limit`, behind the moment and id of `after`.
    pub async fn audit_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<AuditLine>> {
        let (at, id) = after.unwrap_or((Timestamp::from_millis(i64::MIN), ""));
        let args = args![from, to, at, id, limit];
        let rows: Vec<LineRow> = self.db.all(OF_DAY, &args).await?;
        let places = rows
            .iter()
            .map(|row| (Timestamp::from_millis(row.at), row.id.as_str()));
        self.db.guard.goes_on((at, id), places)?;
        rows.into_iter().map(AuditLine::try_from).collect()
    }

    /// When the oldest line was written, or the oldest since a moment.
    pub async fn oldest_audit(&self, since: Option<Timestamp>) -> Result<Option<Timestamp>> {
        let row: Option<(i64,)> = match since {
            None => self.db.maybe(OLDEST, &args![]).await?,
            Some(since) => self.db.maybe(OLDEST_AFTER, &args![since]).await?,
        };
        Ok(row.map(|(at,)| Timestamp::from_millis(at)))
    }

    /// The seal of the last day that has one.
    pub async fn last_seal(&self) -> Result<Option<Seal>> {
        let row: Option<SealRow> = self.db.maybe(LAST_SEAL, &args![]).await?;
        row.map(Seal::try_from).transpose()
    }

    /// Seals in the order of days, at most `limit`, behind a day.
    pub async fn list_seals(&self, after: i64, limit: i64) -> Result<Vec<Seal>> {
        let rows: Vec<SealRow> = self.db.all(SEALS, &args![after, limit]).await?;
        self.db
            .guard
            .goes_on(after, rows.iter().map(|row| row.day))?;
        rows.into_iter().map(Seal::try_from).collect()
    }
}

impl Tx {
    /// Writes a line down, together with what it tells of.
    pub async fn add_audit(&mut self, line: &AuditLine) -> Result<()> {
        let address = line.actor.address.map(|address| address.to_string());
        let session = line.actor.session.as_ref().map(SessionId::as_str);
        let args = args![
            line.id.as_str(),
            line.at,
            line.actor.name.as_str(),
            session,
            address,
            line.action.code(),
            line.object.as_str(),
            line.before.as_deref(),
            line.after.as_deref()
        ];
        self.run(ADD, &args).await.map(|_one| ())
    }

    /// Seals a day. A day that is sealed stays as it is.
    pub async fn add_seal(&mut self, seal: &Seal) -> Result<()> {
        self.run(SEAL, &args![seal.day, seal.lines, &seal.digest])
            .await
            .map(|_one| ())
    }

    /// Lets go of lines older than a moment, a bounded number at a time, and says how many.
    pub async fn forget_audit(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        self.run(FORGET, &args![before, limit]).await
    }
}
