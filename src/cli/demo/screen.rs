//! What one sees of the demo: addresses once, then a picture that redraws itself on a terminal, or a line every few
//! seconds elsewhere.

use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::{look::Look, rates::Rates, sample, stage::Addresses};
use crate::{
    app::NewCredential,
    cli::{
        console::Console,
        failure::Done,
        status::counts_json,
        table::Table,
        text::{shortened, shown},
    },
    model::{State, Timestamp, Visit},
};

/// Between two lines where there is no terminal.
const PERIOD: Duration = Duration::from_secs(2);
/// Width of the bar, in characters.
const BAR: usize = 40;
/// Characters of a title that are shown.
const TITLE: usize = 28;

/// The place where the demo is seen.
pub(super) struct Screen {
    began: Instant,
    told: Option<Instant>,
    rates: Rates,
    /// The picture; none where there is no terminal.
    picture: Option<ProgressBar>,
}

impl Screen {
    /// Programs that read along get no picture.
    pub(super) fn open(json: bool) -> Self {
        let began = Instant::now();
        Self {
            began,
            told: None,
            rates: Rates::new(began),
            picture: (!json && io::stdout().is_terminal()).then(picture),
        }
    }

    /// Whether log lines would come out in the middle of the picture.
    pub(super) fn is_torn_by_logs(&self) -> bool {
        self.picture.is_some() && io::stderr().is_terminal()
    }

    /// Shows a look, as often as the place bears it.
    pub(super) fn show(&mut self, look: &Look, console: &mut Console) -> Done {
        let now = Instant::now();
        self.rates.note(now, look.imported());
        if let Some(picture) = &self.picture {
            picture.set_message(self.frame(look, now));
            return Ok(());
        }
        if self
            .told
            .is_some_and(|told| now.duration_since(told) < PERIOD)
        {
            return Ok(());
        }
        self.told = Some(now);
        if console.json {
            console.object(&self.object(look, now))?;
        } else {
            console.line(self.line(look, now))?;
        }
        console.flush()
    }

    /// Gives the terminal back, with the last picture on it.
    pub(super) fn close(&self) {
        if let Some(picture) = &self.picture {
            picture.abandon();
        }
    }

    /// What `show` says to programs.
    fn object(&self, look: &Look, now: Instant) -> serde_json::Value {
        json!({
            "seconds": now.duration_since(self.began).as_secs_f64(),
            "videos": counts_json(look.counts),
            "held": look.waiting().1,
        })
    }

    fn line(&self, look: &Look, now: Instant) -> String {
        let seconds = now.duration_since(self.began).as_secs();
        format!("{seconds} s: {}; {}", counts(look), self.pace(look))
    }

    fn pace(&self, look: &Look) -> String {
        let (lately, in_all) = self.rates.per_second();
        format!(
            "{lately:.1} imported a second, {in_all:.1} since the start; {} crawls",
            look.report.crawls
        )
    }

    fn frame(&self, look: &Look, now: Instant) -> String {
        let posts = &look.report.callbacks;
        let seconds = now.duration_since(self.began).as_secs();
        let mut lines = vec![
            String::new(),
            format!("{}  {seconds} s", bar(look)),
            counts(look),
            self.pace(look),
            format!(
                "{} callbacks; faults on purpose: {} lost, {} hung up, {} slow",
                posts.sent, posts.lost, posts.hung_up, posts.slow
            ),
            String::new(),
        ];
        let visits: Vec<_> = look.visits.iter().map(visit).collect();
        lines.extend(table(
            &["LAST VISITS", "WHAT", "STATUS", "OFFERED"],
            &visits,
        ));
        lines.push(String::new());
        lines.extend(table(
            &["LAST EVENTS", "OUTCOME", "GUID", "REMOTE ID", "TITLE"],
            &events(look),
        ));
        lines.push("Ctrl-C ends it".to_owned());
        lines.join("\n")
    }
}

/// A region of lines; the terminal's height and the width of foreign scripts are minded by its library.
fn picture() -> ProgressBar {
    let picture = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
    match ProgressStyle::with_template("{msg}") {
        Ok(style) => picture.with_style(style),
        Err(_) => picture,
    }
}

/// Says what there is to try, in commands that can be pasted.
pub(super) fn introduce(addresses: &Addresses, console: &mut Console) -> Done {
    if !console.json {
        for line in introduction(addresses) {
            console.line(line)?;
        }
    }
    console.flush()
}

fn introduction(addresses: &Addresses) -> Vec<String> {
    let Addresses {
        public,
        operator,
        enter,
        owner,
        ..
    } = addresses;
    let crawler = pair(&addresses.crawler);
    let callback = pair(&addresses.callback);
    let command = format!("{} --config {}", program(), addresses.settings.display());
    vec![
        "A daemon, a sample catalog and a pretend Dailymotion that imports from it. Nothing of it stays; Ctrl-C ends it.".to_owned(),
        "What Dailymotion reads, and where it reports:".to_owned(),
        format!("  curl -u {crawler} {public}/users.json"),
        format!("  curl -u {crawler} {public}/feeds/{}.xml", sample::CREATOR),
        format!("  curl -u {callback} -d '[]' {public}/callbacks/dailymotion"),
        "What operators look at; the address opens once, on this machine, and you are signed in:".to_owned(),
        format!("  {enter}"),
        format!("  elsewhere sign in as {} with {}", owner.name, owner.password),
        format!("  curl {operator}/readyz"),
        format!("  curl {operator}/metrics"),
        format!("  {command} video why {}", sample::HELD),
        "What lets more videos go out:".to_owned(),
        format!("  {command} creator resume {}", sample::PAUSED),
    ]
}

/// What `curl -u` takes.
fn pair(credential: &NewCredential) -> String {
    format!("{}:{}", credential.credential.id, credential.secret)
}

/// The program as it was called.
fn program() -> String {
    let name = std::env::args_os().next();
    name.map_or_else(|| "mcnd".to_owned(), |name| name.display().to_string())
}

fn counts(look: &Look) -> String {
    let videos = look.counts;
    let (_open, held) = look.waiting();
    let states = [
        State::Waiting,
        State::Imported,
        State::Refused,
        State::Draft,
        State::Removed,
    ]
    .map(|state| match state {
        State::Waiting => format!("{} waiting ({held} held)", videos.of(state)),
        _ => format!("{} {state}", videos.of(state)),
    });
    states.join(", ")
}

/// How many of those that may go out have gone.
fn bar(look: &Look) -> String {
    let gone = look.imported() + look.counts.of(State::Refused);
    let gone = usize::try_from(gone).unwrap_or_default();
    let all = gone + look.waiting().0;
    let full = (gone * BAR).checked_div(all).unwrap_or(BAR);
    format!(
        "[{}{}] {gone} of {all}",
        "#".repeat(full),
        ".".repeat(BAR - full)
    )
}

fn table(heads: &[&'static str], rows: &[Vec<String>]) -> Vec<String> {
    let mut out = Vec::new();
    match Table::new(heads).write(&mut out, rows) {
        Ok(()) => String::from_utf8_lossy(&out)
            .lines()
            .map(str::to_owned)
            .collect(),
        Err(_) => Vec::new(),
    }
}

fn visit(visit: &Visit) -> Vec<String> {
    let what = visit.creator.as_ref().map_or_else(
        || "user list".to_owned(),
        |creator| format!("feed of {creator}"),
    );
    vec![
        time_of_day(visit.at),
        what,
        visit.status.to_string(),
        visit.offered.to_string(),
    ]
}

fn events(look: &Look) -> Vec<Vec<String>> {
    look.events
        .iter()
        .map(|event| {
            let guid = event.guid.as_deref().unwrap_or("-");
            let video = look.videos.iter().find(|video| video.guid == guid);
            let id = video.and_then(|video| video.remote_id.as_deref());
            let title = video.and_then(|video| video.columns.get("title")?.as_str());
            vec![
                time_of_day(event.received_at),
                event.outcome.as_str().to_owned(),
                guid.to_owned(),
                id.unwrap_or("-").to_owned(),
                shortened(&shown(title.unwrap_or("-")), TITLE).into_owned(),
            ]
        })
        .collect()
}

fn time_of_day(moment: Timestamp) -> String {
    moment.to_utc().format("%H:%M:%S").to_string()
}
