//! Who runs a command, as the audit and timelines name them.

use crate::model::Actor;

/// The operating system's name of whoever runs this command, or their number where it has none.
pub(super) fn whoever() -> Actor {
    let number = || rustix::process::getuid().as_raw().to_string();
    let user = whoami::username().unwrap_or_else(|_nameless| number());
    Actor::command_line(&user)
}
