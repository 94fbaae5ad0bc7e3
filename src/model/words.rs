//! Words as search knows them: found by their beginnings, whatever the letters' case.

use std::collections::HashSet;

/// Letters of a word that count.
const LETTERS: usize = 64;
/// Words of a search that count.
const ASKED: usize = 6;
/// Words of a video that count.
const KEPT: usize = 256;

/// The beginnings of words that a search asks for, each one of them. Any text gives some, or none: what is neither a letter
/// nor a digit only parts words. The first 6 count, and the first 64 letters of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Self(distinct(text, ASKED))
    }
}

impl Words {
    /// The most that a search asks for.
    pub const MOST: usize = ASKED;

    /// The beginnings: folded letters and digits alone. None when the text held no word; such a search finds nothing.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether every one of them begins a word of a video's title or guid.
    pub fn find(&self, title: Option<&str>, guid: &str) -> bool {
        self.begin(&searchable(title, guid))
    }

    /// Whether every one of them begins one of these words, which are folded already.
    pub fn begin(&self, kept: &str) -> bool {
        !self.0.is_empty() && self.0.iter().all(|asked| begins(kept, asked))
    }
}

/// Whether one of the words by which a video is found begins so.
pub fn begins(kept: &str, asked: &str) -> bool {
    kept.split(' ').any(|word| word.starts_with(asked))
}

/// The words by which a video is found, once each, with a blank between them.
pub fn searchable(title: Option<&str>, guid: &str) -> String {
    let title = title.unwrap_or_default();
    // The guid first: it is never too long.
    distinct(&format!("{guid} {title}"), KEPT).join(" ")
}

/// The first words of a text, once each.
fn distinct(text: &str, most: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    let words = text.split(|letter: char| !is_part(letter));
    words
        .map(folded)
        .filter(|word| !word.is_empty() && seen.insert(word.clone()))
        .take(most)
        .collect()
}

/// A word in lower case, cut to what counts.
fn folded(word: &str) -> String {
    let lower = word.chars().flat_map(char::to_lowercase);
    lower
        .filter(|letter| letter.is_alphanumeric())
        .take(LETTERS)
        .collect()
}

/// Whether it parts no words: a letter, a digit, or an accent that stands behind its letter.
fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_asks_for_the_beginnings_of_words() {
        let finds = |text: &str| Words::from(text).find(Some("Paper Boats, été 2026"), "mcn-7F3a");
        for text in [
            "pap",
            "BOATS paper",
            "ÉT",
            "mcn 7f",
            "2026",
            "paper paper",
            "boats,",
        ] {
            assert!(finds(text), "{text}");
        }
        for text in ["aper", "paper ship", "3a", "ete", "paperboats", ""] {
            assert!(!finds(text), "{text}");
        }
    }

    #[test]
    fn nothing_but_letters_and_digits_is_left_of_any_text() {
        for text in [
            "\"a\" OR b*",
            "a' -- b",
            "NEAR(a b)",
            "a\0b",
            "%a_b",
            "a😀b",
            "a:* & !b",
        ] {
            let words = Words::from(text);
            let plain = |word: &String| word.chars().all(char::is_alphanumeric);
            assert!(words.as_slice().iter().all(plain), "{words:?}");
            assert!(words.as_slice().contains(&"a".to_owned()), "{words:?}");
        }
        for text in ["", " ", "\0", "😀", "*\"'%"] {
            assert_eq!(Words::from(text).as_slice(), [""; 0], "{text:?}");
        }
    }

    #[test]
    fn words_are_cut_and_counted() {
        let long = "a".repeat(100_000);
        assert_eq!(Words::from(long.as_str()).as_slice(), ["a".repeat(LETTERS)]);
        assert!(Words::from(long.as_str()).find(Some(&long), "guid"));
        let many = (0..1_000).map(|word| word.to_string()).collect::<Vec<_>>();
        let many = many.join(" ");
        assert_eq!(Words::from(many.as_str()).as_slice().len(), ASKED);
        assert_eq!(searchable(Some(&many), "guid").split(' ').count(), KEPT);
    }

    #[test]
    fn case_and_accents_that_stand_alone_make_no_difference() {
        assert_eq!(
            searchable(Some("VIDE\u{301}O İzmir"), "A-a"),
            "a video izmir"
        );
        assert!(Words::from("vide\u{301}").find(Some("Video"), "g"));
    }
}
