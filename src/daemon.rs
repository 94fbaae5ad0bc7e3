//! The composition root: settings in; parts built, faces and jobs started, and all stopped in order.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::{
    app::{App, Parts},
    catalog::{Catalog, Error, SchemaState},
    clock::SystemClock,
    config::Config,
    random::Random,
};

/// Opens the catalog and puts the service together for one command, without faces and jobs. The schema must be current.
///
/// Settings that change what feeds can say do not count until a daemon starts with them.
///
/// # Errors
/// [`Error::Unusable`] with what to do, or that the database is away.
pub async fn open(config: Config) -> Result<Arc<App>, Error> {
    let catalog = Catalog::open(&config.database).await?;
    if catalog.schema_state().await? == SchemaState::Behind {
        return Err(Error::Unusable(
            "the database's schema is not up to date; run `mcnd migrate`".to_owned(),
        ));
    }
    let app = App::start(Parts {
        catalog,
        clock: Arc::new(SystemClock),
        random: Random::system(),
        config,
        tasks: TaskTracker::new(),
    });
    Ok(app)
}
