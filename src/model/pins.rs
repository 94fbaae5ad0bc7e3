//! Fields that operators hold against imports, and how operators edit a video.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use super::{Column, Fields, Judged, Preflight, State, Timestamp, Video};

/// The pinned columns of a video, each with what the source last said of it; none where it said nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<Column, Option<String>>);

impl Pins {
    /// Whether nothing is pinned, as with nearly all videos.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a column is among them.
    pub fn hold(&self, column: Column) -> bool {
        self.0.contains_key(&column)
    }

    /// What the source last said of a pinned column.
    pub fn source(&self, column: Column) -> Option<&str> {
        self.0.get(&column)?.as_deref()
    }

    /// Every pinned column with what the source last said of it.
    pub fn iter(&self) -> impl Iterator<Item = (Column, Option<&str>)> {
        self.0
            .iter()
            .map(|(column, said)| (*column, said.as_deref()))
    }

    /// The pinned columns of whose source the others say something else.
    pub fn differing<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = Column> + 'a {
        let differs = |column: &Column| self.0.get(column) != other.0.get(column);
        self.0.keys().copied().filter(differs)
    }
}

impl fmt::Display for Pins {
    /// As [`Pins::from_str`] reads it: a JSON object of columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.iter().map(|(column, said)| (column.name(), said));
        let object: serde_json::Map<_, _> = named
            .map(|(name, said)| (name.to_owned(), said.into()))
            .collect();
        write!(f, "{}", serde_json::Value::Object(object))
    }
}

impl FromStr for Pins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named: BTreeMap<String, Option<String>> =
            serde_json::from_str(text).map_err(|odd| odd.to_string())?;
        let pins = named
            .into_iter()
            .map(|(name, said)| Ok((name.parse()?, said)));
        pins.collect::<Result<_, String>>().map(Self)
    }
}

/// What an operator changes of a video's fields. Those that change become pinned; unpinned ones get the source's last value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VideoPatch {
    set: BTreeMap<Column, Option<String>>,
    unpin: BTreeSet<Column>,
}

impl VideoPatch {
    /// Gives a column this text; none clears it.
    ///
    /// # Errors
    /// What the column takes; that the patch says two things of it.
    pub fn set(&mut self, column: Column, text: Option<String>) -> Result<(), String> {
        Fields::default().set(column, text.as_deref())?;
        if self.unpin.contains(&column) || self.set.contains_key(&column) {
            return Err("is given twice; give it once".to_owned());
        }
        self.set.insert(column, text);
        Ok(())
    }

    /// Gives a column back to the source.
    ///
    /// # Errors
    /// That the patch gives it a value, too.
    pub fn unpin(&mut self, column: Column) -> Result<(), String> {
        if self.set.contains_key(&column) {
            return Err("is given a value and unpinned; do one of the two".to_owned());
        }
        self.unpin.insert(column);
        Ok(())
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unpin.is_empty()
    }
}

impl Video {
    /// Edits it as an operator says. Answers the columns that changed.
    ///
    /// # Errors
    /// Every column to be unpinned that is not pinned.
    pub fn edit(
        &mut self,
        patch: &VideoPatch,
        preflight: &Preflight,
        now: Timestamp,
    ) -> Result<Vec<Column>, String> {
        let (mut fields, mut pins) = (self.fields.clone(), self.pins.clone());
        let mut problems = Vec::new();
        for column in &patch.unpin {
            let done = match pins.0.remove(column) {
                Some(source) => fields.set(*column, source.as_deref()),
                None => Err("is not pinned".to_owned()),
            };
            problems.extend(done.err().map(|why| wrong(*column, &why)));
        }
        for (column, text) in &patch.set {
            let before = said(&fields, *column);
            if let Err(why) = fields.set(*column, text.as_deref()) {
                problems.push(wrong(*column, &why));
            } else if said(&fields, *column) != before {
                pins.0.entry(*column).or_insert(before);
            }
        }
        if !problems.is_empty() {
            return Err(problems.join("; "));
        }
        self.pins = pins;
        Ok(self.rewrite(preflight.judge(fields), now))
    }

    /// What a source's row makes of it: its fields, and what is kept beside the pinned ones.
    ///
    /// # Errors
    /// The cell that its column can't take.
    pub fn told_by_source(
        &self,
        cells: &[(Column, Option<String>)],
    ) -> Result<(Fields, Pins), String> {
        let (mut fields, mut pins) = (self.fields.clone(), self.pins.clone());
        for (column, cell) in cells {
            let told = match pins.0.get_mut(column) {
                None => fields.set(*column, cell.as_deref()),
                Some(kept) => {
                    let mut source = Fields::default();
                    let told = source.set(*column, cell.as_deref());
                    *kept = said(&source, *column);
                    told
                }
            };
            told.map_err(|why| wrong(*column, &why))?;
        }
        Ok((fields, pins))
    }

    /// Judges it by other rules. Answers whether that changed anything.
    pub fn judge_again(&mut self, preflight: &Preflight, now: Timestamp) -> bool {
        let broken = preflight.broken(&self.fields);
        if broken == self.broken || self.standing.state == State::Removed {
            return false;
        }
        let fields = self.fields.clone();
        self.rewrite(Judged { fields, broken }, now);
        true
    }
}

fn said(fields: &Fields, column: Column) -> Option<String> {
    fields.show(column).map(std::borrow::Cow::into_owned)
}

fn wrong(column: Column, why: &str) -> String {
    format!("column `{}` {why}", column.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::VideoId;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn video() -> Video {
        let mut fields = Fields::default();
        for (column, text) in [
            (Column::Title, "Paper boats"),
            (Column::Category, "creation"),
            (Column::MediaUrl, "https://media.example/b/123.mp4"),
            (Column::MadeForKids, "false"),
        ] {
            fields.set(column, Some(text)).unwrap();
        }
        let (guid, creator) = ("g".parse().unwrap(), "paper".parse().unwrap());
        let judged = Preflight::default().judge(fields);
        Video::new(VideoId::from("v".to_owned()), guid, creator, judged, at(0))
    }

    fn patch(cells: &[(Column, Option<&str>)]) -> VideoPatch {
        let mut patch = VideoPatch::default();
        for (column, text) in cells {
            patch.set(*column, text.map(str::to_owned)).unwrap();
        }
        patch
    }

    fn unpinning(column: Column) -> VideoPatch {
        let mut patch = VideoPatch::default();
        patch.unpin(column).unwrap();
        patch
    }

    #[test]
    fn what_an_edit_changes_becomes_pinned_and_nothing_else() {
        let mut video = video();
        let patch = patch(&[
            (Column::Title, Some("Kites")),
            (Column::Category, Some("creation")),
        ]);
        let changed = video.edit(&patch, &Preflight::default(), at(5)).unwrap();
        assert_eq!(changed, [Column::Title]);
        assert_eq!(video.pins.source(Column::Title), Some("Paper boats"));
        assert!(!video.pins.hold(Column::Category));
        assert_eq!(video.content_at, at(5));
        assert_eq!(video.pins.to_string().parse(), Ok(video.pins.clone()));
    }

    #[test]
    fn an_edit_moves_between_draft_and_waiting() {
        let mut video = video();
        let clear = patch(&[(Column::Title, None)]);
        video.edit(&clear, &Preflight::default(), at(5)).unwrap();
        assert_eq!(video.standing.state, State::Draft);
        let back = unpinning(Column::Title);
        video.edit(&back, &Preflight::default(), at(6)).unwrap();
        assert_eq!(video.standing.state, State::Waiting);
        assert_eq!(video.waiting_since, Some(at(6)));
        assert_eq!(video.fields.title.as_deref(), Some("Paper boats"));
        assert!(video.pins.is_empty());
        assert!(video.edit(&back, &Preflight::default(), at(7)).is_err());
    }

    #[test]
    fn a_source_speaks_beside_a_pin() {
        let mut video = video();
        let patch = patch(&[(Column::Geo, Some("deny DE"))]);
        video.edit(&patch, &Preflight::default(), at(5)).unwrap();
        assert_eq!(video.pins.source(Column::Geo), None);
        let row = [
            (Column::Geo, Some("ALLOW:fr".to_owned())),
            (Column::Tags, Some("a, b".to_owned())),
        ];
        let (fields, pins) = video.told_by_source(&row).unwrap();
        assert_eq!(fields.geo.as_deref(), Some("deny DE"));
        assert_eq!(fields.tags.as_deref(), Some("a,b"));
        assert_eq!(pins.source(Column::Geo), Some("allow FR"));
        let differing: Vec<_> = pins.differing(&video.pins).collect();
        assert_eq!(differing, [Column::Geo]);
    }

    #[test]
    fn a_patch_says_one_thing_of_a_column() {
        let mut patch = patch(&[(Column::Title, None)]);
        assert!(patch.unpin(Column::Title).is_err());
        assert!(patch.set(Column::Title, None).is_err());
        assert!(patch.set(Column::Width, Some("wide".to_owned())).is_err());
    }

    #[test]
    fn other_rules_move_a_video_once() {
        let mut video = video();
        let strict = Preflight {
            categories: Some(vec!["music".to_owned()]),
        };
        assert!(video.judge_again(&strict, at(5)));
        assert_eq!(video.standing.state, State::Draft);
        assert_eq!(video.content_at, at(0));
        assert!(!video.judge_again(&strict, at(6)));
        assert!(video.judge_again(&Preflight::default(), at(7)));
        assert_eq!(video.waiting_since, Some(at(7)));
    }
}
