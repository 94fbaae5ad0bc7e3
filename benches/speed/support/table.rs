//! Figures, what they are held against, and how they are printed.

use std::io::{self, Write};

/// A figure and its limit, measured in turns so that other work on the machine meets both alike.
#[derive(Default)]
pub(crate) struct Turns {
    ours: Vec<f64>,
    limits: Vec<f64>,
}

/// One row of a table.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) figure: f64,
    pub(crate) against: Against,
}

/// How long something took that was asked often: one row of a table of times, in milliseconds.
pub(crate) struct Times {
    pub(crate) name: String,
    pub(crate) median: f64,
    /// Of which a hundredth took more.
    pub(crate) slowest: f64,
    /// What the median may be at most.
    pub(crate) most: f64,
}

/// What a figure is held against.
pub(crate) enum Against {
    Nothing,
    /// A limit of the same run; `bar` is the least share of it that counts as fast enough.
    Limit {
        limit: f64,
        share: f64,
        bar: Option<f64>,
    },
    /// The figure itself may be no greater.
    AtMost(f64),
}

impl Turns {
    pub(crate) fn add(&mut self, ours: f64, limit: f64) {
        self.ours.push(ours);
        self.limits.push(limit);
    }

    /// The medians, and the median of the ratios of each turn.
    pub(crate) fn line(
        &self,
        name: impl Into<String>,
        unit: &'static str,
        bar: Option<f64>,
    ) -> Line {
        let shares = self
            .ours
            .iter()
            .zip(&self.limits)
            .map(|(ours, limit)| ours / limit);
        let share = median(&shares.collect::<Vec<_>>());
        let limit = median(&self.limits);
        Line {
            name: name.into(),
            unit,
            figure: median(&self.ours),
            against: Against::Limit { limit, share, bar },
        }
    }
}

/// The middle one of some figures.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Prints a table: name, figure, limit, ratio, bar, and whether the bar is reached.
pub(crate) fn print(title: &str, lines: &[Line]) {
    let mut out = io::stdout().lock();
    writeln!(out, "\n{title}").unwrap();
    let head = ["", "figure", "limit", "ratio", "bar", ""].map(str::to_owned);
    for cells in [head].into_iter().chain(lines.iter().map(cells)) {
        let [name, figure, limit, ratio, bar, verdict] = cells;
        writeln!(
            out,
            "{name:<52}{figure:>18}{limit:>18}{ratio:>8}{bar:>8}  {verdict}"
        )
        .unwrap();
    }
}

/// Prints a table of times.
pub(crate) fn print_times(title: &str, lines: &[Times]) {
    let mut out = io::stdout().lock();
    writeln!(out, "\n{title}").unwrap();
    let head = ["", "median", "p99", "bar", ""].map(str::to_owned);
    let rows = lines.iter().map(|line| {
        let millis = |figure: f64| format!("{figure:.1} ms");
        [
            line.name.clone(),
            millis(line.median),
            millis(line.slowest),
            millis(line.most),
            verdict(line.median <= line.most),
        ]
    });
    for [name, median, slowest, most, verdict] in [head].into_iter().chain(rows) {
        writeln!(
            out,
            "{name:<64}{median:>12}{slowest:>12}{most:>12}  {verdict}"
        )
        .unwrap();
    }
}

fn cells(line: &Line) -> [String; 6] {
    let [limit, ratio, bar] = match &line.against {
        Against::Nothing => [String::new(), String::new(), String::new()],
        Against::Limit { limit, share, bar } => [
            number(*limit),
            format!("{:.0} %", share * 100.0),
            bar.map_or_else(String::new, |bar| format!("{:.0} %", bar * 100.0)),
        ],
        Against::AtMost(most) => [String::new(), String::new(), number(*most)],
    };
    let verdict = match &line.against {
        Against::Limit {
            share,
            bar: Some(bar),
            ..
        } => verdict(share >= bar),
        Against::AtMost(most) => verdict(line.figure <= *most),
        Against::Nothing | Against::Limit { bar: None, .. } => String::new(),
    };
    let figure = format!("{} {}", number(line.figure), line.unit);
    [line.name.clone(), figure, limit, ratio, bar, verdict]
}

fn verdict(reached: bool) -> String {
    if reached { "ok" } else { "short" }.to_owned()
}

/// Whole thousands with a comma between.
fn number(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
