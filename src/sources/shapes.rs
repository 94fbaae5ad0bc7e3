//! Feeds as they are met: each fixture with the rows that it makes, beside it in a file of the same name.

use std::{fmt::Write as _, fs};

use super::{
    Format, Mapping, Row, RowError,
    given::{Outcome, fault, limits, mapping, read},
};

fn feed(bytes: impl AsRef<[u8]>) -> Outcome {
    read(Format::Mrss, bytes.as_ref(), mapping(), &limits())
}

fn fixture(name: &str, mapping: Mapping) -> Outcome {
    let bytes = fs::read(format!("tests/fixtures/feeds/{name}")).unwrap();
    read(Format::Mrss, &bytes, mapping, &limits())
}

/// Rows as the files beside the fixtures show them.
fn shown(rows: &[Result<Row, RowError>]) -> String {
    let mut out = String::new();
    for row in rows {
        match row {
            Ok(row) => {
                writeln!(out, "{} {}", row.number, row.guid).unwrap();
                for (column, text) in &row.patch {
                    let text = text
                        .as_ref()
                        .map_or("(cleared)".to_owned(), |text| format!("{text:?}"));
                    writeln!(out, "  {} = {text}", column.name()).unwrap();
                }
                for warning in &row.warnings {
                    writeln!(out, "  warning: {warning}").unwrap();
                }
            }
            Err(wrong) => {
                let guid = wrong.guid.as_deref().unwrap_or("-");
                writeln!(out, "{} {guid}\n  error: {}", wrong.number, wrong.message).unwrap();
            }
        }
    }
    out
}

#[test]
fn each_fixture_makes_the_rows_beside_it() {
    let mut count = 0;
    for entry in fs::read_dir("tests/fixtures/feeds").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".xml") else {
            continue;
        };
        let rows = fixture(&name, mapping()).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let expected = fs::read_to_string(format!("tests/fixtures/feeds/{stem}.rows")).unwrap();
        assert_eq!(shown(&rows), expected, "{name}");
        count += 1;
    }
    assert!(count >= 13);
}

fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:dm=\"http://www.dailymotion.com/dmrss/\">\n<channel>\n{items}\n</channel></rss>"
    )
}

const ITEM: &str = "<item><guid>a</guid><title>é – 😀</title></item>";

#[test]
fn every_encoding_gives_the_same_rows() {
    let expected = shown(&feed(rss(ITEM)).unwrap());
    assert!(expected.contains("é – 😀"));
    let declared = |encoding: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?>{}",
            rss(ITEM)
        )
    };
    let utf16 = |text: String, bytes: fn(u16) -> [u8; 2]| {
        text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    for bytes in [
        format!("\u{feff}{}", rss(ITEM)).into_bytes(),
        format!("\n\u{feff}{}", declared("utf-8")).into_bytes(),
        utf16(declared("UTF-16"), u16::to_le_bytes),
        utf16(declared("UTF-16"), u16::to_be_bytes),
        utf16(format!("\u{feff}{}", declared("UTF-16")), u16::to_le_bytes),
        utf16(format!("\u{feff}{}", rss(ITEM)), u16::to_be_bytes),
    ] {
        assert_eq!(shown(&feed(bytes).unwrap()), expected);
    }
    let windows = declared("windows-1252").replace(" – 😀", "");
    let windows = windows
        .chars()
        .map(|c| u8::try_from(c).unwrap())
        .collect::<Vec<_>>();
    assert!(shown(&feed(windows).unwrap()).contains("\"é\""));
}

/// Every document is given up for what is named beside it.
fn assert_given_up<const N: usize>(cases: [(String, &str); N]) {
    for (document, part) in cases {
        let start = document.chars().take(90).collect::<String>();
        let fault = fault(feed(document));
        assert!(
            fault.starts_with("line ") && fault.contains(part),
            "{start}: {fault}"
        );
    }
}

#[test]
fn what_is_no_feed_is_told() {
    let text = |text: &str| text.to_owned();
    assert_given_up([
        (text(""), "line 1: no feed; give an RSS or Atom document"),
        (
            text("<html><body/></html>"),
            "line 1: the root is `html`, which is no feed",
        ),
        (
            format!("<!DOCTYPE rss [<!ENTITY a \"b\">]>{}", rss(ITEM)),
            "line 1: a DOCTYPE, which is refused",
        ),
        (
            text("<?xml version='1.0' encoding='utf-7'?><rss/>"),
            "line 1: the document is declared to be `utf-7`",
        ),
        (
            format!("\n<!-- first -->\n<?xml version=\"1.0\"?>{}", rss(ITEM)),
            "line 3: an XML declaration that is not at the start; remove",
        ),
        (
            format!("{}\ntext", rss(ITEM)),
            "line 5: text or elements outside the feed; remove",
        ),
        (
            format!("{}\n<rss/>", rss(ITEM)),
            "line 5: text or elements outside the feed",
        ),
        (
            format!("x{}", rss(ITEM)),
            "line 1: text or elements outside the feed",
        ),
    ]);
}

#[test]
fn a_document_that_is_broken_anywhere_is_given_up_with_line_element_and_cure() {
    let cut = |items: &str| rss(items).replace("</channel></rss>", "");
    assert_given_up([
        (
            rss(&format!("{ITEM}\n<item><title>a</item>")),
            "line 4: `title`: is closed by `</item>`; close `<title>` first",
        ),
        (
            rss("<item>\n<title>a & b</title>"),
            "line 4: `title`: an `&` that begins no reference; write it as `&amp;`",
        ),
        (
            rss("<item>\n<title>&bogus;</title>"),
            "line 4: `title`: `&bogus;` stands for nothing; write",
        ),
        (
            rss("<item>\n<title>&#0;</title>"),
            "line 4: `title`: `&#0;` stands for nothing; write",
        ),
        (
            rss("<item>\n<media:content url='a?b=1&c=2'/>"),
            "line 4: `media:content`: has a wrong reference in `url`",
        ),
        (
            rss("<item>\n<media:content url='a' url='b'/>"),
            "line 4: `media:content`: has a broken attribute",
        ),
        (
            cut("<item>\n<title>"),
            "`title`: never closed; the document is cut off, fetch it again",
        ),
        (
            cut("<item>\n<title"),
            "the document is cut off or broken here",
        ),
    ]);
    let fault = fault(feed(
        b"<rss>\n<channel><title>caf\xE9</title></channel></rss>",
    ));
    let part = "line 2: `title`: the byte at offset 25 is no UTF-8; declare the encoding";
    assert!(fault.contains(part), "{fault}");
}

#[test]
fn what_passes_a_limit_is_given_up_with_line_element_and_cure() {
    let attributes = (0..257).fold(String::new(), |text, number| format!("{text} a{number}=''"));
    let item = |start: &str, length: usize| rss(&format!("<item>{start}{}", "y".repeat(length)));
    assert_given_up([
        (
            rss(&"<x>".repeat(100_000)),
            "line 3: `x`: is nested deeper than 64 levels; flatten",
        ),
        (
            rss(&format!("<item><x{attributes}/>")),
            "line 3: `x`: has more than 256 attributes",
        ),
        (
            rss(&format!("<item><media:content{attributes}/>")),
            "line 3: `media:content`: has more than 256 attributes; leave out some",
        ),
        (
            rss(&format!("<item><x a='{}'/>", "y".repeat(65 * 1024))),
            "line 3: `item`: a tag of more than 65536 bytes; shorten it",
        ),
        (
            item("<title>", 3_000_000),
            "line 3: `title`: a text, comment or tag of more than 1048576 bytes",
        ),
        (
            item("<!--", 3_000_000),
            "line 3: `item`: a text, comment or tag of more than 1048576 bytes",
        ),
        (
            item("<title a='", 3_000_000),
            "line 3: `item`: a text, comment or tag of more than",
        ),
        (
            rss(&format!(
                "<item><title>{}",
                "<![CDATA[yyyyyyyyyy]]>".repeat(150_000)
            )),
            "line 3: `title`: a text of more than 1048576 bytes; shorten it",
        ),
        (
            rss(&format!(
                "<item>{}",
                "<media:content url='a'/>".repeat(1001)
            )),
            "`media:content`: more than 1000 of them in one item; leave out some",
        ),
        (
            rss(&format!(
                "<item>{}",
                "<guid>yyyyyyyyyyyyyyyyyyyy</guid>".repeat(200_000)
            )),
            "an item of more than 4194304 bytes; shorten it",
        ),
    ]);
}

#[test]
fn no_namespaces_without_end_and_no_file_over_its_limit() {
    let many = (0..100_000).fold(String::new(), |text, number| {
        format!("{text} xmlns:a{number}='b'")
    });
    assert!(feed(rss(&format!("<item{many}/>"))).is_err());
    let mut limits = limits();
    limits.max_file_bytes = 100;
    let fault = fault(read(Format::Mrss, rss(ITEM).as_bytes(), mapping(), &limits));
    assert!(fault.contains("more than 100 bytes"), "{fault}");
    limits = super::given::limits();
    limits.max_rows = 1;
    let two = rss("<item><guid>a</guid></item><item><guid>b</guid></item>");
    let fault = self::fault(read(Format::Mrss, two.as_bytes(), mapping(), &limits));
    assert!(fault.contains("more than 1 rows"), "{fault}");
}

#[test]
fn a_feed_without_items_has_no_rows() {
    assert_eq!(feed(rss("")).unwrap(), []);
}

#[test]
fn guids_are_derived_from_the_address_when_asked_and_stay_the_same() {
    let derived = |mapping: Mapping| {
        let rows = fixture("guids.xml", mapping.deriving_guids()).unwrap();
        rows.into_iter()
            .map(|row| {
                row.map(|row| row.guid.to_string())
                    .map_err(|wrong| wrong.message)
            })
            .collect::<Vec<_>>()
    };
    let guids = derived(mapping());
    // The first 128 bits of the SHA-256 of `https://demo.example/1`.
    assert_eq!(
        guids[0].as_deref(),
        Ok("derived-b00d1efd30244cd5259528eb309e18fd")
    );
    assert!(guids[1].as_ref().unwrap().starts_with("derived-"));
    assert_ne!(guids[0], guids[1]);
    assert_eq!(guids[2].as_deref(), Ok("guid-3"));
    assert!(
        guids[6]
            .as_ref()
            .unwrap_err()
            .contains("no link or media address to derive one from")
    );
    let prefixed = derived(mapping().guid_prefix("net-").unwrap());
    assert_eq!(
        prefixed[0].as_deref(),
        Ok("net-derived-b00d1efd30244cd5259528eb309e18fd")
    );
}

#[test]
fn the_rules_of_an_import_hold_for_feeds() {
    let item = "<item><guid>a</guid><category>Boats</category><category>Films</category><dm:forKids>yes</dm:forKids><title>T</title><description>D</description></item>";
    let rules = mapping()
        .category("Films=tv")
        .and_then(|rules| rules.map("dm:forKids=made_for_kids"))
        .and_then(|rules| rules.map("description="))
        .and_then(|rules| rules.default_value("language=fr"))
        .unwrap();
    let rows = read(Format::Mrss, rss(item).as_bytes(), rules, &limits()).unwrap();
    let shown = shown(&rows);
    for part in [
        "made_for_kids = \"yes\"",
        "category = \"tv\"",
        "tags = \"Boats\"",
        "title = \"T\"",
        "language = \"fr\"",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("description"), "{shown}");
    let rules = mapping().map("dm:forKids=made_for_kids").unwrap();
    let item = "<item><guid>a</guid>\n<dm:forKids>perhaps</dm:forKids></item>";
    let rows = read(Format::Mrss, rss(item).as_bytes(), rules, &limits()).unwrap();
    let message = &rows[0].as_ref().unwrap_err().message;
    assert_eq!(
        message,
        "line 3, `item`: column `dm:forKids` (our `made_for_kids`): `perhaps` is neither true nor false"
    );
}
