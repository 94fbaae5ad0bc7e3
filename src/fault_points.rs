//! Named points at which a test lets the process die, or its storage fail, in the middle of its work.
//!
//! Only debug builds have them: a release build compiles none of it and reads no variable.

#[cfg(debug_assertions)]
use std::sync::{
    LazyLock,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

#[cfg(debug_assertions)]
static FAILING: AtomicBool = AtomicBool::new(false);

/// Ends the process at once, as `kill -9` does, where the variable `MCND_DIE_AT` names this point: `import.before_commit`
/// the first time it is passed, `import.before_commit:3` the third time. Where `MCND_FAIL_AT` names it so, the storage
/// fails from then on.
#[cfg(debug_assertions)]
pub fn pass(point: &str) {
    static DEATH: LazyLock<Option<Point>> = LazyLock::new(|| Point::chosen("MCND_DIE_AT"));
    static FAILURE: LazyLock<Option<Point>> = LazyLock::new(|| Point::chosen("MCND_FAIL_AT"));
    let reached = |chosen: &Option<Point>| chosen.as_ref().is_some_and(|it| it.is_reached(point));
    if reached(&DEATH) {
        std::process::abort();
    }
    if reached(&FAILURE) {
        FAILING.store(true, Ordering::Relaxed);
    }
}

/// Whether writes can't be made durable any more.
#[cfg(debug_assertions)]
pub fn storage_fails() -> bool {
    FAILING.load(Ordering::Relaxed)
}

/// A point that a variable names, and which time it is meant.
#[cfg(debug_assertions)]
struct Point {
    name: String,
    turn: usize,
    passed: AtomicUsize,
}

#[cfg(debug_assertions)]
impl Point {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the tests, not a setting: release builds have none"
    )]
    fn chosen(variable: &str) -> Option<Self> {
        let chosen = std::env::var(variable).ok()?;
        let (name, turn) = chosen.split_once(':').unwrap_or((&chosen, "1"));
        Some(Self {
            name: name.to_owned(),
            turn: turn
                .parse()
                .expect("the variable holds a point or `point:turn`"),
            passed: AtomicUsize::new(0),
        })
    }

    fn is_reached(&self, point: &str) -> bool {
        self.name == point && self.passed.fetch_add(1, Ordering::Relaxed) + 1 == self.turn
    }
}

/// Nothing: this is a release build.
#[cfg(not(debug_assertions))]
pub fn pass(_point: &str) {}

/// Never: this is a release build.
#[cfg(not(debug_assertions))]
pub fn storage_fails() -> bool {
    false
}
