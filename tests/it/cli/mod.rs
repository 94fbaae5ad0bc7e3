//! The commands as scripts meet them: what they print, what they change, how they exit.

mod backup;
mod bulk;
mod config;
mod credential;
mod doctor;
mod import;
mod replay;
mod serve;
