//! What is wrong with the settings, where, and what to do about it.

use std::{
    error::Error,
    fmt::{self, Display},
};

/// Characters of a value that a fault repeats.
const MAX_SHOWN: usize = 120;

/// Where a setting's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The embedded file.
    Default,
    /// A line of the user's file, counted from 1.
    File { path: String, line: usize },
    /// A variable of the environment.
    Variable(String),
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// Why a value cannot be used, and the cure. Neither repeats the value, which may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) problem: String,
    pub(super) cure: String,
}

pub(super) fn refusal(problem: impl Into<String>, cure: impl Into<String>) -> Refusal {
    Refusal {
        problem: problem.into(),
        cure: cure.into(),
    }
}

/// Refusals of values that no file holds as sentences, each with the name of what it stands in.
pub(super) fn named(
    refusals: impl IntoIterator<Item = (&'static str, Refusal)>,
) -> Vec<(&'static str, String)> {
    let told = |(key, Refusal { problem, cure })| (key, format!("{problem}; {cure}"));
    refusals.into_iter().map(told).collect()
}

/// The same, as one sentence each.
pub(super) fn told(named: Vec<(&'static str, String)>) -> Vec<String> {
    let named = named.into_iter();
    named.map(|(key, why)| format!("`{key}`: {why}")).collect()
}

/// One mistake, printed as one line: place, key, value, problem, cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    place: String,
    key: Option<String>,
    value: Option<String>,
    problem: String,
    cure: String,
}

impl Fault {
    /// A fault at a file, a line of it or a variable.
    pub(super) fn at(place: impl Display) -> FaultAt {
        FaultAt {
            place: place.to_string(),
            key: None,
            value: None,
        }
    }
}

/// A fault that still lacks its reason.
pub(super) struct FaultAt {
    place: String,
    key: Option<String>,
    value: Option<String>,
}

impl FaultAt {
    pub(super) fn key(mut self, key: impl Display) -> Self {
        self.key = Some(key.to_string());
        self
    }

    /// The value as it may be shown: masked where it is secret. A long one loses its end.
    pub(super) fn value(mut self, mut shown: String) -> Self {
        if let Some((end, _)) = shown.char_indices().nth(MAX_SHOWN) {
            shown.truncate(end);
            shown.push('…');
        }
        self.value = Some(shown);
        self
    }

    pub(super) fn refused(self, refusal: Refusal) -> Fault {
        Fault {
            place: self.place,
            key: self.key,
            value: self.value,
            problem: refusal.problem,
            cure: refusal.cure,
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place.escape_debug())?;
        match (&self.key, &self.value) {
            (Some(key), Some(value)) => write!(f, "`{key}` is `{value}`: ")?,
            (Some(key), None) => write!(f, "`{key}`: ")?,
            (None, _) => {}
        }
        write!(f, "{}; {}", self.problem, self.cure)
    }
}

/// Every fault of the settings; never empty. Printed with one line each.
#[derive(Clone, Debug)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    /// The faults in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_line_with_place_key_value_problem_and_cure() {
        let origin = Origin::File {
            path: "a\n.toml".into(),
            line: 3,
        };
        let fault = Fault::at(origin)
            .key("log.format")
            .value("\"xml\"".into())
            .refused(refusal("unknown", "write `text`"));
        assert_eq!(
            fault.to_string(),
            "a\\n.toml:3: `log.format` is `\"xml\"`: unknown; write `text`"
        );
    }

    #[test]
    fn a_long_value_loses_its_end() {
        let fault = Fault::at("x").key("a.b").value("é".repeat(5_000));
        let fault = fault.refused(refusal("long", "shorten it"));
        assert_eq!(
            fault.to_string(),
            format!("x: `a.b` is `{}…`: long; shorten it", "é".repeat(120))
        );
    }
}
