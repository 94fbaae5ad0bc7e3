//! `mcnd`: the daemon between a multi-channel network's catalog and Dailymotion.
//!
//! It serves Dailymotion's crawler a user list and one feed per creator, takes the injector's callbacks, and takes
//! imported videos out of the feeds.
//!
//! # The map
//!
//! | module | what |
//! |---|---|
//! | [`model`] | the words of the business and the rules between them; pure |
//! | [`config`] | settings: read in layers, checked once |
//! | [`catalog`] | the store, on SQLite and Postgres; the only SQL |
//! | [`mrss`] | Media RSS as a format |
//! | [`sources`] | CSV and JSON Lines: foreign rows into ours |
//! | [`app`] | what the service does, once, for every face, job and command |
//! | [`jobs`] | when things happen by themselves |
//! | [`http`] | the faces: parse, ask the app, present |
//! | [`daemon`] | the composition root: started and stopped in order |
//! | [`cli`] | the operator's hands |
//! | [`simulator`] | a pretend Dailymotion; knows only the wire |
//! | [`outbound`] | the one place that sends requests into the world, and refuses to send them elsewhere |
//! | [`backoff`], [`clock`], [`fault_points`], [`random`], [`telemetry`] | small parts that anyone may use |
//!
//! # Who may import whom
//!
//! `cli` and `daemon` know everything below them; `http` and `jobs` know `app`; `app` knows `catalog`, `mrss` and `sources`,
//! which never know each other; all of them know `model`, which knows nothing of ours. The simulator imports nothing of
//! ours, and nothing but `cli` and tests imports it. `tests/it/house` holds the whole table and enforces it.

pub mod app;
pub mod backoff;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod fault_points;
pub mod http;
pub mod jobs;
pub mod model;
pub mod mrss;
pub mod outbound;
pub mod random;
pub mod simulator;
pub mod sources;
pub mod telemetry;
