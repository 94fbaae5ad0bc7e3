//! The faces as their clients meet them: a file per face, and one for what all have in common.

mod access;
mod audit;
mod callback;
mod callback_access;
mod callback_effects;
mod contention;
mod daemons;
mod feed;
mod general;
mod hang_ups;
mod imports;
mod imports_page;
mod imports_work;
mod locks;
mod lost_answers;
mod matrix;
mod modes;
mod operator;
mod outages;
mod paging;
mod people;
mod secrets;
mod text;
mod user_list;
mod validators;
mod visits;
