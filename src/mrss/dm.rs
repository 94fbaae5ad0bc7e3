//! Elements of Dailymotion's own namespace, as the operator has declared them (contracts/dailymotion-pull.md 4.4).
//!
//! Their names are not public, so none is known here.

use crate::{
    config::{DmAttribute, DmForm, DmMapping},
    model::{ListedVideo, Timestamp},
};

use super::{dates, escape, markup::keywords};

/// The namespace, with the slash that the importer's has (contracts/dailymotion-pull.md 3.2).
pub(super) const NAMESPACE: &str = "http://www.dailymotion.com/dmrss/";

/// One declared element, its tags ready to be copied.
#[derive(Clone, Debug)]
pub(super) struct Element {
    attribute: DmAttribute,
    form: DmForm,
    opening: String,
    closing: String,
}

impl From<&DmMapping> for Element {
    fn from(mapping: &DmMapping) -> Self {
        Self {
            attribute: mapping.attribute,
            form: mapping.form,
            opening: format!("<dm:{}>", mapping.element),
            closing: format!("</dm:{}>\n", mapping.element),
        }
    }
}

impl Element {
    /// Writes what the video says of this attribute; nothing when it says nothing.
    pub(super) fn write(&self, out: &mut Vec<u8>, video: &ListedVideo<'_>) {
        match self.attribute {
            DmAttribute::MadeForKids => self.flag(out, video.made_for_kids),
            DmAttribute::Private => self.flag(out, video.private),
            DmAttribute::Explicit => self.flag(out, video.explicit),
            DmAttribute::Language => self.text(out, video.language),
            DmAttribute::Country => self.text(out, video.country),
            DmAttribute::Geo => self.text(out, video.geo),
            DmAttribute::Category => self.text(out, video.category),
            DmAttribute::Tags => self.tags(out, video.tags),
            DmAttribute::PublishedAt => self.moment(out, video.published_at),
            DmAttribute::StartsAt => self.moment(out, video.starts_at),
            DmAttribute::EndsAt => self.moment(out, video.ends_at),
        }
    }

    fn flag(&self, out: &mut Vec<u8>, flag: Option<bool>) {
        let Some(flag) = flag else { return };
        let [no, yes] = match self.form {
            DmForm::YesNo => ["no", "yes"],
            DmForm::OneZero => ["0", "1"],
            _ => ["false", "true"],
        };
        self.text(out, Some(if flag { yes } else { no }));
    }

    fn moment(&self, out: &mut Vec<u8>, moment: Option<Timestamp>) {
        let Some(moment) = moment else { return };
        self.around(out, |out| match self.form {
            DmForm::Rfc822 => dates::rfc_822(out, moment),
            DmForm::Epoch => dates::epoch(out, moment),
            _ => dates::iso_8601(out, moment),
        });
    }

    fn text(&self, out: &mut Vec<u8>, text: Option<&str>) {
        let Some(text) = text else { return };
        self.around(out, |out| escape::text(out, text));
    }

    fn tags(&self, out: &mut Vec<u8>, tags: Option<&str>) {
        let Some(tags) = tags else { return };
        self.around(out, |out| keywords(out, tags));
    }

    fn around(&self, out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(self.opening.as_bytes());
        content(out);
        out.extend_from_slice(self.closing.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Level, mrss::samples};

    fn written(attribute: DmAttribute, form: DmForm, video: &ListedVideo<'_>) -> String {
        let mapping = DmMapping {
            attribute,
            element: "x".to_owned(),
            level: Level::Item,
            form,
        };
        let mut out = Vec::new();
        Element::from(&mapping).write(&mut out, video);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_form_of_a_flag_says_yes_and_no() {
        for (form, no, yes) in [
            (DmForm::Text, "false", "true"),
            (DmForm::TrueFalse, "false", "true"),
            (DmForm::YesNo, "no", "yes"),
            (DmForm::OneZero, "0", "1"),
        ] {
            let mut video = samples::paper_boats();
            video.made_for_kids = Some(true);
            video.private = Some(false);
            let of = |attribute| written(attribute, form, &video);
            assert_eq!(
                of(DmAttribute::MadeForKids),
                format!("<dm:x>{yes}</dm:x>\n")
            );
            assert_eq!(of(DmAttribute::Private), format!("<dm:x>{no}</dm:x>\n"));
            assert_eq!(of(DmAttribute::Explicit), "");
        }
    }

    #[test]
    fn every_form_of_a_time_is_the_same_moment() {
        let video = samples::paper_boats();
        for (form, text) in [
            (DmForm::Text, "2026-09-01T09:00:00Z"),
            (DmForm::Iso8601, "2026-09-01T09:00:00Z"),
            (DmForm::Rfc822, "Tue, 01 Sep 2026 09:00:00 +0000"),
            (DmForm::Epoch, "1788253200"),
        ] {
            for attribute in [DmAttribute::PublishedAt, DmAttribute::StartsAt] {
                let expected = format!("<dm:x>{text}</dm:x>\n");
                assert_eq!(written(attribute, form, &video), expected);
            }
            assert_eq!(written(DmAttribute::EndsAt, form, &video), "");
        }
    }

    #[test]
    fn texts_are_escaped_and_tags_are_parted_by_blanks_too() {
        let mut video = samples::paper_boats();
        video.language = Some("<fr>");
        video.country = Some("FR");
        for (attribute, text) in [
            (DmAttribute::Language, "&#x3C;fr&#x3E;"),
            (DmAttribute::Country, "FR"),
            (DmAttribute::Geo, "deny AT DE"),
            (DmAttribute::Category, "creation"),
            (DmAttribute::Tags, "paper, boats"),
        ] {
            let expected = format!("<dm:x>{text}</dm:x>\n");
            assert_eq!(written(attribute, DmForm::Text, &video), expected);
        }
    }
}
