//! The commands as scripts meet them: what they print, what they change, how they exit.

mod config;
mod credential;
mod feed_check;
mod import;
mod import_feed;
mod serve;
mod source;
