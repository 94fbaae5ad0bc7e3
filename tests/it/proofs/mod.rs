//! Promises under faults that need means of the machine: mounted volumes, injected errors, thousands of sockets.
//!
//! `.ci/proofs` runs them, in a mount namespace of their own; other runs leave them out.

mod disk;
mod power_cut;
mod slow_clients;
mod starved;
mod volume;

/// Prints a figure, so that a proof can be read.
#[expect(clippy::print_stdout, reason = "figures are what a proof is run for")]
fn say(figure: &str) {
    println!("{figure}");
}
