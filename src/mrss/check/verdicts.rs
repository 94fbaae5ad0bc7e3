//! Every verdict of the contract's section 7, and everything Dailymotion demands, as a fixture in which exactly it is
//! found.

use std::collections::BTreeSet;

use proptest::prelude::*;
use roxmltree::Document;

use super::{Finding, Given, Severity, check};
use crate::mrss::samples::NINE;

const SOUND: &str = include_str!("../../../tests/fixtures/check/sound.xml");
const VERDICTS: &str = include_str!("../../../tests/fixtures/check/verdicts.txt");

/// What the sound document itself draws.
const USUAL: &str = "namespace_dm";

fn given(categories: &[String]) -> Given<'_> {
    Given {
        now: NINE,
        categories: Some(categories),
        address: Some("https://mcn.example/feeds/demo.xml"),
        content_type: Some("application/rss+xml; charset=utf-8"),
    }
}

fn findings(document: impl AsRef<[u8]>) -> Vec<Finding> {
    let categories = ["creation", "fun"].map(str::to_owned);
    check(document.as_ref(), &given(&categories)).findings
}

fn rules(document: impl AsRef<[u8]>) -> Vec<&'static str> {
    let mut rules: Vec<_> = findings(document).iter().map(|one| one.rule).collect();
    rules.sort_unstable();
    rules
}

/// One block of the fixture: the rules that find something, and the document.
fn case(block: &str) -> (Vec<&str>, String) {
    let mut lines = block.lines().filter(|line| !line.starts_with('#'));
    let mut expected = vec![USUAL];
    for word in lines.next().unwrap().split(' ') {
        match word.strip_prefix('-') {
            Some(rule) => expected.retain(|usual| *usual != rule),
            None if word == "clean" => {}
            None => expected.push(word),
        }
    }
    expected.sort_unstable();
    let mut document = SOUND.to_owned();
    let lines: Vec<_> = lines.collect();
    for pair in lines.chunks(2) {
        let part = |line: &str, sign| {
            let part = line.strip_prefix(sign).unwrap();
            part.strip_prefix(' ').unwrap_or(part).to_owned()
        };
        let (from, to) = (part(pair[0], '-'), unescaped(&part(pair[1], '+')));
        assert!(document.contains(&from), "`{from}` is not in the document");
        document = document.replacen(&from, &to, 1);
    }
    (expected, document)
}

fn unescaped(text: &str) -> String {
    let text = text.replace("\\n", "\n");
    let Some((before, rest)) = text.split_once("\\u{") else {
        return text;
    };
    let (number, after) = rest.split_once('}').unwrap();
    let character = char::from_u32(u32::from_str_radix(number, 16).unwrap()).unwrap();
    format!("{before}{character}{after}")
}

fn blocks() -> impl Iterator<Item = (Vec<&'static str>, String)> {
    let holds = |block: &&str| block.lines().any(|line| !line.starts_with('#'));
    VERDICTS.split("\n\n").filter(holds).map(case)
}

/// The sound document with something more in its item.
fn within(text: &str) -> String {
    SOUND.replacen("<media:title", &format!("{text}<media:title"), 1)
}

/// Documents that no XML reader gets through, each with what is found in it.
fn unreadable_documents() -> Vec<(&'static str, Vec<u8>)> {
    let utf_16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let accented = SOUND.replace("boats", "b\u{e9}");
    let half = accented.bytes().filter(|byte| *byte != 0xC3).collect();
    let marked = format!("\u{feff}{}", SOUND.replace("UTF-8", "Latin1"));
    vec![
        ("not_well_formed", Vec::new()),
        ("not_well_formed", b"words".to_vec()),
        ("encoding_wrong", half),
        ("encoding_wrong", utf_16(SOUND)),
        ("encoding_other", utf_16(&SOUND.replace("UTF-8", "UTF-16"))),
        ("encoding_wrong", marked.into_bytes()),
        ("too_large", vec![b' '; 64 * 1024 * 1024 + 1]),
    ]
}

/// Documents with too much of something, each with what is found in it.
fn immoderate_documents() -> Vec<(&'static str, String)> {
    let attributes: Vec<_> = (0..257).map(|at| format!(" a{at}=''")).collect();
    let long = |length: usize| "x".repeat(length);
    vec![
        ("size", within(&format!("<!--{}-->", long(5_000_000)))),
        (
            "limit",
            within(&"<dm:x>".repeat(65)) + &"</dm:x>".repeat(65),
        ),
        ("limit", within(&"<dm:x/>".repeat(100_000))),
        ("limit", within(&format!("<dm:x{}/>", attributes.concat()))),
        ("limit", within(&format!("<dm:x a='{}'/>", long(65_536)))),
        (
            "limit",
            within(&format!("<dm:x>{}</dm:x>", long(1 << 20 | 1))),
        ),
        (
            "tags_many",
            SOUND.replace("paper, boats", &["boat"; 151].join(",")),
        ),
        ("tag_length", SOUND.replace("paper, boats", &long(151))),
        (
            "text_long",
            SOUND.replace(">Paper boats<", &format!(">{}<", long(256))),
        ),
        (
            "namespace_media",
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel/></rss>".to_owned(),
        ),
    ]
}

fn odd_documents() -> Vec<(&'static str, Vec<u8>)> {
    let immoderate = immoderate_documents().into_iter();
    let immoderate = immoderate.map(|(rule, text)| (rule, text.into_bytes()));
    unreadable_documents()
        .into_iter()
        .chain(immoderate)
        .collect()
}

#[test]
fn the_sound_document_draws_nothing_but_the_expected_warning() {
    let found = findings(SOUND);
    assert_eq!(found.len(), 1, "{found:#?}");
    let finding = &found[0];
    assert_eq!((finding.rule, finding.line), (USUAL, 2));
    assert_eq!(finding.element, "rss");
    assert!(finding.expected.unwrap().contains("feed.declare_dm"));
}

#[test]
fn each_fixture_draws_exactly_its_findings() {
    let mut faults = Vec::new();
    for (expected, document) in blocks() {
        let found = rules(&document);
        if found != expected {
            faults.push(format!(
                "expected {expected:?}, found {found:?} in\n{document}"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn odd_documents_are_findings_and_no_panics() {
    for (rule, document) in odd_documents() {
        let found = rules(&document);
        assert!(found.contains(&rule), "`{rule}` is not among {found:?}");
    }
}

#[test]
fn many_items_are_no_matter_of_limits() {
    let start = SOUND.find("<item>").unwrap();
    let many = "<item a=''/>".repeat(120_000);
    let found = findings(format!("{}{many}{}", &SOUND[..start], &SOUND[start..]));
    assert!(
        found
            .iter()
            .all(|one| one.rule != "limit" && one.rule != "metadata_late")
    );
    assert!(found.iter().any(|one| one.rule == "guid_missing"));
}

#[test]
fn what_was_fetched_is_held_against_where_it_came_from() {
    let categories = ["creation".to_owned()];
    let mut given = given(&categories);
    given.address = Some("https://elsewhere.example/feed");
    given.content_type = Some("text/html");
    let report = check(SOUND.as_bytes(), &given);
    let rules: Vec<_> = report.findings.iter().map(|one| one.rule).collect();
    assert_eq!(rules, ["served_as", USUAL, "self_elsewhere"]);
    for content_type in ["text/xml", "application/xml; charset=utf-8"] {
        (given.address, given.content_type) = (None, Some(content_type));
        assert_eq!(check(SOUND.as_bytes(), &given).warnings, 1);
    }
}

#[test]
fn findings_name_the_line_and_element_where_they_begin() {
    let document = SOUND.replace("fileSize=\"10\"", "\nfileSize=\"0\"");
    let found = findings(document);
    let finding = found
        .iter()
        .find(|one| one.rule == "number_positive")
        .unwrap();
    assert_eq!(
        (finding.line, finding.element.as_str()),
        (17, "media:content")
    );
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.message.contains("`fileSize` is `0`"), "{finding:?}");
    let cut = SOUND.replace("</item>", "</items>");
    let found = findings(cut);
    let finding = found
        .iter()
        .find(|one| one.rule == "not_well_formed")
        .unwrap();
    assert_eq!(finding.line, 24);
}

/// The codes that stand in this folder.
fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for entry in std::fs::read_dir("src/mrss/check").unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for kind in ["error(", "warning(", "note("] {
            for (at, opening) in text.match_indices(&format!("Rule::{kind}")) {
                let rest = text[at + opening.len()..].trim_start();
                let code = rest
                    .strip_prefix('"')
                    .and_then(|rest| rest.split('"').next());
                codes.extend(code.map(str::to_owned));
            }
        }
    }
    codes
}

#[test]
fn every_rule_has_a_fixture() {
    let mut shown: BTreeSet<&str> = blocks().flat_map(|(expected, _)| expected).collect();
    shown.extend(odd_documents().iter().map(|(rule, _)| *rule));
    shown.extend(["served_as", "self_elsewhere", "odd"]);
    let codes = codes();
    assert!(codes.len() > 80, "{}", codes.len());
    let missing: Vec<_> = codes
        .iter()
        .filter(|code| !shown.contains(code.as_str()))
        .collect();
    assert!(missing.is_empty(), "no fixture for {missing:?}");
}

#[test]
fn whatever_a_second_reader_refuses_is_an_error() {
    let mut documents: Vec<_> = blocks().map(|(_, document)| document).collect();
    documents.extend(
        (0..SOUND.len())
            .step_by(7)
            .map(|end| SOUND[..end].to_owned()),
    );
    for at in (60..SOUND.len()).step_by(11) {
        for odd in [
            "<",
            "&",
            ">",
            "\"",
            "'",
            "/",
            "=",
            ":",
            "<!",
            "<?",
            "]]>",
            "<![CDATA[",
        ] {
            documents.push(format!("{}{odd}{}", &SOUND[..at], &SOUND[at..]));
        }
    }
    for document in documents {
        if let Err(error) = Document::parse(&document) {
            let errors = findings(&document)
                .iter()
                .any(|one| one.severity == Severity::Error);
            assert!(errors, "{error} in\n{document}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_report(bytes in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), cut in 0_usize..40) {
        let start = at.index(SOUND.len());
        let end = (start + cut).min(SOUND.len());
        let spliced = [&SOUND.as_bytes()[..start], &bytes, &SOUND.as_bytes()[end..]].concat();
        for document in [bytes, spliced] {
            let categories = [];
            let report = check(&document, &given(&categories));
            let listed = u64::try_from(report.findings.len()).unwrap();
            prop_assert_eq!(report.errors + report.warnings + report.notes, listed + report.left_out);
        }
    }
}
