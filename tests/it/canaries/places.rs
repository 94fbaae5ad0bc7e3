//! Where secrets are looked for: everything that the program said and kept, by the kind of place.

use super::canary::{Canary, Finder};
use crate::harness::http::Answer;

/// A kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// What the daemon wrote to its standard output and error.
    Log,
    Traces,
    Metrics,
    /// Answers of the API that it is meant to give.
    Api,
    Page,
    /// Answers to requests that are turned away, and forms that are shown again.
    Refusal,
    /// User lists, feeds and answers to callbacks.
    Face,
    Export,
    /// What the audit says, wherever.
    Audit,
    /// What commands print.
    Command,
    /// What webhooks are sent.
    Webhook,
    /// Every column of every table, and the files beside the database.
    Database,
    Backup,
}

impl Place {
    pub(super) const ALL: [Self; 13] = [
        Self::Log,
        Self::Traces,
        Self::Metrics,
        Self::Api,
        Self::Page,
        Self::Refusal,
        Self::Face,
        Self::Export,
        Self::Audit,
        Self::Command,
        Self::Webhook,
        Self::Database,
        Self::Backup,
    ];
}

/// A secret that has to be known somewhere, and why.
pub(super) struct Known {
    /// The canary.
    pub(super) what: &'static str,
    pub(super) to: &'static [Place],
    pub(super) why: &'static str,
}

/// Everything that was said and kept.
#[derive(Default)]
pub(super) struct Places(Vec<(Place, String, Vec<u8>)>);

impl Places {
    pub(super) fn file(&mut self, place: Place, name: &str, text: impl Into<Vec<u8>>) {
        self.0.push((place, name.to_owned(), text.into()));
    }

    /// Files what was said without the secrets that it is there to show, this once.
    pub(super) fn file_but(&mut self, place: Place, name: &str, text: &str, shown: &[&str]) {
        let mut text = text.to_owned();
        for secret in shown {
            assert!(text.contains(secret), "{name} shows no {secret}: {text}");
            text = text.replace(secret, "[shown]");
        }
        self.file(place, name, text);
    }

    /// The canaries that are where they must not be, with where and among what.
    pub(super) fn leaks(&self, canaries: &[Canary], known: &[Known]) -> Vec<String> {
        let finder = Finder::of(canaries);
        let mut leaks = Vec::new();
        for (place, name, text) in &self.0 {
            for (canary, around) in finder.find(text) {
                let fine = known
                    .iter()
                    .any(|known| known.what == canary.what && known.to.contains(place));
                if !fine {
                    leaks.push(format!("{} in {place:?} {name}: {around}", canary.what));
                }
            }
        }
        leaks
    }

    /// The kinds of places in which a text is found.
    pub(super) fn holding(&self, canary: &Canary) -> Vec<Place> {
        let finder = Finder::of(std::slice::from_ref(canary));
        let holds = |place: &Place| {
            let mut texts = self.0.iter().filter(|(kind, ..)| kind == place);
            texts.any(|(_, _, text)| !finder.find(text).is_empty())
        };
        Place::ALL.into_iter().filter(holds).collect()
    }
}

/// The whole of an answer.
pub(super) fn said(answer: &Answer) -> String {
    let headers = answer.headers.iter();
    let headers = headers.map(|(name, value)| format!("{name}: {value}"));
    let headers = headers.collect::<Vec<_>>().join("\n");
    let body = String::from_utf8_lossy(&answer.body);
    format!("{}\n{headers}\n\n{body}", answer.status)
}
