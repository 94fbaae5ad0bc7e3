//! What a check says: findings, the rules they come from, and the list that gathers them.

use std::{collections::HashMap, fmt};

use serde::Serialize;

use super::node::Node;

pub(super) use crate::model::short;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Whoever objects refuses the feed or the video.
    Error,
    /// It is read, though not as it should be, or with a remark.
    Warning,
    /// Good to know.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// Who takes exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Objector {
    /// What Dailymotion documents of its importer and its limits.
    Dailymotion,
    /// The W3C feed validator.
    Validator,
    /// Both of them.
    Both,
    /// Whatever reads XML.
    Xml,
    /// Nobody but this program, which stops reading here.
    Mcnd,
}

impl fmt::Display for Objector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dailymotion => "Dailymotion",
            Self::Validator => "W3C validator",
            Self::Both => "Dailymotion, W3C validator",
            Self::Xml => "every XML reader",
            Self::Mcnd => "mcnd",
        })
    }
}

/// One line of the tables of rules: what is found by it carries its code and its cure.
#[derive(Debug)]
pub(super) struct Rule {
    /// Stable: scripts rely on it.
    code: &'static str,
    severity: Severity,
    objector: Objector,
    /// What now.
    cure: &'static str,
    expected: Option<&'static str>,
}

impl Rule {
    pub(super) const fn error(code: &'static str, by: Objector, cure: &'static str) -> Self {
        Self::new(code, Severity::Error, by, cure)
    }

    pub(super) const fn warning(code: &'static str, by: Objector, cure: &'static str) -> Self {
        Self::new(code, Severity::Warning, by, cure)
    }

    pub(super) const fn note(code: &'static str, by: Objector, cure: &'static str) -> Self {
        Self::new(code, Severity::Note, by, cure)
    }

    /// The same rule, of something that this program writes on purpose.
    pub(super) const fn expected(self, reason: &'static str) -> Self {
        Self {
            expected: Some(reason),
            ..self
        }
    }

    const fn new(
        code: &'static str,
        severity: Severity,
        objector: Objector,
        cure: &'static str,
    ) -> Self {
        Self {
            code,
            severity,
            objector,
            cure,
            expected: None,
        }
    }
}

/// One thing that somebody would object to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// Counted from 1; where the element begins.
    pub line: usize,
    /// The element as written, with its prefix; empty for the document itself.
    pub element: String,
    /// The stable code of the rule.
    pub rule: &'static str,
    pub objector: Objector,
    /// What, which, and what now.
    pub message: String,
    /// Why this program writes it so on purpose; none where it does not.
    pub expected: Option<&'static str>,
}

/// All findings of a document, in the order of its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub errors: u64,
    /// The expected ones included.
    pub warnings: u64,
    pub expected_warnings: u64,
    pub notes: u64,
    /// Findings that are counted and not listed: of one rule, the first thousand are.
    pub left_out: u64,
    pub findings: Vec<Finding>,
}

/// Findings of one rule that are listed.
const LISTED: u64 = 1000;

/// Gathers findings.
#[derive(Debug, Default)]
pub(super) struct Found {
    report: Report,
    by_rule: HashMap<&'static str, u64>,
}

impl Found {
    /// Adds a finding about an element.
    pub(super) fn at(&mut self, node: &Node, rule: &Rule, what: impl fmt::Display) {
        self.add(node.line, &node.shown, rule, what);
    }

    /// Adds a finding about a line of the document.
    pub(super) fn on_line(&mut self, line: usize, rule: &Rule, what: impl fmt::Display) {
        self.add(line, "", rule, what);
    }

    fn add(&mut self, line: usize, element: &str, rule: &Rule, what: impl fmt::Display) {
        let count = self.by_rule.entry(rule.code).or_default();
        *count += 1;
        let listed = *count <= LISTED;
        match rule.severity {
            Severity::Error => self.report.errors += 1,
            Severity::Warning => self.report.warnings += 1,
            Severity::Note => self.report.notes += 1,
        }
        if rule.severity == Severity::Warning && rule.expected.is_some() {
            self.report.expected_warnings += 1;
        }
        if !listed {
            self.report.left_out += 1;
            return;
        }
        self.report.findings.push(Finding {
            severity: rule.severity,
            line,
            element: short(element),
            rule: rule.code,
            objector: rule.objector,
            message: format!("{what}; {}", rule.cure),
            expected: rule.expected,
        });
    }

    /// The findings in the order of lines.
    pub(super) fn report(mut self) -> Report {
        self.report.findings.sort_by_key(|finding| finding.line);
        self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: Rule = Rule::warning("odd", Objector::Both, "mend it").expected("on purpose");

    #[test]
    fn many_findings_of_one_rule_are_counted_and_not_all_listed() {
        let mut found = Found::default();
        for line in (1..=1500).rev() {
            found.on_line(line, &ODD, "it is odd");
        }
        let report = found.report();
        let counts = (report.warnings, report.expected_warnings, report.left_out);
        assert_eq!(counts, (1500, 1500, 500));
        assert_eq!(report.findings.len(), 1000);
        assert!(report.findings.is_sorted_by_key(|finding| finding.line));
        assert_eq!(report.findings[0].message, "it is odd; mend it");
    }

    #[test]
    fn a_long_foreign_text_is_repeated_in_part() {
        assert_eq!(short("é"), "é");
        assert_eq!(short(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
    }
}
