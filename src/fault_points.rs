//! Named points at which a test lets the process die, a panic happen or the storage fail, in the middle of its work.
//!
//! Only debug builds have them: a release build compiles none of it and reads no variable.

#[cfg(debug_assertions)]
use std::{
    ops::RangeInclusive,
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

#[cfg(debug_assertions)]
static FAILING: AtomicBool = AtomicBool::new(false);

/// Ends the process at once, as `kill -9` does, where the variable `MCND_DIE_AT` names this point: `import.before_commit`
/// the first time it is passed, `import.before_commit:3` the third time, `import.before_commit:1-3` each of the first
/// three times. `MCND_PANIC_AT` makes it a panic instead; `MCND_FAIL_AT` lets the storage fail from then on.
#[cfg(debug_assertions)]
pub fn pass(point: &str) {
    static DEATH: LazyLock<Option<Fault>> = LazyLock::new(|| Fault::chosen("MCND_DIE_AT"));
    static PANIC: LazyLock<Option<Fault>> = LazyLock::new(|| Fault::chosen("MCND_PANIC_AT"));
    static FAILURE: LazyLock<Option<Fault>> = LazyLock::new(|| Fault::chosen("MCND_FAIL_AT"));
    let is_due = |chosen: &Option<Fault>| chosen.as_ref().is_some_and(|fault| fault.is_due(point));
    if is_due(&DEATH) {
        std::process::abort();
    }
    assert!(!is_due(&PANIC), "`MCND_PANIC_AT` names `{point}`");
    if is_due(&FAILURE) {
        FAILING.store(true, Ordering::Relaxed);
    }
}

/// Whether writes can't be made durable any more.
#[cfg(debug_assertions)]
pub fn storage_fails() -> bool {
    FAILING.load(Ordering::Relaxed)
}

/// A point that a variable names, and which times it is meant.
#[cfg(debug_assertions)]
struct Fault {
    point: String,
    turns: RangeInclusive<usize>,
    passed: AtomicUsize,
}

#[cfg(debug_assertions)]
impl Fault {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the tests, not a setting: release builds have none"
    )]
    fn chosen(variable: &str) -> Option<Self> {
        let chosen = std::env::var(variable).ok()?;
        let (point, turns) = chosen.split_once(':').unwrap_or((&chosen, "1"));
        let (first, last) = turns.split_once('-').unwrap_or((turns, turns));
        let turn = |text: &str| {
            text.parse()
                .expect("the variable holds `point`, `point:turn` or `point:first-last`")
        };
        Some(Self {
            point: point.to_owned(),
            turns: turn(first)..=turn(last),
            passed: AtomicUsize::new(0),
        })
    }

    fn is_due(&self, point: &str) -> bool {
        self.point == point
            && self
                .turns
                .contains(&(self.passed.fetch_add(1, Ordering::Relaxed) + 1))
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
