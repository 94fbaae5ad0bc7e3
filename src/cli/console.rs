//! What a command prints: lines and tables for people, one JSON object a line for programs.

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use super::{failure::Done, table::Table, text::shown};

/// Standard output while one command runs.
pub(super) struct Console {
    out: Box<dyn Write>,
    /// Whether programs read along.
    pub(super) json: bool,
}

impl Console {
    /// Standard output, held until the command has ended.
    pub(super) fn standard(json: bool) -> Self {
        Self {
            out: Box::new(BufWriter::new(io::stdout().lock())),
            json,
        }
    }

    /// Output to somewhere else, for people.
    #[cfg(test)]
    pub(super) fn writing(out: Box<dyn Write>) -> Self {
        Self { out, json: false }
    }

    /// Prints one line. What could harm a terminal is escaped.
    pub(super) fn line(&mut self, text: impl AsRef<str>) -> Done {
        Ok(writeln!(self.out, "{}", shown(text.as_ref()))?)
    }

    /// Prints one object on a line of its own.
    pub(super) fn object(&mut self, object: &impl Serialize) -> Done {
        serde_json::to_writer(&mut self.out, object)?;
        Ok(writeln!(self.out)?)
    }

    /// Prints rows of a table; its head comes with the first ones.
    pub(super) fn rows(&mut self, table: &mut Table, rows: &[Vec<String>]) -> Done {
        Ok(table.write(&mut self.out, rows)?)
    }

    /// Prints names and values in two columns, without those that have no value.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) -> Done {
        let told = facts.iter().filter(|(_name, value)| !value.is_empty());
        let width = told.clone().map(|(name, _)| name.chars().count()).max();
        for (name, value) in told {
            let width = width.unwrap_or_default();
            writeln!(self.out, "{name:width$}  {}", shown(value))?;
        }
        Ok(())
    }

    /// Bytes as they are, for documents that a command hands on.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Done {
        Ok(self.out.write_all(bytes)?)
    }

    /// Where a document is written bit by bit.
    pub(super) fn out(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// Sends on what was gathered.
    pub(super) fn flush(&mut self) -> Done {
        Ok(self.out.flush()?)
    }
}

/// Says something beside the output, on standard error. That nobody listens there is no failure.
pub(super) fn note(text: &str) {
    let mut lines = String::new();
    for line in text.lines() {
        lines.push_str(&shown(line));
        lines.push('\n');
    }
    let _unheard = io::stderr().lock().write_all(lines.as_bytes());
}

/// Asks a person at a terminal; without one, nobody agrees and the answer is none.
pub(super) fn agreed(question: &str) -> Option<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    let _unheard = write!(io::stderr().lock(), "{} [y/N] ", shown(question));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).ok()?;
    Some(matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "y" | "yes"
    ))
}
