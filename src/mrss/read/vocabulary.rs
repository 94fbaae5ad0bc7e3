//! Whose word an element is: known by its namespace, however feeds spell it, and by its prefix where there is none.

use quick_xml::name::ResolveResult;

use crate::model::short_escaped;

/// Where a word comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// RSS, whose words have no namespace, or the namespace of a version.
    Rss,
    Atom,
    Media,
    Itunes,
    /// Dublin Core, elements and terms.
    Dublin,
    /// `content:encoded`.
    Content,
    Rdf,
    Foreign,
}

/// What an element's namespace says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) vocabulary: Vocabulary,
    /// How it should have been said, where it was said another way.
    pub(super) warning: Option<String>,
}

impl Spoken {
    fn plain(vocabulary: Vocabulary) -> Self {
        Self {
            vocabulary,
            warning: None,
        }
    }
}

const MEDIA: &str = "http://search.yahoo.com/mrss/";

/// Names that namespaces have, without scheme and final slash, in lower case.
const KNOWN: [(&str, Vocabulary); 13] = [
    ("search.yahoo.com/mrss", Vocabulary::Media),
    ("video.search.yahoo.com/mrss", Vocabulary::Media),
    ("www.rssboard.org/media-rss", Vocabulary::Media),
    ("www.w3.org/2005/atom", Vocabulary::Atom),
    ("purl.org/atom/ns", Vocabulary::Atom),
    ("www.itunes.com/dtds/podcast-1.0.dtd", Vocabulary::Itunes),
    ("purl.org/dc/elements/1.1", Vocabulary::Dublin),
    ("purl.org/dc/terms", Vocabulary::Dublin),
    ("purl.org/rss/1.0/modules/content", Vocabulary::Content),
    ("www.w3.org/1999/02/22-rdf-syntax-ns", Vocabulary::Rdf),
    ("purl.org/rss/1.0", Vocabulary::Rss),
    ("my.netscape.com/rdf/simple/0.9", Vocabulary::Rss),
    ("backend.userland.com/rss2", Vocabulary::Rss),
];

/// What the namespace of a name says, and of an undeclared prefix its name.
pub(super) fn spoken(namespace: &ResolveResult<'_>) -> Spoken {
    match namespace {
        ResolveResult::Unbound => Spoken::plain(Vocabulary::Rss),
        ResolveResult::Bound(namespace) => declared(namespace.into_inner()),
        ResolveResult::Unknown(prefix) => undeclared(prefix),
    }
}

fn declared(namespace: &str) -> Spoken {
    // What nearly every element of nearly every feed has.
    if namespace == MEDIA {
        return Spoken::plain(Vocabulary::Media);
    }
    let vocabulary = vocabulary(namespace);
    let odd = vocabulary != Vocabulary::Foreign && namespace.trim() != namespace;
    let warning = (odd || vocabulary == Vocabulary::Media).then(|| {
        let shown = short_escaped(namespace);
        match vocabulary {
            Vocabulary::Media => {
                format!("the namespace `{shown}` is read as `{MEDIA}`; declare it so")
            }
            _ => format!("the namespace `{shown}` has blanks around; remove them"),
        }
    });
    Spoken {
        vocabulary,
        warning,
    }
}

fn vocabulary(namespace: &str) -> Vocabulary {
    let name = namespace.trim();
    let name = name
        .strip_prefix("http://")
        .or_else(|| name.strip_prefix("https://"))
        .unwrap_or(name)
        .trim_end_matches(['/', '#']);
    let known = KNOWN
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    match known {
        Some((_, vocabulary)) => *vocabulary,
        None if name.contains("mrss") || name.contains("media-rss") => Vocabulary::Media,
        None => Vocabulary::Foreign,
    }
}

fn undeclared(prefix: &str) -> Spoken {
    let vocabulary = match prefix {
        "media" => Vocabulary::Media,
        "atom" => Vocabulary::Atom,
        "itunes" => Vocabulary::Itunes,
        "dc" | "dcterms" => Vocabulary::Dublin,
        "content" => Vocabulary::Content,
        "rdf" => Vocabulary::Rdf,
        _ => return Spoken::plain(Vocabulary::Foreign),
    };
    Spoken {
        vocabulary,
        warning: Some(format!(
            "the prefix `{prefix}` is not declared; it is taken by its name"
        )),
    }
}

#[cfg(test)]
mod tests {
    use quick_xml::name::Namespace;

    use super::*;

    fn bound(namespace: &str) -> Spoken {
        spoken(&ResolveResult::Bound(Namespace(namespace)))
    }

    #[test]
    fn namespaces_are_known_by_any_spelling_and_odd_ones_warned_of() {
        for (namespace, vocabulary, warned) in [
            (MEDIA, Vocabulary::Media, false),
            ("http://search.yahoo.com/mrss", Vocabulary::Media, true),
            ("http://search.yahoo.com/mrss/ ", Vocabulary::Media, true),
            ("HTTPS://x.example/media-rss", Vocabulary::Media, true),
            ("http://www.w3.org/2005/Atom", Vocabulary::Atom, false),
            (" http://www.w3.org/2005/Atom", Vocabulary::Atom, true),
            (
                "http://www.itunes.com/DTDs/Podcast-1.0.dtd",
                Vocabulary::Itunes,
                false,
            ),
            ("http://purl.org/dc/terms/", Vocabulary::Dublin, false),
            ("http://purl.org/rss/1.0/", Vocabulary::Rss, false),
            (
                "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
                Vocabulary::Rdf,
                false,
            ),
            ("http://other.example/ ", Vocabulary::Foreign, false),
        ] {
            let found = bound(namespace);
            assert_eq!(
                (found.vocabulary, found.warning.is_some()),
                (vocabulary, warned),
                "{namespace:?}"
            );
        }
    }

    #[test]
    fn an_undeclared_prefix_is_known_by_name_or_not_at_all() {
        let unknown = |prefix: &str| spoken(&ResolveResult::Unknown(prefix.to_owned()));
        assert_eq!(unknown("media").vocabulary, Vocabulary::Media);
        assert!(unknown("media").warning.is_some());
        assert_eq!(unknown("yt"), Spoken::plain(Vocabulary::Foreign));
    }
}
