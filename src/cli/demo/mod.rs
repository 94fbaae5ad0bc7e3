//! `mcnd demo`.

use super::{
    console::Console,
    failure::{Done, Failure},
};

/// Runs until Ctrl-C, or with `--once` until no video is waiting without a hold.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// End when no video is waiting without a hold, with a summary that accounts for every video
    #[arg(long)]
    pub(super) once: bool,
}

#[expect(clippy::unused_async, reason = "the demo waits once it exists")]
pub(super) async fn run(_args: Args, _console: &mut Console) -> Done {
    Err(Failure::Refused(
        "this program was built without its demo".to_owned(),
    ))
}
