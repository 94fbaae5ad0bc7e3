//! The commands as scripts meet them: what they print, what they change, how they exit.

mod access;
mod alarm;
mod backup;
mod bulk;
mod config;
mod credential;
mod doctor;
mod feed_check;
mod import;
mod import_feed;
mod no_database;
mod reach;
mod reasons;
mod replay;
mod restore;
mod rules;
mod serve;
mod source;
mod watch;
