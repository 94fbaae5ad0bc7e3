//! Every integration test of `mcnd`, in one target, so that the package is linked once.

#![cfg(test)]

mod alarms;
mod audit;
mod bulk;
mod catalog;
mod cli;
mod clients;
mod crash;
mod demo;
mod harness;
mod house;
mod http;
mod import_lock;
mod load;
mod proofs;
mod pulls;
mod story;
mod traces;
