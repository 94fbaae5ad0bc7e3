//! The `mcnd` program.

use std::process::ExitCode;

// SQLite and zstd allocate through it too, which the feed's row path is measured to need.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    mcnd::cli::run()
}
