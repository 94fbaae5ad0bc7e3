//! The faces: what the outside reaches over HTTP. Parses, asks the app, presents.
//!
//! [`serve`] keeps connections within their limits, [`dress`] does so for requests; the rest is what
//! handlers share.

mod admission;
mod body;
mod callback;
mod client;
mod conditional;
mod document;
mod entry;
mod faces;
mod feeds;
mod head;
mod lanes;
mod layers;
mod limits;
mod listener;
mod operator;
mod ops;
mod path;
mod presented;
mod problem;
mod query;
mod rate;
mod refusals;
mod seen;
mod stream;
mod user_list;
mod wrong_tries;

#[cfg(test)]
mod wire;

pub use body::{BodyFault, Encoding, read_body};
pub use client::ClientAddress;
pub use faces::{Faces, operator_face, public};
pub use layers::{Gate, dress};
pub use limits::Limits;
pub use listener::serve;
pub use operator::{ListedRoute, Needs, Speech, openapi, routes};
pub use presented::Presented;
pub use problem::{Cause, Problem};
pub use query::Query;
pub use seen::RequestId;
pub use wrong_tries::WrongTries;
