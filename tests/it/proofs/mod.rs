//! Promises under faults that need means of the machine: mounted volumes, injected errors, thousands of sockets.
//!
//! `.ci/proofs` runs them, in a mount namespace of their own; other runs leave them out.

mod disk;
mod power_cut;
mod slow_clients;
mod volume;
