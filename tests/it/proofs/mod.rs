//! Promises under faults that need means of the machine: mounted volumes, injected errors, thousands of sockets.
//!
//! `.ci/proofs` runs them, in a mount namespace of their own; other runs leave them out.

mod disk;
mod overload;
mod power_cut;
mod slow_clients;
mod starved;
mod volume;

use std::time::Duration;

/// What all but a hundredth of some times are within.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// Prints a figure, so that a proof can be read.
#[expect(clippy::print_stdout, reason = "figures are what a proof is run for")]
fn say(figure: &str) {
    println!("{figure}");
}
