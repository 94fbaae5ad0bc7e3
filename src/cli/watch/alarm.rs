//! `mcnd alarm`.

use std::{sync::Arc, time::Duration};

use clap::Subcommand;

use super::super::{
    arguments,
    console::Console,
    failure::{Done, Failure},
    table::Table,
    whoever,
};
use crate::{
    app::{AlarmQuery, App, alarm_facts},
    model::{AlarmId, KeptAlarm, Timestamp},
};

/// Alarms read in one go.
const PAGE: i64 = 500;
const HEADS: [&str; 6] = ["ID", "SEVERITY", "RULE", "STANDING", "SINCE", "WHAT"];

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// List the alarms that are open
    ///
    /// What is folded into another alarm stands under it.
    List {
        /// Also those that are resolved, newest first
        #[arg(long)]
        all: bool,
        /// Only those that are resolved, newest first
        #[arg(long, conflicts_with = "all")]
        resolved: bool,
        /// At most so many of those that are listed newest first
        #[arg(long, value_name = "NUMBER", default_value_t = 100,
            value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Show one alarm
    Show {
        /// The alarm's id
        id: String,
    },
    /// Say that you look after an alarm
    Ack {
        /// The alarm's id
        id: String,
    },
    /// Silence an alarm for a while; it comes back if it is still so
    Snooze {
        /// The alarm's id
        id: String,
        /// How long, such as `2h`
        #[arg(long = "for", value_name = "DURATION", value_parser = arguments::duration, conflicts_with = "until",
            required_unless_present = "until")]
        length: Option<Duration>,
        /// Until when, such as `2026-10-01T09:00:00Z`
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
    },
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    let alarm = match command {
        Command::List {
            all,
            resolved,
            limit,
        } => {
            let query = match (all, resolved) {
                (false, false) => {
                    let open = app.list_alarms(AlarmQuery::Open, None, i64::MAX).await?;
                    return list(&sorted(open), "no alarm is open", console);
                }
                (true, _) => AlarmQuery::All,
                (false, true) => AlarmQuery::Resolved,
            };
            return list_newest(app, query, limit.into(), console).await;
        }
        Command::Show { id } => app.alarm(&AlarmId::from(id)).await?,
        Command::Ack { id } => app.acknowledge_alarm(whoever(), AlarmId::from(id)).await?,
        Command::Snooze { id, length, until } => {
            let end = length.map(|length| app.now().after(length)).or(until);
            let end =
                end.ok_or_else(|| Failure::Usage("`--for` or `--until` is missing".to_owned()))?;
            app.snooze_alarm(whoever(), AlarmId::from(id), end).await?
        }
    };
    if console.json {
        return console.object(&alarm_facts(&alarm));
    }
    console.line(format!("{}: {}", standing(&alarm), alarm.sentence))
}

async fn list_newest(app: &App, query: AlarmQuery, limit: i64, console: &mut Console) -> Done {
    let mut alarms: Vec<KeptAlarm> = Vec::new();
    loop {
        let left = limit - i64::try_from(alarms.len()).unwrap_or(limit);
        let before = alarms.last().map(|alarm| &alarm.id);
        let page = app.list_alarms(query, before, left.min(PAGE));
        let page = page.await?;
        if page.is_empty() {
            return list(&alarms, "there was no alarm lately", console);
        }
        alarms.extend(page);
    }
}

/// The worst first; what is folded into another alarm directly under it.
fn sorted(mut alarms: Vec<KeptAlarm>) -> Vec<KeptAlarm> {
    alarms.sort_by_key(|alarm| {
        let severity = std::cmp::Reverse(alarm.rule.severity());
        let head = alarm.rule.folds_into().filter(|_| alarm.group.is_some());
        let severity = head.map_or(severity, |head| std::cmp::Reverse(head.severity()));
        (
            severity,
            head.unwrap_or(alarm.rule),
            head.is_some(),
            alarm.subject.clone(),
        )
    });
    alarms
}

fn list(alarms: &[KeptAlarm], none: &str, console: &mut Console) -> Done {
    if console.json {
        return alarms
            .iter()
            .try_for_each(|alarm| console.object(&alarm_facts(alarm)));
    }
    if alarms.is_empty() {
        return console.line(none);
    }
    let rows: Vec<_> = alarms.iter().map(row).collect();
    console.rows(&mut Table::new(&HEADS), &rows)
}

fn row(alarm: &KeptAlarm) -> Vec<String> {
    let fold = if alarm.group.is_some() { "  " } else { "" };
    vec![
        alarm.id.to_string(),
        alarm.rule.severity().as_str().to_owned(),
        format!("{fold}{}", alarm.rule),
        standing(alarm),
        alarm.opened_at.to_string(),
        alarm.sentence.clone(),
    ]
}

fn standing(alarm: &KeptAlarm) -> String {
    match (alarm.resolved_at, alarm.snoozed_until, &alarm.acknowledged) {
        (Some(at), ..) => format!("resolved {at}"),
        (None, Some(until), _) => format!("snoozed until {until}"),
        (None, None, Some(by)) => format!("acknowledged by {}", by.by),
        (None, None, None) => "open".to_owned(),
    }
}
