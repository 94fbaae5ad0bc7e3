//! What a check found, and all checks of one run.

use serde_json::json;

use crate::cli::{
    console::Console,
    failure::{Done, Failure},
};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    /// It works, and somebody should look.
    Warn,
    /// Something does not work.
    Fail,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    /// What was found, and what to do now.
    pub(super) words: String,
}

impl Finding {
    pub(super) fn ok(words: impl Into<String>) -> Self {
        Self::of(Verdict::Ok, words)
    }

    pub(super) fn warn(words: impl Into<String>) -> Self {
        Self::of(Verdict::Warn, words)
    }

    pub(super) fn fail(words: impl Into<String>) -> Self {
        Self::of(Verdict::Fail, words)
    }

    /// What kept a check from being made.
    pub(super) fn failure(failure: &Failure) -> Self {
        let words = failure.words().unwrap_or_default();
        Self::fail(words.trim_start_matches("error: "))
    }

    fn of(verdict: Verdict, words: impl Into<String>) -> Self {
        Self {
            verdict,
            words: words.into(),
        }
    }
}

/// Tells findings as they come, and remembers whether one failed.
pub(super) struct Report<'a> {
    pub(super) console: &'a mut Console,
    failed: bool,
}

/// Characters of the longest name of a check.
const NAME: usize = 17;

impl<'a> Report<'a> {
    pub(super) fn new(console: &'a mut Console) -> Self {
        Self {
            console,
            failed: false,
        }
    }

    /// Tells what a check found, at once: the next one may take its time.
    pub(super) fn tell(&mut self, check: &str, finding: &Finding) -> Done {
        let verdict = match finding.verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
        };
        self.failed |= finding.verdict == Verdict::Fail;
        if self.console.json {
            self.console.object(&json!({
                "check": check,
                "verdict": verdict,
                "message": finding.words,
            }))?;
        } else {
            self.console
                .line(format!("{verdict:4}  {check:NAME$}  {}", finding.words))?;
        }
        self.console.flush()
    }

    /// How the command ends.
    pub(super) fn end(&self) -> Done {
        if self.failed {
            Err(Failure::Incomplete)
        } else {
            Ok(())
        }
    }
}
