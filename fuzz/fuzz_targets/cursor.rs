//! The place in a feed that a reader hands back: refused, or the very place that its own text form names.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mcnd::model::Cursor;

fuzz_target!(|text: &str| {
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
});
