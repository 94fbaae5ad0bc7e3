//! `mcnd doctor --deep`: the whole catalog against the rules.

use std::time::Duration;

use serde_json::json;

use super::report::{Finding, Report};
use crate::{
    app::{App, Area, Examined, Result},
    cli::{
        failure::Done,
        progress::{Meter, Stage},
        text::counted,
    },
    config::{Config, DatabaseKind},
};

/// Counting a large creator's videos may take longer than a daemon would wait.
const PATIENCE: Duration = Duration::from_hours(1);

/// The settings with time enough for statements that read much.
pub(super) fn patient(mut config: Config) -> Config {
    config.database.statement_timeout = config.database.statement_timeout.max(PATIENCE);
    config
}

/// Looks at every part and tells what differs.
pub(super) async fn examine(app: &App, report: &mut Report<'_>) -> Done {
    for area in Area::ALL {
        let name = area.as_str();
        match examined(app, area).await {
            Ok(found) => tell(app, area, &found, report)?,
            Err(error) => report.tell(name, &Finding::failure(&error.into()))?,
        }
    }
    Ok(())
}

async fn examined(app: &App, area: Area) -> Result<Examined> {
    let meter = Meter::new("doctor", "rows");
    let found = app.examine(area, |done| {
        meter.show(Stage {
            name: area.as_str(),
            done,
            total: None,
        });
    });
    let found = found.await;
    meter.end();
    found
}

fn tell(app: &App, area: Area, found: &Examined, report: &mut Report<'_>) -> Done {
    report.tell(area.as_str(), &judged(app, area, found))?;
    if found.unsettled {
        let words = "not looked at: a change of the feeds' settings is not carried out yet; the daemon does that, \
                     `mcnd serve` starts it";
        report.tell("shelf", &Finding::warn(words))?;
    }
    for one in &found.told {
        if report.console.json {
            report.console.object(&json!({
                "check": area.as_str(),
                "subject": one.subject,
                "difference": one.words,
            }))?;
        } else {
            report
                .console
                .line(format!("      `{}` {}", one.subject, one.words))?;
        }
    }
    Ok(())
}

fn judged(app: &App, area: Area, found: &Examined) -> Finding {
    let differing = counted(found.differing, "difference", "differences");
    if found.differing > 0 {
        let words = format!("{differing} in {} rows", found.looked_at);
        return match area {
            Area::RemoteIds => Finding::warn(format!("{differing}; ask the content manager")),
            Area::Storage => Finding::fail(format!(
                "{differing}: unless somebody made them by hand, stop the daemon, keep the file, and restore the newest backup"
            )),
            _ => Finding::fail(words),
        };
    }
    let postgres = app.config().database.kind() == DatabaseKind::Postgres;
    Finding::ok(match area {
        Area::Storage if postgres => {
            "Postgres checks its own pages (`data_checksums`, `pg_amcheck`)".to_owned()
        }
        Area::Storage => {
            "every page, key and reference is sound, and the schema is as it was made".to_owned()
        }
        Area::Counts => format!(
            "right at {}",
            counted(found.looked_at, "creator", "creators")
        ),
        Area::Videos => format!(
            "{} agree with timeline{}",
            counted(found.looked_at, "video", "videos"),
            if found.unsettled {
                " and events"
            } else {
                ", events and shelf"
            }
        ),
        Area::Events => format!(
            "{} agree with text and video",
            counted(found.looked_at, "event", "events")
        ),
        Area::RemoteIds => "none stands at two videos".to_owned(),
        Area::Audit => format!(
            "{} with the seals of their days",
            counted(found.looked_at, "day agrees", "days agree")
        ),
    })
}
