//! Namespaces: the ones that Dailymotion's samples declare, and what the validator says to all others
//! (contracts/dailymotion-pull.md 3.2, 3.4, 7).

use super::{
    finding::{Found, Objector, Rule, short},
    node::Node,
};

const NAMESPACE_MEDIA: Rule = Rule::error(
    "namespace_media",
    Objector::Both,
    "declare `xmlns:media=\"http://search.yahoo.com/mrss/\"`, with the slash at its end",
);
const NAMESPACE_DM: Rule = Rule::warning(
    "namespace_dm",
    Objector::Validator,
    "nothing to do; the validator does not look at its elements",
)
.expected("Dailymotion's samples declare `dm`; `feed.declare_dm = false` leaves it out");
const NAMESPACE_DM_DEAD: Rule = Rule::error(
    "namespace_dm_dead",
    Objector::Dailymotion,
    "declare `http://www.dailymotion.com/dmrss/`, with the slash; without it, it is the vocabulary of a feed that is no more",
);
const NAMESPACE_DM_MISSING: Rule = Rule::note(
    "namespace_dm_missing",
    Objector::Dailymotion,
    "declare it as Dailymotion's samples do, unless a feed without warnings counts more",
)
.expected("`feed.declare_dm` is off");
const NAMESPACE_UNKNOWN: Rule = Rule::warning(
    "namespace_unknown",
    Objector::Validator,
    "check its address; elements of a namespace that nobody knows are ignored",
);
const PREFIX_RESERVED: Rule = Rule::warning(
    "prefix_reserved",
    Objector::Validator,
    "use another prefix, or the address that everybody means by it",
);

const MEDIA: &str = "http://search.yahoo.com/mrss/";
const DM: &str = "http://www.dailymotion.com/dmrss/";

/// Namespaces in wide use, each with its usual prefix.
const KNOWN: [(&str, &str); 32] = [
    ("admin", "http://webns.net/mvcb/"),
    ("app", "http://www.w3.org/2007/app"),
    ("atom", "http://www.w3.org/2005/Atom"),
    ("cc", "http://web.resource.org/cc/"),
    ("cf", "http://www.microsoft.com/schemas/rss/core/2005"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    (
        "creativeCommons",
        "http://backend.userland.com/creativeCommonsRssModule",
    ),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("ev", "http://purl.org/rss/1.0/modules/event/"),
    ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
    ("fh", "http://purl.org/syndication/history/1.0"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("g", "http://base.google.com/ns/1.0"),
    ("geo", "http://www.w3.org/2003/01/geo/wgs84_pos#"),
    ("georss", "http://www.georss.org/georss"),
    ("gml", "http://www.opengis.net/gml"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("mathml", "http://www.w3.org/1998/Math/MathML"),
    ("media", MEDIA),
    ("openid", "http://openid.net/xmlns/1.0"),
    ("opensearch", "http://a9.com/-/spec/opensearch/1.1/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("slash", "http://purl.org/rss/1.0/modules/slash/"),
    ("svg", "http://www.w3.org/2000/svg"),
    ("sy", "http://purl.org/rss/1.0/modules/syndication/"),
    ("taxo", "http://purl.org/rss/1.0/modules/taxonomy/"),
    ("thr", "http://purl.org/syndication/thread/1.0"),
    ("wfw", "http://wellformedweb.org/CommentAPI/"),
    ("xhtml", "http://www.w3.org/1999/xhtml"),
    ("xlink", "http://www.w3.org/1999/xlink"),
];

/// Checks what an element declares.
pub(super) fn declared(node: &Node, found: &mut Found) {
    for (prefix, address) in &node.declares {
        let usual = KNOWN.iter().find(|(known, _)| known == prefix);
        match address.as_str() {
            "" => {}
            DM => found.at(
                node,
                &NAMESPACE_DM,
                "the validator does not know the namespace of `dm`",
            ),
            _ if format!("{address}/") == DM => {
                let what = "the namespace of `dm` lacks its slash";
                found.at(node, &NAMESPACE_DM_DEAD, what);
            }
            _ if format!("{address}/") == MEDIA => {
                let what = "the namespace of Media RSS lacks its slash";
                found.at(node, &NAMESPACE_MEDIA, what);
            }
            _ if usual.is_some_and(|(_, usual)| usual != address) => {
                let what = format!("`{prefix}` stands for `{}`", short(address));
                found.at(node, &PREFIX_RESERVED, what);
            }
            _ if !KNOWN.iter().any(|(_, known)| known == address) => {
                let what = format!(
                    "the validator does not know the namespace `{}`",
                    short(address)
                );
                found.at(node, &NAMESPACE_UNKNOWN, what);
            }
            _ => {}
        }
    }
}

/// Checks that the root declares what Dailymotion's samples declare.
pub(super) fn needed(root: &Node, found: &mut Found) {
    let declares = |wanted: &str| {
        let same = |(_, address): &(String, String)| {
            address.trim_end_matches('/') == wanted.trim_end_matches('/')
        };
        root.declares.iter().any(same)
    };
    if !declares(MEDIA) {
        found.at(
            root,
            &NAMESPACE_MEDIA,
            "the namespace of Media RSS is not declared",
        );
    }
    if !declares(DM) {
        let what = "the namespace of `dm` is not declared";
        found.at(root, &NAMESPACE_DM_MISSING, what);
    }
}
