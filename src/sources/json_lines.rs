//! JSON Lines: one object on each line, its members the columns.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Number, Value};

use crate::{
    config::Import,
    model::{Column, nesting, short, short_escaped},
};

use super::{Fault, Input, Mapping, Raw, mapping::Target, records::Records, row::Cell};

/// Levels of nesting. A row needs two; the parser would call itself for each.
const MAX_DEPTH: usize = 16;

pub(super) struct JsonLines<'a> {
    records: Records<'a>,
    max_columns: usize,
    started: bool,
}

impl<'a> JsonLines<'a> {
    /// # Errors
    /// An input that can't be read.
    pub(super) fn open(input: Input<'a>, limits: &Import) -> Result<Self, Fault> {
        Ok(Self {
            records: Records::lines(input.into_text()?, limits),
            max_columns: limits.max_columns,
            started: false,
        })
    }

    /// The next line that is not blank; none at the end.
    ///
    /// # Errors
    /// An array in place of lines, and what [`Records::read`] gives up for.
    pub(super) fn next(&mut self, mapping: &Mapping) -> Result<Option<Raw<'_>>, Fault> {
        while self.records.read()? {
            if !self.records.is_blank() {
                return self.line(mapping).map(Some);
            }
        }
        Ok(None)
    }

    fn line(&mut self, mapping: &Mapping) -> Result<Raw<'_>, Fault> {
        let number = self.records.line();
        let text = match self.records.text() {
            Ok(text) => text.trim(),
            Err(message) => return Ok(Raw::unread(number, message)),
        };
        if !self.started && text.starts_with('[') {
            let message = "a JSON array; write one object a line, as `jq -c '.[]'` does";
            return Err(Fault::malformed(number, message));
        }
        self.started = true;
        let cells = cells(text, mapping, self.max_columns);
        Ok(Raw::of(number, cells))
    }

    /// The number of the line that was read last.
    pub(super) fn number(&self) -> u64 {
        self.records.line()
    }
}

fn cells<'a>(text: &str, mapping: &Mapping, max_columns: usize) -> Result<Vec<Cell<'a>>, String> {
    if nesting(text) > MAX_DEPTH {
        return Err(format!(
            "nested deeper than {MAX_DEPTH} levels; write one flat object a line"
        ));
    }
    let Members(members) = serde_json::from_str(text).map_err(|fault| no_object(&fault))?;
    if members.len() > max_columns {
        return Err(format!(
            "{} members; at most {max_columns} are allowed",
            members.len()
        ));
    }
    let mut cells = Vec::<Cell<'a>>::with_capacity(members.len());
    let mut faults = Vec::new();
    for (name, value) in members {
        match mapping.target(&name) {
            Ok(Target::Ignored) => {}
            Ok(target) if cells.iter().any(|cell| cell.target == target) => {
                faults.push(format!(
                    "member `{}` fills `{}` a second time; keep one",
                    short_escaped(&name),
                    target.name()
                ));
            }
            Ok(target) => cells.push(Cell {
                target,
                text: cell(target, value),
                theirs: Cow::Owned(name),
            }),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(cells)
    } else {
        Err(faults.join("; "))
    }
}

fn no_object(fault: &serde_json::Error) -> String {
    let shown = fault.to_string();
    // The parser saw one line only, so its own line number misleads.
    let reason = shown
        .rsplit_once(" at line ")
        .map_or(shown.as_str(), |(reason, _)| reason);
    let reason = short(reason);
    format!(
        "no JSON object: {reason} at byte {} of the line; write one object a line",
        fault.column()
    )
}

/// The text of a value, none to clear the column.
fn cell<'a>(target: Target, value: Value) -> Result<Option<Cow<'a, str>>, String> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => whole(target, &number)?,
        Value::Array(tags) if target == Target::Field(Column::Tags) => joined(&tags)?,
        Value::Array(_) => return Err("an array; write text".to_owned()),
        Value::Object(_) => return Err("an object; write text".to_owned()),
    };
    Ok(Some(Cow::Owned(text)))
}

/// Numbers that are not whole, or too long, lose digits on their way through the parser.
fn whole(target: Target, number: &Number) -> Result<String, String> {
    if number.is_f64() && target != Target::Field(Column::Duration) {
        return Err(format!(
            "`{number}` is no whole number of 64 bits; write it as text"
        ));
    }
    Ok(number.to_string())
}

fn joined(tags: &[Value]) -> Result<String, String> {
    let mut joined = Vec::with_capacity(tags.len());
    for tag in tags {
        let tag = tag
            .as_str()
            .ok_or("a tag that is no text; write every tag as text")?;
        if tag.contains(',') {
            return Err(format!(
                "tag `{}` holds a comma; make it two tags",
                short_escaped(tag)
            ));
        }
        joined.push(tag);
    }
    Ok(joined.join(","))
}

/// The members of an object in their order, so that one given twice is seen.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::given::{errors, fault, json, row};

    #[test]
    fn every_kind_of_value_has_its_text() {
        let text = r#"{"guid": 42, "title": "Boats", "tags": ["paper", "boats"], "duration": 12.5, "explicit": false,
            "category": null, "link": "", "media_size": 73400320}"#
            .replace('\n', "");
        let row = row(json(text));
        assert_eq!(row.guid.as_str(), "42");
        let expected = [
            (Column::Title, Some("Boats")),
            (Column::Tags, Some("paper,boats")),
            (Column::Duration, Some("12.5")),
            (Column::Explicit, Some("false")),
            (Column::Category, None),
            (Column::Link, None),
            (Column::MediaSize, Some("73400320")),
        ];
        let expected = expected.map(|(column, text)| (column, text.map(str::to_owned)));
        assert_eq!(row.patch, expected);
    }

    #[test]
    fn rows_are_counted_by_lines_and_blank_ones_passed_over() {
        let rows = json("\u{feff}\n{\"guid\":\"a\"}\r\n \t\n{\"guid\":\"b\"}").unwrap();
        let numbers = rows.iter().map(|row| row.as_ref().unwrap().number);
        assert_eq!(numbers.collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn a_wrong_line_is_an_error_of_its_own() {
        for (line, part) in [
            (
                r#"{"guid":"b","title":"x",}"#,
                "no JSON object: trailing comma at byte",
            ),
            (r#"{"guid":"b"},"#, "trailing characters"),
            (r#"{"guid":"b""#, "EOF while parsing"),
            ("5", "expected an object"),
            ("[]", "expected an object"),
            (
                r#"{"guid":"b","titel":"x"}"#,
                "unknown column `titel`, did you mean `title`?",
            ),
            (
                r#"{"guid":"b","title":{}}"#,
                "column `title`: an object; write text",
            ),
            (
                r#"{"guid":"b","title":["x"]}"#,
                "column `title`: an array; write text",
            ),
            (
                r#"{"guid":"b","tags":["x,y"]}"#,
                "column `tags`: tag `x,y` holds a comma",
            ),
            (
                r#"{"guid":"b","tags":[1]}"#,
                "column `tags`: a tag that is no text",
            ),
            (
                r#"{"guid":123456789012345678901234567890}"#,
                "column `guid`: `1.2345678901234568e+29` is no whole number",
            ),
            (r#"{"guid":"b","media_size":1e999}"#, "number out of range"),
            (
                r#"{"guid":"b","media_size":1.5}"#,
                "`1.5` is no whole number",
            ),
            (
                r#"{"guid":"b","title":"x","title":"y"}"#,
                "member `title` fills `title` a second time",
            ),
            (
                r#"{"title":"x"}"#,
                "column `guid`: a guid must not be empty",
            ),
            (
                r#"{"guid":"b","title":"\u0000"}"#,
                "column `title`: holds a NUL character",
            ),
            (r#"{"guid":"b","title":"\ud800"}"#, "no JSON object"),
        ] {
            let text = format!("{{\"guid\":\"a\"}}\n{line}\n{{\"guid\":\"c\"}}\n");
            let outcome = json(&text);
            assert_eq!(outcome.as_ref().unwrap().len(), 3);
            let [(2, message)] = &errors(outcome)[..] else {
                panic!("one error for {line}")
            };
            assert!(message.contains(part), "{line}: {message}");
        }
    }

    #[test]
    fn an_array_in_place_of_lines_is_a_fault_with_a_cure() {
        for text in ["[{\"guid\":\"a\"}]", "\n [\n{\"guid\":\"a\"}\n]\n"] {
            let fault = fault(json(text));
            assert!(
                fault.contains("a JSON array") && fault.contains("jq -c"),
                "{fault}"
            );
        }
        assert!(fault(json("\n\n")).contains("the file is empty"));
    }

    #[test]
    fn deep_nesting_is_refused_before_it_is_parsed() {
        let bomb = format!(
            "{{\"guid\":{}1{}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let [(1, message)] = &errors(json(bomb))[..] else {
            panic!("one error")
        };
        assert!(
            message.contains("nested deeper than 16 levels"),
            "{message}"
        );
    }

    #[test]
    fn bytes_that_are_no_text_spoil_their_line_alone() {
        let found = errors(json(
            b"{\"guid\":\"a\"}\n{\"guid\":\"\xFF\"}\n{\"guid\":\"c\"}\n",
        ));
        let [(2, message)] = &found[..] else {
            panic!("one error")
        };
        assert!(message.contains("offset 22 "), "{message}");
    }

    #[test]
    fn what_an_export_adds_is_passed_over_in_any_shape() {
        let text = r#"{"guid":"a","creator":"demo","state":"waiting","holds":["kids"],"remote_ids":[],"conflict":false,"title":"x"}"#;
        assert_eq!(
            row(json(text)).patch,
            [(Column::Title, Some("x".to_owned()))]
        );
    }
}
