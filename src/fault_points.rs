//! Named points at which a test lets the process die, or a panic happen, in the middle of its work.
//!
//! Only debug builds have them: a release build compiles none of it and reads no variable.

/// Ends the process at once, as `kill -9` does, where the variable `MCND_DIE_AT` names this point: `import.before_commit`
/// the first time it is passed, `import.before_commit:3` the third time, `import.before_commit:1-3` each of the first
/// three times. `MCND_PANIC_AT` makes it a panic instead.
#[cfg(debug_assertions)]
pub fn pass(point: &str) {
    use std::sync::LazyLock;

    static DEATH: LazyLock<Option<Fault>> = LazyLock::new(|| Fault::chosen("MCND_DIE_AT"));
    static PANIC: LazyLock<Option<Fault>> = LazyLock::new(|| Fault::chosen("MCND_PANIC_AT"));
    if DEATH.as_ref().is_some_and(|fault| fault.is_due(point)) {
        std::process::abort();
    }
    let panics = PANIC.as_ref().is_some_and(|fault| fault.is_due(point));
    assert!(!panics, "`MCND_PANIC_AT` names `{point}`");
}

/// A point that a variable names, and which times it is meant.
#[cfg(debug_assertions)]
struct Fault {
    point: String,
    turns: std::ops::RangeInclusive<usize>,
    passed: std::sync::atomic::AtomicUsize,
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
            passed: std::sync::atomic::AtomicUsize::new(0),
        })
    }

    fn is_due(&self, point: &str) -> bool {
        use std::sync::atomic::Ordering;

        self.point == point
            && self
                .turns
                .contains(&(self.passed.fetch_add(1, Ordering::Relaxed) + 1))
    }
}

/// Nothing: this is a release build.
#[cfg(not(debug_assertions))]
pub fn pass(_point: &str) {}
