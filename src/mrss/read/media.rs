//! The media of an item, and which one of them is taken.

use std::cmp::Reverse;

use super::{
    attributes::Attributes,
    draft::{Address, Level},
    kind::{Kind, essence, kind},
    numbers,
};
use crate::model::short_escaped;

/// One media file, as far as it is described.
pub(super) struct Media {
    pub(super) address: Address,
    pub(super) kind: Kind,
    mime: String,
    sample: bool,
    pub(super) width: Option<i64>,
    pub(super) height: Option<i64>,
    bit_rate: i64,
    pub(super) size: Option<i64>,
    pub(super) duration: Option<i64>,
    pub(super) language: Option<String>,
    /// Numbers that were no use, each with its cure.
    pub(super) odd: Vec<String>,
    /// What is said within the element.
    pub(super) level: Level,
    /// The number of its group.
    pub(super) group: Option<usize>,
}

impl Media {
    /// What the attributes say; `size` names the one that counts bytes.
    pub(super) fn new(
        address: Address,
        attributes: &Attributes<'_>,
        size: &str,
        group: Option<usize>,
    ) -> Self {
        let mut odd = Vec::new();
        let mut number = |name: &str, read: fn(&str) -> Option<i64>, form: &str| {
            let text = attributes.get(name)?;
            let number = read(text);
            if number.is_none() {
                let shown = short_escaped(text);
                odd.push(format!(
                    "`{name}=\"{shown}\"` is no {form}; it is passed over"
                ));
            }
            number
        };
        let mime = attributes.get("type").unwrap_or_default();
        let medium = attributes.get("medium").unwrap_or_default();
        let (width, height) = (
            number("width", numbers::positive, "number of pixels"),
            number("height", numbers::positive, "number of pixels"),
        );
        let size = number(size, numbers::bytes, "size of a file in bytes");
        let duration = number("duration", numbers::seconds, "duration in seconds");
        Self {
            kind: kind(&address.text, mime, medium),
            address,
            mime: essence(mime),
            sample: attributes.get("expression") == Some("sample"),
            width,
            height,
            bit_rate: attributes
                .get("bitrate")
                .and_then(numbers::positive)
                .unwrap_or_default(),
            size,
            duration,
            language: attributes.get("lang").map(numbers::language),
            odd,
            level: Level::default(),
            group,
        }
    }

    /// Its type where it is one that a video of ours may have.
    pub(super) fn video_type(&self) -> Option<&str> {
        let video = self.mime.starts_with("video/") || self.mime == "application/octet-stream";
        video.then_some(self.mime.as_str())
    }

    /// Pixels of the whole picture. Of one side alone, as if it were 16 by 9.
    fn pixels(&self) -> i64 {
        let product = |one: i64, other: i64| one.saturating_mul(other);
        match (self.width, self.height) {
            (Some(width), Some(height)) => product(width, height),
            (None, Some(height)) => product(height, height).saturating_mul(16) / 9,
            (Some(width), None) => product(width, width).saturating_mul(9) / 16,
            (None, None) => 0,
        }
    }
}

/// The one that is taken: video before audio, files before what only looks like one, whole ones before samples, then
/// the most pixels, the highest bit rate, the largest size, and of equals the first. Images and documents are none.
pub(super) fn best(media: &[Media]) -> Option<&Media> {
    media
        .iter()
        .filter(|media| !matches!(media.kind, Kind::Image | Kind::Dropped))
        .min_by_key(|media| {
            (
                media.kind.rank(),
                media.sample,
                Reverse(media.pixels()),
                Reverse(media.bit_rate),
                Reverse(media.size.unwrap_or_default()),
            )
        })
}
