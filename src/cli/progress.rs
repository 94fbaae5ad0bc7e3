//! How far long work has come: a bar on a terminal, a line every few seconds elsewhere. Both on standard error.

use std::{
    io::{self, IsTerminal},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::console::note;

/// Between two lines where there is no terminal.
const PERIOD: Duration = Duration::from_secs(5);

/// How far a stage of the work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) done: u64,
    /// How many there will be, where that is known.
    pub(super) total: Option<u64>,
}

/// Shows the progress of one piece of work.
pub(super) struct Meter {
    /// What the work is about, such as the name of a file.
    subject: String,
    /// What is counted, such as `rows`.
    unit: &'static str,
    /// None where there is no terminal.
    bar: Option<ProgressBar>,
    pace: Mutex<Pace>,
}

/// When the stage began and a line was last written.
struct Pace {
    stage: &'static str,
    began: Instant,
    told: Instant,
}

impl Meter {
    pub(super) fn new(subject: impl Into<String>, unit: &'static str) -> Self {
        let now = Instant::now();
        Self {
            subject: subject.into(),
            unit,
            bar: io::stderr().is_terminal().then(ProgressBar::no_length),
            pace: Mutex::new(Pace {
                stage: "",
                began: now,
                told: now,
            }),
        }
    }

    /// Shows where the work stands; costs little however often it is called.
    pub(super) fn show(&self, stage: Stage) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let begins = pace.stage != stage.name;
        if begins {
            pace.stage = stage.name;
            pace.began = now;
        }
        if let Some(bar) = &self.bar {
            if begins {
                self.begin(bar, stage);
            }
            bar.set_position(stage.done);
        } else if now.duration_since(pace.told) >= PERIOD {
            pace.told = now;
            let spent = now.duration_since(pace.began);
            note(&format!(
                "{}: {}",
                self.subject,
                line(stage, self.unit, spent)
            ));
        }
    }

    fn begin(&self, bar: &ProgressBar, stage: Stage) {
        let unit = self.unit;
        let form = match stage.total {
            Some(_) => format!(
                "{{prefix}}: {{msg}} {{wide_bar}} {{human_pos}}/{{human_len}} {unit}, {{per_sec}}, {{eta}} left"
            ),
            None => format!("{{prefix}}: {{msg}} {{human_pos}} {unit}, {{per_sec}}"),
        };
        bar.reset();
        if let Ok(style) = ProgressStyle::with_template(&form) {
            bar.set_style(style);
        }
        bar.set_prefix(super::text::shown(&self.subject).into_owned());
        bar.set_message(stage.name);
        if let Some(total) = stage.total {
            bar.set_length(total);
        }
    }

    /// Clears the bar away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A stage as one line.
fn line(stage: Stage, unit: &str, spent: Duration) -> String {
    let millis = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = stage.done.saturating_mul(1_000) / millis;
    let (name, done) = (stage.name, stage.done);
    match stage.total {
        Some(total) if rate > 0 => {
            let left = total.saturating_sub(done) / rate;
            format!("{name} {done} of {total} {unit}, {rate} {unit}/s, {left} s left")
        }
        Some(total) => format!("{name} {done} of {total} {unit}"),
        None => format!("{name} {done} {unit}, {rate} {unit}/s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(done: u64, total: Option<u64>) -> Stage {
        Stage {
            name: "applying",
            done,
            total,
        }
    }

    #[test]
    fn a_line_tells_rows_rate_and_time_left() {
        let spent = Duration::from_secs(10);
        assert_eq!(
            line(stage(5_000, Some(20_000)), "rows", spent),
            "applying 5000 of 20000 rows, 500 rows/s, 30 s left"
        );
        assert_eq!(
            line(stage(5_000, None), "rows", spent),
            "applying 5000 rows, 500 rows/s"
        );
    }

    #[test]
    fn work_that_has_just_begun_promises_nothing() {
        assert_eq!(
            line(stage(0, Some(10)), "rows", Duration::ZERO),
            "applying 0 of 10 rows"
        );
    }
}
