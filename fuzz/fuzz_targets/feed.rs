//! Feeds of any bytes, and whatever else their first bytes look like.

#![no_main]

mod rows;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| rows::read(bytes, None));
