//! Reads an input to its end as an import does, and holds what comes out against what is promised of rows.

use std::{collections::HashSet, sync::LazyLock};

use mcnd::{
    config::Config,
    sources::{Format, Input, Mapping, Rows},
};

static CONFIG: LazyLock<Config> = LazyLock::new(Config::default);

/// Reads all rows; without a format the first bytes tell it.
pub fn read(bytes: &[u8], format: Option<Format>) {
    let limits = &CONFIG.import;
    let Ok(mut input) = Input::open(bytes, limits) else {
        return;
    };
    let format = match (format, input.start()) {
        (Some(format), _) => format,
        (None, Ok(start)) => Format::guess("-", start),
        (None, Err(_unreadable)) => return,
    };
    let creator = "demo".parse().expect("`demo` is a creator id");
    let mapping = Mapping::default().for_creator(creator);
    let Ok(mut rows) = Rows::read(input, format, mapping, limits) else {
        return;
    };
    let mut guids = HashSet::new();
    let mut faulty = false;
    for row in rows.by_ref() {
        assert!(!faulty, "a row after a fault");
        match row {
            Ok(Ok(row)) => assert!(guids.insert(row.guid), "a guid came twice"),
            Ok(Err(wrong)) => assert!(!wrong.message.is_empty()),
            Err(fault) => {
                assert!(!fault.to_string().is_empty(), "a fault without words");
                faulty = true;
            }
        }
    }
    assert!(rows.next().is_none(), "a row after the end");
}
