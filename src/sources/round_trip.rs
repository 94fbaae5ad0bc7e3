//! Any record of text that our own exports could hold comes back as it was.

use proptest::prelude::*;

use super::{
    Format, Row,
    given::{csv, json, limits, mapping, read},
};
use crate::model::{Column, Fields};

const TEXTS: [Column; 4] = [
    Column::Title,
    Column::Description,
    Column::Link,
    Column::Geo,
];

/// Texts that quoting has trouble with more often than others; NUL is no text of a catalog.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "\"", "\"\"", ",", "\n", "\r\n", "\r", "\\", "{", "]", " ", "\u{feff}", "é"
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat().replace('\0', ""))
}

fn records() -> impl Strategy<Value = Vec<Vec<String>>> {
    let record = prop::collection::vec(text(), TEXTS.len());
    prop::collection::vec(record, 1..6)
}

/// The fields that a row gives to a new video.
fn applied(row: &Row) -> Fields {
    let mut fields = Fields::default();
    for (column, text) in &row.patch {
        fields.set(*column, text.as_deref()).unwrap();
    }
    fields
}

fn expected(record: &[String]) -> Fields {
    let mut fields = Fields::default();
    for (column, text) in TEXTS.into_iter().zip(record) {
        fields.set(column, Some(text)).unwrap();
    }
    fields
}

fn as_csv(records: &[Vec<String>]) -> String {
    let header = format!("guid,{}\n", TEXTS.map(Column::name).join(","));
    let line = |(number, record): (usize, &Vec<String>)| {
        let quoted = record
            .iter()
            .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
        format!("g{number},{}\r\n", quoted.collect::<Vec<_>>().join(","))
    };
    records
        .iter()
        .enumerate()
        .map(line)
        .fold(header, |text, line| text + &line)
}

fn as_json(records: &[Vec<String>]) -> String {
    let line = |(number, record): (usize, &Vec<String>)| {
        let mut object = serde_json::Map::new();
        object.insert("guid".to_owned(), format!("g{number}").into());
        for (column, text) in TEXTS.into_iter().zip(record) {
            object.insert(column.name().to_owned(), text.clone().into());
        }
        serde_json::Value::Object(object).to_string()
    };
    records
        .iter()
        .enumerate()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_of_text_survives_both_formats(records in records()) {
        for rows in [csv(as_csv(&records)), json(as_json(&records))] {
            let rows = rows.unwrap();
            prop_assert_eq!(rows.len(), records.len());
            for (row, record) in rows.iter().zip(&records) {
                prop_assert_eq!(applied(row.as_ref().unwrap()), expected(record));
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), csv_first in any::<bool>()) {
        let (format, start) = if csv_first { (Format::Csv, "guid,title\n") } else { (Format::JsonLines, "{\"guid\":") };
        let whole = [start.as_bytes(), &bytes].concat();
        for bytes in [&bytes, &whole] {
            if let Ok(rows) = read(format, bytes, mapping(), &limits()) {
                prop_assert!(!rows.is_empty());
            }
        }
    }
}
