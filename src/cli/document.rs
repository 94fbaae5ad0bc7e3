//! JSON documents that commands take: from a file, or from standard input.

use std::{fs, io::Read as _};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::failure::{Done, Failure};

/// Reads a document from a file; `-` is standard input. Members that it does not have are refused.
pub(super) fn read<T: DeserializeOwned + Serialize>(file: &str) -> Done<T> {
    let text = if file == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map(|_length| text)
    } else {
        fs::read_to_string(file)
    };
    let text = text.map_err(|error| refused(file, &error.to_string()))?;
    parse(&text).map_err(|why| refused(file, &why))
}

fn parse<T: DeserializeOwned + Serialize>(text: &str) -> Result<T, String> {
    let given: Map<String, Value> =
        serde_json::from_str(text).map_err(|odd| format!("no JSON object: {odd}"))?;
    let read = T::deserialize(Value::Object(given.clone())).map_err(|odd| odd.to_string())?;
    let known = serde_json::to_value(&read).map_err(|odd| odd.to_string())?;
    match given.keys().find(|name| known.get(name).is_none()) {
        Some(unknown) => Err(format!("there is no member `{unknown}`")),
        None => Ok(read),
    }
}

fn refused(file: &str, why: &str) -> Failure {
    Failure::Refused(format!("`{file}` can't be used: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preflight;

    #[test]
    fn a_document_has_all_its_members_and_no_others() {
        let rules = parse::<Preflight>(r#"{"categories":["news"],"check_category":true}"#).unwrap();
        assert_eq!(rules.categories, ["news"]);
        for odd in [
            "",
            "[]",
            "{}",
            r#"{"categories":["news"]}"#,
            r#"{"categories":["news"],"check_category":true,"check":1}"#,
        ] {
            assert!(parse::<Preflight>(odd).is_err(), "{odd}");
        }
    }
}
