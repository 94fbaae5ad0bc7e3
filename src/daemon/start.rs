//! Opening the catalog and putting the service together, for the daemon and for commands.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio_util::task::TaskTracker;
use tracing::warn;

use super::Error;
use crate::{
    app::{App, Parts, PullPace},
    backoff::Backoff,
    catalog::{self, Catalog, Contents, Migration, SchemaState, ServeLock},
    clock::{Clock as _, SystemClock},
    config::Config,
    random::Random,
};

/// The first wait for a database that is not there yet.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// A service that only this process serves.
pub(super) struct Started {
    pub(super) app: Arc<App>,
    _lock: Option<ServeLock>,
}

/// Says who serves this database already, if somebody does, before anything else is tried.
///
/// # Errors
/// [`catalog::Error::Unusable`] that names the other daemon.
pub fn check_free(config: &Config) -> Result<(), Error> {
    Ok(Catalog::lock(&config.database).map(drop)?)
}

/// Opens the catalog for the daemon, waiting for a database that is away, and puts the service together.
pub(super) async fn service(config: &Config, tasks: TaskTracker) -> Result<Started, Error> {
    let lock = Catalog::lock(&config.database)?;
    let catalog = patiently(|| Catalog::open_or_make(&config.database)).await?;
    if config.database.migrate {
        catalog.migrate().await?;
    } else {
        check_schema(&catalog).await?;
    }
    let app = put_together(catalog, config.clone(), tasks);
    patiently(async || {
        app.settle_policy().await.map_err(later)?;
        app.refresh_credentials().await.map_err(later)
    })
    .await?;
    Ok(Started { app, _lock: lock })
}

/// Opens the catalog and puts the service together for one command, without faces and jobs. The schema must be current.
///
/// # Errors
/// [`Error::SchemaBehind`], or what the catalog says.
pub async fn open(config: Config) -> Result<Arc<App>, Error> {
    let catalog = Catalog::open(&config.database).await?;
    check_schema(&catalog).await?;
    Ok(put_together(catalog, config, TaskTracker::new()))
}

/// Brings the database's schema up to this program's, and says which migrations were missing.
pub async fn migrate(config: &Config) -> Result<Vec<Migration>, Error> {
    let catalog = Catalog::open_or_make(&config.database).await?;
    let missing = catalog
        .migrations()
        .await?
        .into_iter()
        .filter(|migration| !migration.applied)
        .collect();
    catalog.migrate().await?;
    catalog.close().await;
    Ok(missing)
}

/// Every migration of this program, and whether the database has it.
pub async fn migrations(config: &Config) -> Result<Vec<Migration>, Error> {
    Ok(Catalog::open(&config.database).await?.migrations().await?)
}

/// The file of a SQLite database; none on Postgres.
pub fn database_file(config: &Config) -> Result<Option<PathBuf>, Error> {
    Ok(Catalog::file(&config.database)?)
}

/// Copies the whole catalog into a new file while daemons serve it, and says what the copy holds.
///
/// # Errors
/// [`catalog::Error::Backup`] with what is in the way.
pub async fn back_up(config: &Config, file: &Path) -> Result<Contents, Error> {
    Ok(Catalog::back_up(&config.database, file).await?)
}

/// Fills an empty database with such a copy, and says what it holds. No daemon may serve a SQLite file meanwhile.
///
/// # Errors
/// [`catalog::Error::Backup`] with what is in the way.
pub async fn restore(config: &Config, file: &Path) -> Result<Contents, Error> {
    let _lock = Catalog::lock(&config.database)?;
    Ok(Catalog::restore(&config.database, file, SystemClock.now()).await?)
}

fn put_together(catalog: Catalog, config: Config, tasks: TaskTracker) -> Arc<App> {
    App::start(Parts {
        catalog,
        clock: Arc::new(SystemClock),
        random: Random::system(),
        config,
        tasks,
        pull_pace: PullPace::default(),
    })
}

async fn check_schema(catalog: &Catalog) -> Result<(), Error> {
    match catalog.schema_state().await? {
        SchemaState::Current => Ok(()),
        SchemaState::Behind => Err(Error::SchemaBehind),
    }
}

/// Tries again, with growing waits, while the database is away.
async fn patiently<T>(attempt: impl AsyncFn() -> catalog::Result<T>) -> catalog::Result<T> {
    let mut waits = Backoff::new(FIRST_WAIT);
    loop {
        match attempt().await {
            Err(away) if away.is_temporary() => {
                let wait = waits.longer();
                warn!(
                    error = &away as &dyn std::error::Error,
                    "the database is not there; next try in {} ms",
                    wait.as_millis()
                );
                tokio::time::sleep(wait).await;
            }
            done => return done,
        }
    }
}

fn later(error: crate::app::Error) -> catalog::Error {
    error.into_catalog()
}
