//! A text as a picture that a phone's camera reads (ISO/IEC 18004).

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// Blank squares around, which readers ask for.
const MARGIN: usize = 4;

/// The dark squares of a picture.
pub(super) struct Picture {
    /// Squares of a side, with the margin.
    pub(super) side: usize,
    /// Runs of dark squares as the data of an SVG path, one unit a square.
    pub(super) path: String,
}

impl Picture {
    /// The picture of a text; none of one that is too long for any.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (at, color) in code.into_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (x, y) = (at % width + MARGIN, at / width + MARGIN);
                let _always = write!(path, "M{x} {y}h1v1h-1z");
            }
        }
        Some(Self {
            side: width + 2 * MARGIN,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_corners_have_the_squares_by_which_readers_find_it() {
        let picture = Picture::of("otpauth://totp/mcnd:ann?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let last = picture.side - MARGIN - 1;
        for (x, y) in [(MARGIN, MARGIN), (last, MARGIN), (MARGIN, last)] {
            assert!(picture.path.contains(&format!("M{x} {y}h1")), "{x} {y}");
        }
        assert!(!picture.path.contains("M0 "));
        assert!(Picture::of(&"x".repeat(10_000)).is_none());
    }
}
