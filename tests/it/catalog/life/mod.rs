//! The life of a video against both stores: random histories beside a model of it, and events in every order.

mod histories;
mod model;
mod orders;
mod service;
mod steps;
