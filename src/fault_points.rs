//! Named points at which a test lets the process die in the middle of its work.
//!
//! Only debug builds have them: a release build compiles none of it and reads no variable.

/// Ends the process at once, as `kill -9` does, where the variable `MCND_DIE_AT` names this point: `import.before_commit`
/// the first time it is passed, `import.before_commit:3` the third time.
#[cfg(debug_assertions)]
pub fn pass(point: &str) {
    use std::sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    };

    static CHOSEN: LazyLock<Option<(String, usize)>> = LazyLock::new(chosen);
    static PASSED: AtomicUsize = AtomicUsize::new(0);
    if let Some((name, turn)) = &*CHOSEN
        && name == point
        && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *turn
    {
        std::process::abort();
    }
}

/// The point that the variable names, and which time it is meant.
#[cfg(debug_assertions)]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not a setting: release builds have none"
)]
fn chosen() -> Option<(String, usize)> {
    let chosen = std::env::var("MCND_DIE_AT").ok()?;
    let (name, turn) = chosen.split_once(':').unwrap_or((&chosen, "1"));
    let turn = turn
        .parse()
        .expect("`MCND_DIE_AT` holds a point or `point:turn`");
    Some((name.to_owned(), turn))
}

/// Nothing: this is a release build.
#[cfg(not(debug_assertions))]
pub fn pass(_point: &str) {}
