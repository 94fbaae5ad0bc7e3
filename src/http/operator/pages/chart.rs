//! A day as bars: one for each hour, drawn without a line of style so that the content policy holds.

use crate::model::{Hour, Timestamp};

use super::text::Number;

/// How high the highest bar is, in units of the drawing.
const HEIGHT: i64 = 100;
/// An hour in which something happened shows at least this much.
const LEAST: i64 = 3;

/// A row of bars of one scale.
pub(super) struct Chart {
    pub(super) hours: Vec<Bar>,
    /// What the highest bar stands for.
    pub(super) most: Number,
    /// What all bars together stand for, the lower and the upper part apart.
    pub(super) sums: [Number; 2],
}

/// The bar of an hour: two parts, one on the other.
pub(super) struct Bar {
    pub(super) since: Timestamp,
    /// The hour of the day (UTC).
    pub(super) name: String,
    pub(super) counts: [Number; 2],
    /// The edges of the parts, from the top.
    pub(super) lower: Part,
    pub(super) upper: Part,
}

/// A part of a bar.
pub(super) struct Part {
    pub(super) top: i64,
    pub(super) height: i64,
}

impl Chart {
    /// Bars of a day, each of two counts; one of them may be nothing.
    pub(super) fn of(day: &[Hour], counts: impl Fn(&Hour) -> [i64; 2]) -> Self {
        let counted = day.iter().map(|hour| (hour.since, counts(hour)));
        Self::drawn(&counted.collect::<Vec<_>>())
    }

    /// Bars of hours, each of two counts.
    pub(super) fn drawn(counted: &[(Timestamp, [i64; 2])]) -> Self {
        let most = counted.iter().map(|(_, [a, b])| a + b).max().unwrap_or(0);
        let sum = |part: usize| Number(counted.iter().map(|(_, counts)| counts[part]).sum());
        Self {
            sums: [sum(0), sum(1)],
            most: Number(most),
            hours: counted
                .iter()
                .map(|(since, counts)| bar(*since, *counts, most))
                .collect(),
        }
    }

    /// Whether nothing happened.
    pub(super) fn is_empty(&self) -> bool {
        self.most.is_zero()
    }
}

fn bar(since: Timestamp, counts: [i64; 2], most: i64) -> Bar {
    let height = |count: i64| match count {
        0 => 0,
        // A hundredfold of any count of videos fits.
        some => (some.saturating_mul(HEIGHT) / most.max(1)).max(LEAST),
    };
    let (lower, upper) = (height(counts[0]), height(counts[1]));
    let lower = lower.min(HEIGHT - upper);
    Bar {
        since,
        name: since.to_utc().format("%H").to_string(),
        counts: counts.map(Number),
        lower: Part {
            top: HEIGHT - lower,
            height: lower,
        },
        upper: Part {
            top: HEIGHT - lower - upper,
            height: upper,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_drawing_and_small_ones_are_seen() {
        let hour = |ready, refused| Hour {
            since: Timestamp::from_millis(3_600_000),
            added: 0,
            ready,
            refused,
        };
        let day = [hour(900, 100), hour(0, 0), hour(1, 0), hour(9_999, 1)];
        let chart = Chart::of(&day, |hour| [hour.ready, hour.refused]);
        assert_eq!((chart.most, chart.sums[1]), (Number(10_000), Number(101)));
        let parts = |at: usize| {
            let Bar { lower, upper, .. } = &chart.hours[at];
            [lower.top, lower.height, upper.top, upper.height]
        };
        assert_eq!(parts(0), [91, 9, 88, 3]);
        assert_eq!(parts(1), [100, 0, 100, 0]);
        assert_eq!(parts(2), [97, 3, 97, 0]);
        assert_eq!(parts(3), [3, 97, 0, 3]);
        assert_eq!(chart.hours[0].name, "01");
        assert!(Chart::of(&day[1..2], |hour| [hour.ready, 0]).is_empty());
    }
}
