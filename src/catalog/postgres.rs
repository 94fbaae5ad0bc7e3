//! Connections to Postgres: what they are set to, how many there are for what, and which servers are fit for promises.

use std::{str::FromStr as _, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{
    Catalog,
    db::{Db, Pools, Sql, args, postgres_all, statements},
    error::{Error, Result},
    feed_rows::FeedReader,
    trust::Guard,
};
use crate::config::Database;

const POSTGRES_AT_LEAST: i64 = 140_000;
/// How long a connection counts as alive after its last use.
const TRUSTED: Duration = Duration::from_secs(1);
/// Connections that are kept for callbacks: one is written on, the other one may be on its way back.
const FOR_CALLBACKS: u32 = 2;

statements! {
    /// The settings that make a commit durable, the server's version, and whether it follows another one.
    SAFETY = Sql::each(
        "SELECT '', '', 0, 0",
        "SELECT current_setting('fsync'), current_setting('synchronous_commit'),
                CAST(current_setting('server_version_num') AS BIGINT), pg_is_in_recovery()");
}

impl Catalog {
    pub(super) async fn open_postgres(settings: &Database) -> Result<Self> {
        let options = options(settings)?;
        let first = pool(1, settings).connect_with(options.clone()).await?;
        let fitness = fitness(&first, &Guard::new(settings.statement_timeout)).await;
        first.close().await;
        if let Some(unfit) = fitness? {
            return Err(Error::Unusable(format!(
                "this Postgres can't be used: {unfit}"
            )));
        }
        let wait = settings.statement_timeout;
        let checked = |size| {
            pool(size, settings)
                .after_connect(move |connection, _meta| Box::pin(is_fit(connection, wait)))
                .connect_lazy_with(options.clone())
        };
        Ok(Self {
            db: Db {
                pools: Pools::Postgres {
                    shared: checked(settings.connections),
                    callbacks: checked(FOR_CALLBACKS),
                },
                guard: Guard::new(settings.statement_timeout + Duration::from_secs(1)),
            },
            feed: FeedReader::postgres(),
        })
    }
}

fn options(settings: &Database) -> Result<PgConnectOptions> {
    let timeout = settings.statement_timeout.as_millis();
    let options = PgConnectOptions::from_str(settings.url.expose()).map_err(|_odd| {
        Error::Unusable("`database.url` is no address of a Postgres database".to_owned())
    })?;
    Ok(options
        .application_name("mcnd")
        .options([
            ("statement_timeout", timeout.to_string()),
            // Sooner than that, so that waiting for a lock is told from working for long.
            ("lock_timeout", (timeout / 2).max(1).to_string()),
            (
                "idle_in_transaction_session_timeout",
                (timeout * 3).to_string(),
            ),
            // The server notices within a minute that a machine is gone, and lets go of what it held.
            ("tcp_keepalives_idle", "30".to_owned()),
            ("tcp_keepalives_interval", "10".to_owned()),
            ("tcp_keepalives_count", "3".to_owned()),
        ])
        .disable_statement_logging())
}

fn pool(size: u32, settings: &Database) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(settings.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection, last| Box::pin(still_there(connection, last.idle_for)))
}

/// What makes a server unfit for promises; none for one that is fit.
async fn fitness<'e>(
    on: impl sqlx::Executor<'e, Database = sqlx::Postgres>,
    guard: &Guard,
) -> Result<Option<&'static str>> {
    let found: Vec<(String, String, i64, bool)> = postgres_all(on, guard, SAFETY, &args![]).await?;
    let Some((fsync, commit, version, standby)) = found.into_iter().next() else {
        return Ok(Some("it does not tell its settings"));
    };
    Ok(if fsync != "on" {
        Some("its `fsync` is off: a power cut would lose what was answered; switch it on")
    } else if commit == "off" {
        Some("its `synchronous_commit` is off: a crash would lose what was answered; switch it on")
    } else if version < POSTGRES_AT_LEAST {
        Some("it is older than version 14; upgrade it")
    } else if standby {
        Some("it is a standby and takes no writes; point `database.url` at the primary")
    } else {
        None
    })
}

/// Refuses a new connection to a server that is not fit: behind the same address may be another one than at the start.
async fn is_fit(connection: &mut PgConnection, deadline: Duration) -> sqlx::Result<()> {
    match fitness(connection, &Guard::new(deadline)).await {
        Ok(None) => Ok(()),
        Ok(Some(unfit)) => Err(sqlx::Error::Configuration(unfit.into())),
        Err(error) => Err(sqlx::Error::Configuration(Box::new(error))),
    }
}

/// Whether a connection may be used. One that was used just now is not asked: that would cost a round trip each time.
async fn still_there(connection: &mut PgConnection, idle: Duration) -> sqlx::Result<bool> {
    if idle > TRUSTED {
        connection.ping().await?;
    }
    Ok(true)
}
