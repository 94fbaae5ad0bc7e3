//! The rules of alarms, judged again and again; what changes is written together with the news of it.

use std::{sync::Arc, time::Duration};

use metrics::{counter, gauge};
use tracing::{info, warn};

use crate::{
    app::{App, Result, import_files::Folder},
    catalog::Catalog,
    config::DatabaseKind,
    fault_points,
    model::{
        AlarmId, AlarmLimits, AlarmRule, AlarmStep, Appeared, Circumstances, KeptAlarm, News,
        alarm_steps,
    },
    telemetry,
};

/// What was reported and lost is summed up over so long.
const LATELY: Duration = Duration::from_hours(1);
/// A daemon that has not seen its job fail for so long is gone.
const DAEMON_GONE: Duration = Duration::from_mins(5);
/// Silent creators that are looked at.
const MOST_SILENT: i64 = 10_000;
/// Counts end one behind what sentences tell.
const COUNTED_TO: i64 = 10_001;

impl App {
    /// Judges every rule: alarms open, fold into each other, come back from a snooze and resolve. Says how many changed.
    ///
    /// Safe at any time and from several daemons at once; what is found is committed with the events that tell of it.
    pub async fn judge_alarms(self: &Arc<Self>) -> Result<u64> {
        self.store_noted().await?;
        let open = self.catalog.open_alarms().await?;
        show_open(&open);
        if self.next_steps(&open).await?.is_empty() {
            return Ok(0);
        }
        let app = Arc::clone(self);
        self.detached(async move { app.take_steps().await }).await
    }

    /// Judges once more where nobody else does meanwhile, and writes what that changes.
    async fn take_steps(&self) -> Result<u64> {
        let mut tx = self.catalog.begin().await?;
        tx.own_alarms().await?;
        let open = self.catalog.open_alarms().await?;
        let steps = self.next_steps(&open).await?;
        for AlarmStep { alarm, news } in &steps {
            tx.put_alarm(alarm).await?;
            if let Some(news) = news {
                let event = self.outgoing_event(*news, alarm);
                tx.add_outgoing_event(&event).await?;
            }
        }
        tx.commit().await?;
        fault_points::pass("alarms.after_commit");
        steps.iter().for_each(tell);
        show_open(&self.catalog.open_alarms().await?);
        Ok(steps.len() as u64)
    }

    async fn next_steps(&self, open: &[KeptAlarm]) -> Result<Vec<AlarmStep>> {
        let is_open = |rule, subject: &str| open.iter().any(|alarm| alarm.key() == (rule, subject));
        let circumstances = self.circumstances().await?;
        let findings = circumstances.findings(&self.alarm_limits(), is_open);
        let now = circumstances.now;
        Ok(alarm_steps(&findings, open, now, || {
            AlarmId::from(self.random.id(now))
        }))
    }

    fn alarm_limits(&self) -> AlarmLimits {
        let alarms = self.config.load().alarms.clone();
        AlarmLimits {
            silence: alarms.silence,
            refused_percent: alarms.refused_percent,
            refused_least: alarms.refused_least,
            lost_videos: alarms.lost_videos,
            credential_ends: alarms.credential_ends,
            disk_free: alarms.disk_free,
        }
    }

    async fn circumstances(&self) -> Result<Circumstances> {
        let (now, catalog) = (self.clock.now(), &self.catalog);
        let lately = now.before(LATELY);
        Ok(Circumstances {
            now,
            crawler: catalog.crawler_rhythm().await?,
            silent: catalog.silent_creators(now, MOST_SILENT).await?,
            reports: catalog.reports_since(lately).await?,
            orphans: Appeared {
                lately: catalog.orphans_since(lately, COUNTED_TO).await?,
                all: catalog.some_orphans(COUNTED_TO).await?,
            },
            conflicts: Appeared {
                lately: catalog.conflicts_since(lately).await?,
                all: catalog.some_conflicts(COUNTED_TO).await?,
            },
            losses: catalog.losses_since(lately).await?,
            credentials: catalog.list_credentials().await?,
            disk_free: self.disk_free()?,
            failing_jobs: catalog.failing_jobs(now.before(DAEMON_GONE)).await?,
        })
    }

    /// Bytes free beside a SQLite file and in the folder of imports, where either is there; a Postgres server looks after
    /// its own disk.
    fn disk_free(&self) -> Result<Option<u64>> {
        let config = self.config.load();
        let file = match config.database.kind() {
            DatabaseKind::Sqlite => Catalog::file(&config.database)?,
            DatabaseKind::Postgres => None,
        };
        let imports = Folder::of(&config)?.place().to_owned();
        let disks = file.into_iter().chain([imports]);
        let disks = disks.filter_map(|place| rustix::fs::statvfs(&place).ok());
        Ok(disks
            .map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
            .min())
    }
}

/// Counts and logs what changed, once it is written.
fn tell(step: &AlarmStep) {
    let AlarmStep { alarm, news } = step;
    let (id, rule) = (alarm.id.as_str(), alarm.rule.code());
    match news {
        Some(News::Opened | News::Reminded) => {
            counter!(telemetry::ALARMS, "kind" => rule).increment(1);
            warn!(
                alarm.id = id,
                alarm.rule = rule,
                alarm.subject = alarm.subject,
                "alarm: {}",
                alarm.sentence
            );
        }
        Some(News::Resolved) => info!(
            alarm.id = id,
            alarm.rule = rule,
            alarm.subject = alarm.subject,
            "resolved: {}",
            alarm.sentence
        ),
        _ => {}
    }
}

fn show_open(open: &[KeptAlarm]) {
    for rule in AlarmRule::ALL {
        let count = open.iter().filter(|alarm| alarm.rule == *rule).count();
        // There are never so many that a float could not count them.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        gauge!(telemetry::OPEN_ALARMS, "rule" => rule.code()).set(f64::from(count));
    }
}
