//! The faces as their clients meet them: a file per face, and one for what all have in common.

mod callback;
mod callback_access;
mod callback_effects;
mod feed;
mod general;
mod user_list;
mod validators;
