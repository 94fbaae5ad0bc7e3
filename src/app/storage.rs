//! Looks after the file of a SQLite catalog: damage that only a full check finds, and a write-ahead log that does not
//! shrink. A Postgres server does both by itself.

use std::{sync::atomic::Ordering, time::Duration};

use metrics::{counter, gauge};
use tracing::{info, warn};

use super::{App, Result};
use crate::{catalog::Catalog, config::DatabaseKind, telemetry};

/// From one full check to the next.
const WEEK: Duration = Duration::from_hours(7 * 24);
const MIB: u64 = 1024 * 1024;
/// A write-ahead log beyond this is told.
const LONG: u64 = 256 * MIB;

impl App {
    /// Looks at every page, key and reference of a SQLite file when that was not done for a week; the first week begins
    /// now. Damage ends the daemon. Says how many checks it made.
    pub async fn check_storage(&self) -> Result<u64> {
        let config = self.config();
        if config.database.kind() == DatabaseKind::Postgres {
            return Ok(0);
        }
        let now = self.clock.now();
        let last = self.catalog.storage_checked_at().await?;
        if last.is_some_and(|last| now < last.after(WEEK)) {
            return Ok(0);
        }
        if last.is_some() {
            info!("the weekly check looks for damage in the whole database");
            Catalog::check_storage(&config.database)
                .await
                .inspect_err(|error| self.catalog.heed(error))?;
        }
        self.catalog.note_storage_checked(now).await?;
        Ok(last.map_or(0, |_time| 1))
    }

    /// Measures the write-ahead log of a SQLite file and tells, once each time, that it has grown long.
    pub fn watch_log(&self) -> Result<()> {
        let Some(bytes) = Catalog::log_bytes(&self.config().database)? else {
            return Ok(());
        };
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        gauge!(telemetry::DATABASE_LOG_BYTES).set(bytes as f64);
        let long = bytes > LONG;
        if long && !self.log_is_long.swap(long, Ordering::Relaxed) {
            counter!(telemetry::ALARMS, "kind" => "log_grows").increment(1);
            warn!(
                "the database's write-ahead log has {} MiB: something reads for long (a backup, a check, another program); \
                 once that ends the log shrinks by itself",
                bytes / MIB
            );
        }
        self.log_is_long.store(long, Ordering::Relaxed);
        Ok(())
    }
}
