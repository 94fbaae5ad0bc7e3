//! A secret that is planted, in every form in which it could be said.

use std::collections::{HashMap, HashSet};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// Bytes by which forms are looked up; no form is shorter.
const HEAD: usize = 8;

/// A planted text, and all that it could look like.
#[derive(Clone, Debug)]
pub(super) struct Canary {
    /// What it is, for people who read that it was found.
    pub(super) what: String,
    forms: Vec<Vec<u8>>,
}

impl Canary {
    pub(super) fn new(what: &str, text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        let mut forms = vec![text.to_vec()];
        forms.extend(in_percents(text));
        forms.extend(in_hex(text));
        for before in 0..3 {
            forms.extend(in_base64(text, before));
        }
        assert!(forms.iter().all(|form| form.len() >= HEAD), "{what}");
        Self {
            what: what.to_owned(),
            forms,
        }
    }

    /// The same canary, which is also said so.
    pub(super) fn also(mut self, text: impl AsRef<[u8]>) -> Self {
        self.forms.extend(Self::new(&self.what, text).forms);
        self
    }
}

/// With everything but letters and digits as `%` and hexadecimal digits.
fn in_percents(text: &[u8]) -> [Vec<u8>; 2] {
    let encoded = |upper: bool| {
        let each = text.iter().map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
            byte if upper => format!("%{byte:02X}"),
            byte => format!("%{byte:02x}"),
        });
        each.collect::<String>().into_bytes()
    };
    [encoded(true), encoded(false)]
}

fn in_hex(text: &[u8]) -> [Vec<u8>; 2] {
    let digits = text.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
    let lower = digits.collect::<String>();
    [lower.to_uppercase().into_bytes(), lower.into_bytes()]
}

/// The letters that stand for it in the base64 of a longer text, of which some bytes come before.
fn in_base64(text: &[u8], before: usize) -> [Vec<u8>; 2] {
    let longer = [&vec![0; before][..], text].concat();
    let (first, end) = ((before * 8).div_ceil(6), longer.len() * 8 / 6);
    let letters = |all: String| all.as_bytes()[first..end].to_vec();
    [
        letters(STANDARD_NO_PAD.encode(&longer)),
        letters(URL_SAFE_NO_PAD.encode(&longer)),
    ]
}

/// Finds canaries, all in one walk.
pub(super) struct Finder<'a> {
    canaries: &'a [Canary],
    by_head: HashMap<&'a [u8], Vec<(usize, &'a [u8])>>,
    /// The first two bytes of every form, so that little is looked up.
    begins: Vec<bool>,
}

impl<'a> Finder<'a> {
    pub(super) fn of(canaries: &'a [Canary]) -> Self {
        let mut by_head: HashMap<_, Vec<_>> = HashMap::new();
        let mut begins = vec![false; 1 << 16];
        for (number, canary) in canaries.iter().enumerate() {
            for form in &canary.forms {
                begins[begin(form)] = true;
                let known = by_head.entry(&form[..HEAD]).or_default();
                known.push((number, form.as_slice()));
            }
        }
        Self {
            canaries,
            by_head,
            begins,
        }
    }

    /// Which canaries a text holds, each with what stands around it.
    pub(super) fn find(&self, text: &[u8]) -> Vec<(&'a Canary, String)> {
        let (mut found, mut known) = (Vec::new(), HashSet::new());
        for at in 0..text.len().saturating_sub(HEAD - 1) {
            let rest = &text[at..];
            if !self.begins[begin(rest)] {
                continue;
            }
            let forms = self.by_head.get(&rest[..HEAD]).into_iter().flatten();
            for (number, _) in forms.filter(|(_, form)| rest.starts_with(form)) {
                if known.insert(*number) {
                    found.push((&self.canaries[*number], around(text, at)));
                }
            }
        }
        found
    }
}

fn begin(form: &[u8]) -> usize {
    usize::from(form[0]) << 8 | usize::from(form[1])
}

fn around(text: &[u8], at: usize) -> String {
    let (from, to) = (at.saturating_sub(120), text.len().min(at + 80));
    String::from_utf8_lossy(&text[from..to]).into_owned()
}

#[test]
fn a_canary_is_found_in_every_form() {
    const SECRET: &str = "polly/wants+a_cracker";
    let canaries = [
        Canary::new("polly", SECRET),
        Canary::new("other", "somebody else"),
    ];
    let finder = Finder::of(&canaries);
    let hex = "706f6c6c792f77616e74732b615f637261636b6572";
    let mut said = vec![
        SECRET.to_owned(),
        format!("a {SECRET}"),
        "secret=polly%2Fwants%2ba%5fcracker".to_lowercase(),
        "polly%2Fwants%2Ba%5Fcracker".to_owned(),
        format!("\\x{hex}"),
    ];
    for user in ["", "a:", "ab:", "abc:"] {
        said.push(STANDARD_NO_PAD.encode(format!("{user}{SECRET} and more")));
        said.push(URL_SAFE_NO_PAD.encode(format!("{user}{SECRET}")));
    }
    for text in said {
        let found = finder.find(text.as_bytes());
        let names: Vec<_> = found.iter().map(|(canary, _)| &canary.what).collect();
        assert_eq!(names, ["polly"], "{text}");
    }
    assert!(finder.find(b"polly wants nothing").is_empty());
    assert!(finder.find(b"").is_empty());
}
