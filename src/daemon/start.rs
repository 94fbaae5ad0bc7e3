//! Opening the catalog and putting the service together, for the daemon and for commands.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use super::Error;
use crate::{
    app::{App, Parts, PullPace},
    backoff::Backoff,
    catalog::{self, Catalog, Contents, Migration, SchemaState, ServeLock},
    clock::{Clock as _, SystemClock},
    config::Config,
    random::Random,
};

const MIB: u64 = 1024 * 1024;
/// The first wait for a database that is not there yet.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// A service that only this process serves.
pub(super) struct Started {
    pub(super) app: Arc<App>,
    lock: Option<ServeLock>,
}

impl Started {
    /// To be called last: the next daemon need not look for damage.
    pub(super) fn ended_well(self) {
        if let Some(lock) = self.lock {
            lock.ended_well();
        }
    }
}

/// Says who serves this database already, if somebody does, before anything else is tried.
///
/// # Errors
/// [`catalog::Error::Unusable`] that names the other daemon.
pub fn check_free(config: &Config) -> Result<(), Error> {
    Ok(Catalog::check_free(&config.database)?)
}

/// Opens the catalog for the daemon, waiting for a database that is away, and puts the service together.
pub(super) async fn service(config: &Config, tasks: TaskTracker) -> Result<Started, Error> {
    let lock = Catalog::lock(&config.database)?;
    let suspect = lock.as_ref().is_some_and(|lock| !lock.follows_order());
    if suspect {
        look_for_damage(config).await?;
    }
    let catalog = patiently(|| Catalog::open_or_make(&config.database)).await?;
    if config.database.migrate {
        catalog.migrate().await?;
    } else {
        check_schema(&catalog).await?;
    }
    let app = put_together(catalog, config.clone(), tasks);
    patiently(async || {
        app.settle_policy().await.map_err(later)?;
        app.settle_network_settings().await.map_err(later)?;
        app.refresh_credentials().await.map_err(later)
    })
    .await?;
    Ok(Started { app, lock })
}

/// Looks at every page of a SQLite file before anything is answered from it.
async fn look_for_damage(config: &Config) -> Result<(), Error> {
    let bytes = |file: PathBuf| file.metadata().map_or(0, |found| found.len());
    let size = database_file(config)?.map_or(0, bytes);
    if size == 0 {
        return Ok(());
    }
    info!(
        "no daemon is known to have ended in order: looking for damage in the {} MiB of the database first",
        size.div_ceil(MIB)
    );
    let started = Instant::now();
    Catalog::check_pages(&config.database).await?;
    info!("no damage found in {} ms", started.elapsed().as_millis());
    Ok(())
}

/// Opens the catalog and puts the service together for one command, without faces and jobs. The schema must be current.
///
/// # Errors
/// [`Error::SchemaBehind`], or what the catalog says.
pub async fn open(config: Config) -> Result<Arc<App>, Error> {
    let catalog = Catalog::open(&config.database).await?;
    check_schema(&catalog).await?;
    let app = put_together(catalog, config, TaskTracker::new());
    app.refresh_network_settings().await.map_err(later)?;
    Ok(app)
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
    let lock = Catalog::lock(&config.database)?;
    let contents = Catalog::restore(&config.database, file, SystemClock.now()).await?;
    if let Some(lock) = lock {
        lock.ended_well();
    }
    Ok(contents)
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
