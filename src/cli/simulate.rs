//! `mcnd simulate`.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use super::{
    arguments,
    console::{Console, note},
    failure::{Done, Failure},
    serve::StopSignals,
    text::counted,
};
use crate::simulator::{self, Credential, Fate, Report, Settings};

/// Errors shown at the end.
const ERRORS: usize = 10;

/// It reads a user list and the feeds it names, imports what they list after a while, refuses some, and reports to the
/// callback address. Ctrl-C ends it with a report.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A TOML file with all its settings, faults and script included; the flags below win over it
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Where the user list is; a secret path is a part of it
    #[arg(long, value_name = "URL")]
    user_list: Option<String>,
    /// Where events are posted; a secret path is a part of it
    #[arg(long, value_name = "URL")]
    callback: Option<String>,
    /// Read with HTTP Basic
    #[arg(long, value_name = "USER:PASSWORD", value_parser = basic)]
    crawler_basic: Option<Credential>,
    /// Read with a Bearer token
    #[arg(long, value_name = "TOKEN", value_parser = bearer, conflicts_with = "crawler_basic")]
    crawler_bearer: Option<Credential>,
    /// Post with HTTP Basic
    #[arg(long, value_name = "USER:PASSWORD", value_parser = basic)]
    callback_basic: Option<Credential>,
    /// Post with a Bearer token
    #[arg(long, value_name = "TOKEN", value_parser = bearer, conflicts_with = "callback_basic")]
    callback_bearer: Option<Credential>,
    /// The same seed gives the same ids, refusals and faults
    #[arg(long)]
    seed: Option<u64>,
    /// The crawler's `User-Agent`
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// Wait so long between two crawls
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
    period: Option<Duration>,
    /// An import takes at least so long
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
    import: Option<Duration>,
    /// The share of videos refused when first seen, 0 to 1
    #[arg(long, value_name = "SHARE")]
    refuse: Option<f64>,
    /// The chance of every kind of fault on the way to the callback, 0 to 1
    #[arg(long, value_name = "CHANCE")]
    faults: Option<f64>,
}

fn basic(pair: &str) -> Result<Credential, String> {
    let (user, password) = pair
        .split_once(':')
        .ok_or_else(|| "write user and password with a colon between them".to_owned())?;
    Ok(Credential::Basic {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "what clap takes as a parser answers with a result"
)]
fn bearer(token: &str) -> Result<Credential, String> {
    Ok(Credential::Bearer {
        token: token.to_owned(),
    })
}

impl Args {
    fn settings(self) -> Done<Settings> {
        let mut settings = match &self.settings {
            Some(path) => read(path)?,
            None => Settings::default(),
        };
        let (crawler, callback) = (&mut settings.crawler, &mut settings.callback);
        replace(&mut settings.seed, self.seed);
        replace(&mut crawler.user_list, self.user_list);
        replace(
            &mut crawler.credential,
            self.crawler_basic.or(self.crawler_bearer),
        );
        replace(&mut crawler.user_agent, self.user_agent);
        replace(&mut crawler.period_ms, self.period.map(millis));
        replace(&mut callback.address, self.callback);
        replace(
            &mut callback.credential,
            self.callback_basic.or(self.callback_bearer),
        );
        replace(&mut settings.injector.import_ms, self.import.map(millis));
        replace(&mut settings.injector.refuse_share, self.refuse);
        replace(
            &mut settings.faults,
            self.faults.map(simulator::Faults::all),
        );
        Ok(settings)
    }
}

fn replace<T>(value: &mut T, by: Option<T>) {
    if let Some(given) = by {
        *value = given;
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The error repeats no line of the file, which may hold a secret.
fn read(path: &PathBuf) -> Done<Settings> {
    let place = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Refused(format!("`{place}` can't be read: {error}")))?;
    toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text
            .bytes()
            .take(start)
            .filter(|byte| *byte == b'\n')
            .count()
            + 1;
        Failure::Refused(format!("{place}:{line}: {}", error.message()))
    })
}

pub(super) async fn run(args: Args, console: &mut Console) -> Done {
    let settings = args.settings()?;
    let mut signals = StopSignals::listen()?;
    note("the simulator runs; Ctrl-C ends it with a report");
    let report = simulator::run(settings, signals.next())
        .await
        .map_err(|error| Failure::Refused(error.to_string()))?;
    if console.json {
        return console.object(&report);
    }
    console.facts(&facts(&report))?;
    for error in report.errors.newest.iter().rev().take(ERRORS) {
        note(&format!("error: {error}"));
    }
    Ok(())
}

fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let posts = &report.callbacks;
    let mut fates = BTreeMap::new();
    for item in report.items.values() {
        let fate = match item.fate {
            Fate::Importing => "under way",
            Fate::Imported(_) => "imported",
            Fate::Refused(_) => "refused",
            Fate::Silent => "silent",
        };
        *fates.entry(fate).or_insert(0_u64) += 1;
    }
    let answers: Vec<_> = posts
        .answers
        .iter()
        .map(|(status, count)| format!("{status}: {count}"))
        .collect();
    let waiting = report.items.values().filter(|item| item.unacknowledged > 0);
    let mut facts = vec![
        ("crawls", report.crawls.to_string()),
        ("requests", report.visits.total.to_string()),
        ("videos picked up", report.items.len().to_string()),
    ];
    facts.extend(
        fates
            .into_iter()
            .map(|(fate, count)| (fate, count.to_string())),
    );
    facts.extend([
        (
            "posts",
            format!("{} sent, {} answered 2xx", posts.sent, posts.acknowledged),
        ),
        (
            "made to fail",
            format!(
                "{} lost, {} hung up, {} slow, {} given up",
                posts.lost, posts.hung_up, posts.slow, posts.given_up
            ),
        ),
        ("answers", answers.join(", ")),
        ("events acknowledged", posts.events_acknowledged.to_string()),
        (
            "not acknowledged",
            counted(waiting.count() as u64, "video", "videos"),
        ),
        ("errors", report.errors.total.to_string()),
    ]);
    facts
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn settings(args: &[&str]) -> Done<Settings> {
        Line::try_parse_from(["simulate"].iter().chain(args))
            .unwrap()
            .args
            .settings()
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_defaults() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(
            file.path(),
            "seed = 1\n[crawler]\nuser_agent = \"a\"\nmax_pages = 7\n",
        )
        .unwrap();
        let path = file.path().to_str().unwrap();
        let settings = settings(&[
            "--settings",
            path,
            "--user-agent",
            "b",
            "--period",
            "2s",
            "--crawler-basic",
            "u:p:q",
        ])
        .unwrap();
        assert_eq!((settings.seed, settings.crawler.max_pages), (1, 7));
        assert_eq!(settings.crawler.user_agent, "b");
        assert_eq!(settings.crawler.period_ms, 2_000);
        assert!(matches!(
            settings.crawler.credential,
            Credential::Basic { user, password } if user == "u" && password == "p:q"
        ));
    }

    #[test]
    fn a_wrong_file_is_named_with_its_line_and_repeats_no_other() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "seed = 1\n[crawler]\nuser_agnet = \"hush\"\n").unwrap();
        let path = file.path().to_str().unwrap();
        let Err(Failure::Refused(words)) = settings(&["--settings", path]) else {
            panic!("it is taken");
        };
        assert!(
            words.contains(":3: ") && words.contains("user_agnet"),
            "{words}"
        );
        assert!(!words.contains("hush"), "{words}");
    }
}
