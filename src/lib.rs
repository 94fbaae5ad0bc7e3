//! `mcnd`: the daemon between a multi-channel network's catalog and Dailymotion.

pub mod app;
pub mod backoff;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod http;
pub mod jobs;
pub mod model;
pub mod mrss;
pub mod random;
pub mod simulator;
pub mod sources;
pub mod telemetry;
