//! The body of a callback: any bytes are taken apart within the limits, and what is kept of an event reads back as it was.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mcnd::{
    app::read_callback,
    config::Config,
    model::{Element, nesting},
};

static CONFIG: LazyLock<Config> = LazyLock::new(Config::default);

fuzz_target!(|body: &[u8]| {
    let limits = &CONFIG.callback;
    let Ok(elements) = read_callback(body, limits) else {
        return;
    };
    assert!(elements.len() <= limits.max_events);
    for element in elements {
        assert!(element.raw.len() <= limits.max_event_bytes);
        let text = str::from_utf8(&element.raw).expect("what is kept is JSON");
        assert!(nesting(text) <= limits.max_depth);
        assert_eq!(Element::read(&element.raw), element);
    }
});
