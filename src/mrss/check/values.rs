//! What single elements may say: closed lists, digests, and Dailymotion's limits (contracts/dailymotion-pull.md 7, 9).

use super::{
    Given,
    finding::{Found, Objector, Rule, short},
    node::{Node, Space},
    urls,
};
use crate::mrss::cut::{DESCRIPTION, TITLE};

const CATEGORY_UNKNOWN: Rule = Rule::warning(
    "category_unknown",
    Objector::Dailymotion,
    "use one of Dailymotion's slugs, or add it to `preflight.categories` if it is a new one",
);
const CATEGORY_BLANK: Rule = Rule::error(
    "category_blank",
    Objector::Both,
    "name one of Dailymotion's categories",
);
const TEXT_LONG: Rule = Rule::warning(
    "text_long",
    Objector::Dailymotion,
    "shorten it; Dailymotion takes 255 characters of a title and 3,000 of a description",
);
const TAGS_MANY: Rule = Rule::warning("tags_many", Objector::Dailymotion, "keep the best 150 tags");
const TAG_LENGTH: Rule = Rule::warning(
    "tag_length",
    Objector::Dailymotion,
    "write tags of 1 to 150 characters, parted by commas",
);
const RATING: Rule = Rule::error(
    "rating",
    Objector::Validator,
    "write what its scheme knows, in lower case: `adult` or `nonadult` under `urn:simple`",
);
const HASH: Rule = Rule::error(
    "hash",
    Objector::Validator,
    "write an md5 of 32 or a sha-1 of 40 digits, or leave it out",
);
const CREDIT_ROLE: Rule = Rule::error(
    "credit_role",
    Objector::Validator,
    "use a role of the EBU's list in lower case, or name another scheme",
);
const CREDIT_CRASH: Rule = Rule::error(
    "credit_crash",
    Objector::Validator,
    "leave the scheme out; the validator breaks down over a `urn:` in `media:credit`",
);
const RESTRICTION_REPEATED: Rule = Rule::warning(
    "restriction_repeated",
    Objector::Dailymotion,
    "write one `media:restriction` of each type; with several, nobody says which counts",
);

/// Tags of a video (contracts/dailymotion-pull.md 9.1).
const TAGS: usize = 150;
/// Characters of a tag.
const TAG: usize = 150;

/// Ratings that a scheme knows.
const RATINGS: [(&str, &str); 3] = [
    ("urn:simple", "adult nonadult"),
    ("urn:mpaa", "g m nc-17 pg pg-13 r x"),
    (
        "urn:v-chip",
        "14+ 18+ c c8 g pg tv-14 tv-g tv-ma tv-pg tv-y tv-y7 tv-y7-fv",
    ),
];

/// The roles of the European Broadcasting Union, parted by semicolons.
const ROLES: &str = "\
actor;adaptor;anchor person;animal trainer;animator;announcer;armourer;art director;artist/performer;assistant camera;\
assistant chief lighting technician;assistant director;assistant producer;assistant visual editor;author;\
broadcast assistant;broadcast journalist;camera operator;carpenter;casting;causeur;chief lighting technician;choir;\
choreographer;clapper loader;commentary or commentator;commissioning broadcaster;composer;computer programmer;\
conductor;consultant;continuity checker;correspondent;costume designer;dancer;dialogue coach;director;\
director of photography;distribution company;draughtsman;dresser;dubber;editor/producer;editor;ensemble;\
executive producer;expert;fight director;floor manager;focus puller;foley artist;foley editor;foley mixer;\
graphic assistant;graphic designer;greensman;grip;hairdresser;illustrator;interviewed guest;interviewer;key character;\
key grip;key talents;leadman;librettist;lighting director;lighting technician;location manager;lyricist;make up artist;\
manufacturer;matte artist;music arranger;music group;musician;news reader;orchestra;participant;photographer;post;\
producer;production assistant;production company;production department;production manager;production secretary;\
programme production researcher;property manager;publishing company;puppeteer;pyrotechnician;reporter;rigger;runner;\
scenario;scenic operative;script supervisor;second assistant camera;second assistant director;second unit director;\
set designer;set dresser;sign language;singer;sound designer;sound mixer;sound recordist;special effects;stunts;\
subtitles;technical director;term;translation;transportation manager;treatment/programme proposal;vision mixer;\
visual editor;visual effects;wardrobe;witness;artist;performer;treatment;treatment proposal;programme proposal";

/// Checks a category, whichever element carries it.
pub(super) fn category(node: &Node, given: &Given<'_>, found: &mut Found) {
    let slug = node.value();
    if slug.is_empty() {
        found.at(node, &CATEGORY_BLANK, "the category is empty");
    } else if given
        .categories
        .is_some_and(|known| !known.iter().any(|category| category == slug))
    {
        let what = format!("`{}` is no category of Dailymotion's", short(slug));
        found.at(node, &CATEGORY_UNKNOWN, what);
    }
}

/// Checks how long a title or description is.
pub(super) fn length(node: &Node, found: &mut Found) {
    let limit = match node.name.as_str() {
        "title" => TITLE,
        "description" => DESCRIPTION,
        _ => return,
    };
    let count = node.value().chars().count();
    if count > limit {
        let what = format!("the text has {count} characters");
        found.at(node, &TEXT_LONG, what);
    }
}

/// Checks tags.
pub(super) fn keywords(node: &Node, found: &mut Found) {
    let tags = node.value().split(',').map(str::trim);
    let count = tags.clone().count();
    if count > TAGS {
        found.at(node, &TAGS_MANY, format!("there are {count} tags"));
    }
    let mut odd = tags.filter(|tag| tag.is_empty() || tag.chars().count() > TAG);
    if let Some(tag) = odd.next() {
        let length = tag.chars().count();
        let what = format!("a tag has {length} characters");
        found.at(node, &TAG_LENGTH, what);
    }
}

/// Checks a rating against its scheme. What the ICRA's scheme allows is not looked at.
pub(super) fn rating(node: &Node, found: &mut Found) {
    let scheme = node.given("scheme").unwrap_or("urn:simple");
    let value = node.value();
    match RATINGS.iter().find(|(known, _)| *known == scheme) {
        Some((_, words)) if words.split(' ').any(|word| word == value) => {}
        Some(_) => {
            let what = format!("`{}` is no rating of `{scheme}`", short(value));
            found.at(node, &RATING, what);
        }
        None => urls::address(node, "`scheme`", scheme, found),
    }
}

/// Checks the digest of a file.
pub(super) fn hash(node: &Node, found: &mut Found) {
    let algorithm = node.given("algo").unwrap_or("md5");
    let digits = match algorithm {
        "md5" => 32,
        "sha-1" => 40,
        _ => {
            let what = format!(
                "`{}` is no algorithm that the validator knows",
                short(algorithm)
            );
            found.at(node, &HASH, what);
            return;
        }
    };
    let value = node.value();
    if value.len() != digits || !value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let what = format!("`{}` has not {digits} hexadecimal digits", short(value));
        found.at(node, &HASH, what);
    }
}

/// Checks the role of a credit.
pub(super) fn credit(node: &Node, found: &mut Found) {
    let scheme = node.given("scheme").unwrap_or("urn:ebu");
    if let Some(role) = node.given("role") {
        let known = scheme != "urn:ebu" || ROLES.split(';').any(|known| known == role);
        if !known || role.chars().any(char::is_uppercase) {
            let what = format!("`role` is `{}`", short(role));
            found.at(node, &CREDIT_ROLE, what);
        }
    }
    if scheme == "urn:ebu" {
        return;
    }
    if scheme.starts_with("urn:") {
        let what = format!("`scheme` is `{}`", short(scheme));
        found.at(node, &CREDIT_CRASH, what);
    } else {
        urls::address(node, "`scheme`", scheme, found);
    }
}

/// Checks that no type of restriction stands twice under an element.
pub(super) fn restrictions(parent: &Node, found: &mut Found) {
    let mut seen = Vec::new();
    for node in parent.all(Space::Media, "restriction") {
        let kind = node.attribute("type");
        if seen.contains(&kind) {
            let what = format!("`type` is `{}` once more", short(kind.unwrap_or_default()));
            found.at(node, &RESTRICTION_REPEATED, what);
        }
        seen.push(kind);
    }
}
