//! A kept source: an address that is read again and again, and how its rows become ours.

use serde::{Deserialize, Serialize};

/// How foreign rows become ours, as an operator writes it: the options of `mcnd import` by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// `csv`, `jsonl` or `mrss`; none leaves it to the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Pairs `theirs=ours` of columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub map: Vec<String>,
    /// Pairs `field=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default: Vec<String>,
    /// Pairs `theirs=ours` of categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<String>,
    /// What goes before every guid, for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid_prefix: Option<String>,
    /// Whether an item of a feed that has no guid gets one made of its address.
    pub derive_guid: bool,
}
