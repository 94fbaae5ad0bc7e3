//! JSON Lines of any bytes: packed or not, in any encoding.

#![no_main]

mod rows;

use libfuzzer_sys::fuzz_target;
use mcnd::sources::Format;

fuzz_target!(|bytes: &[u8]| rows::read(bytes, Some(Format::JsonLines)));
