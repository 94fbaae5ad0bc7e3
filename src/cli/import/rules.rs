//! How foreign rows become ours, as options: those of one import, or those that a source keeps.

use crate::{app::Format, model::Recipe};

#[derive(Clone, Debug, Default, clap::Args)]
pub(in crate::cli) struct Rules {
    /// The format, where neither name nor content tells it: csv, jsonl or mrss (RSS, Media RSS, Atom)
    #[arg(long, value_parser = format)]
    format: Option<String>,
    /// Take their column for ours; `theirs=` leaves it out. Of a feed, an item's element, such as `dm:forKids`
    #[arg(long, value_name = "THEIRS=OURS")]
    map: Vec<String>,
    /// What an absent column or an empty cell stands for
    #[arg(long, value_name = "FIELD=VALUE")]
    default: Vec<String>,
    /// Take their category for ours
    #[arg(long, value_name = "THEIRS=OURS")]
    category: Vec<String>,
    /// Derive the guid of a feed's item that has none from its page, else from its file: the address must never change
    #[arg(long)]
    derive_guid: bool,
    /// Put this before every guid, for ever
    #[arg(long, value_name = "PREFIX")]
    guid_prefix: Option<String>,
}

impl Rules {
    pub(in crate::cli) fn recipe(&self) -> Recipe {
        Recipe {
            format: self.format.clone(),
            map: self.map.clone(),
            default: self.default.clone(),
            category: self.category.clone(),
            guid_prefix: self.guid_prefix.clone(),
            derive_guid: self.derive_guid,
        }
    }
}

fn format(word: &str) -> Result<String, String> {
    let known = Format::named(word).map(|_format| word.to_owned());
    known.ok_or_else(|| {
        let all = Format::ALL.map(|(word, _)| word).join(", ");
        format!("write one of {all}")
    })
}
