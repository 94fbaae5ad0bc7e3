//! `media:restriction`: who may see a video where, in the one spelling that everybody reads
//! (contracts/dailymotion-pull.md 4.3, 7).

use super::{
    finding::{Found, Objector, Rule, short},
    node::Node,
    urls,
};

const RESTRICTION_RELATIONSHIP: Rule = Rule::error(
    "restriction_relationship",
    Objector::Validator,
    "write `relationship=\"allow\"` or `relationship=\"deny\"`",
);
const RESTRICTION_TYPE: Rule = Rule::error(
    "restriction_type",
    Objector::Validator,
    "write `type=\"country\"`; `type` may be left out only for `all` and `none`",
);
const RESTRICTION_FORM: Rule = Rule::error(
    "restriction_form",
    Objector::Both,
    "write ISO 3166 codes with exactly one blank between, and leave a video that nobody may see out of the feed",
);
const RESTRICTION_COUNTRY: Rule = Rule::error(
    "restriction_country",
    Objector::Both,
    "write ISO 3166 codes of two letters, such as `FR`",
);
const RESTRICTION_NEW_COUNTRY: Rule = Rule::warning(
    "restriction_new_country",
    Objector::Validator,
    "nothing to do; the code is in use",
)
.expected("the validator refuses valid codes that its old list of countries lacks");
const RESTRICTION_CASE: Rule = Rule::warning(
    "restriction_case",
    Objector::Dailymotion,
    "write the codes in upper case",
);

/// Codes in use that the validator's list lacks. `XK` is user-assigned, for Kosovo.
const UNLISTED: [&str; 15] = [
    "AL", "AX", "BL", "BQ", "CW", "GG", "IM", "JE", "ME", "MF", "RS", "SS", "SX", "TL", "XK",
];

/// Checks one restriction.
pub(super) fn check(node: &Node, found: &mut Found) {
    match node.given("relationship") {
        Some("allow" | "deny") => {}
        given => {
            let what = match given {
                Some(odd) => format!("`relationship` is `{}`", short(odd)),
                None => "`relationship` is missing".to_owned(),
            };
            found.at(node, &RESTRICTION_RELATIONSHIP, what);
        }
    }
    let value = node.value();
    match node.given("type") {
        Some("country") => countries(node, value, found),
        Some("uri") => urls::address(node, "the restriction", value, found),
        Some(odd) => {
            let what = format!("`type` is `{}`", short(odd));
            found.at(node, &RESTRICTION_TYPE, what);
        }
        None if ["all", "none"].contains(&value) => {}
        None => {
            let what = format!("`{}` stands without a `type`", short(value));
            found.at(node, &RESTRICTION_TYPE, what);
        }
    }
}

fn countries(node: &Node, value: &str, found: &mut Found) {
    if value.is_empty() {
        found.at(node, &RESTRICTION_FORM, "no country is named");
        return;
    }
    if value.contains(|c: char| !c.is_alphanumeric() && c != ' ') || value.contains("  ") {
        let what = format!("`{}` is no list with single blanks", short(value));
        found.at(node, &RESTRICTION_FORM, what);
        return;
    }
    for code in value.split(' ') {
        let upper = code.to_ascii_uppercase();
        let shown = short(code);
        if UNLISTED.contains(&upper.as_str()) {
            let what = format!("the country `{shown}` is not on the validator's list");
            found.at(node, &RESTRICTION_NEW_COUNTRY, what);
        } else if upper.len() != 2 || rust_iso3166::from_alpha2(&upper).is_none() {
            let what = format!("`{shown}` is no country");
            found.at(node, &RESTRICTION_COUNTRY, what);
        } else if upper != code {
            let what = format!("`{shown}` is not in upper case");
            found.at(node, &RESTRICTION_CASE, what);
        }
    }
}
