//! The daemon dies in the middle of its work, at random moments and at each fault point, or finds no room for it: what
//! it promised holds.

mod alarms;
mod bulk;
mod callbacks;
mod damage;
mod failed_writes;
mod failover;
mod import_files;
mod imports;
mod loops;
mod lost_log;
mod migrations;
mod no_room;
mod oracle;
mod panics;
mod postgres;
mod rules;
pub(crate) mod site;
mod webhooks;
