//! What the API's document says, held against what the API does.

use mcnd::{http, model::Role};
use serde_json::Value;

use crate::harness::{app::TestApp, databases::TestDatabase};

fn document() -> Value {
    serde_json::to_value(http::openapi()).unwrap()
}

/// The schema itself, where it is only named.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => document.pointer(&name[1..]).expect(name),
        None => schema,
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let each = item.as_object().unwrap().iter();
        each.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    })
}

#[test]
fn every_operation_is_told_apart_and_described() {
    let document = document();
    let mut ids = Vec::new();
    for (method, path, operation) in operations(&document) {
        let named = |member: &str| operation[member].as_str().filter(|text| !text.is_empty());
        assert!(named("summary").is_some(), "{method} {path}");
        ids.push(named("operationId").unwrap());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let schema = resolved(&document, &parameter["schema"]);
            let told = parameter["description"]
                .as_str()
                .or(schema["description"].as_str());
            let in_path = parameter["in"] == "path";
            assert!(in_path || told.is_some(), "{method} {path}: {parameter}");
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "two operations have one id");
}

#[test]
fn whatever_the_document_refers_to_is_there() {
    let document = document();
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let place = part.split('"').next().unwrap();
        assert!(document.pointer(place).is_some(), "{place}");
    }
}

#[test]
fn no_object_that_is_sent_has_room_for_members_that_are_refused() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let schema = resolved(&document, schema);
        let each = match schema["oneOf"].as_array() {
            Some(each) => each.iter().collect(),
            None => vec![schema],
        };
        for object in each.into_iter().filter(|object| !object.is_null()) {
            let object = resolved(&document, object);
            let null = object["type"] == "null";
            assert!(
                null || object["additionalProperties"] == false,
                "{method} {path}: {object}"
            );
        }
    }
}

/// Each word that the document gives a parameter is asked for, and one that it does not give.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_take_the_words_of_the_document_and_no_others() {
    let test = TestApp::start(TestDatabase::sqlite(), &[]).await;
    let signed = test.signed(Role::Owner).await;
    let document = document();
    let mut asked = 0;
    for (method, path, operation) in operations(&document) {
        if method != "get" || path.contains('{') {
            continue;
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let schema = resolved(&document, &parameter["schema"]);
            let words = schema["enum"].as_array().into_iter().flatten();
            let name = parameter["name"].as_str().unwrap();
            let mut given = words
                .map(|word| (word.as_str().unwrap(), 200))
                .collect::<Vec<_>>();
            if !given.is_empty() {
                given.push(("elsewhere", 400));
            }
            for (word, status) in given {
                asked += 1;
                let address = format!("{path}?{name}={word}");
                signed.get(&test, &address).await.expect(status);
            }
        }
    }
    assert!(asked > 30, "only {asked} words were asked for");
}
