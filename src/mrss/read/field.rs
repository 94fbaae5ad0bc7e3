//! The text of an element while it is read.

use super::{draft::Form, words::Field};

/// The text that is being read.
#[derive(Default)]
pub(super) struct OpenField {
    pub(super) field: Option<Field>,
    pub(super) line: u64,
    pub(super) text: String,
    pub(super) form: Form,
    /// What an attribute says of it: the text in its place, or a restriction's relationship.
    pub(super) attribute: Option<String>,
}

impl OpenField {
    /// Whether markup within is part of the text.
    pub(super) fn holds_markup(&self) -> bool {
        matches!(
            self.field,
            Some(
                Field::Title
                    | Field::Description
                    | Field::Story
                    | Field::Summary
                    | Field::MediaTitle
                    | Field::MediaDescription
            )
        )
    }

    /// Takes an element within the text as HTML.
    pub(super) fn markup(&mut self, before: &str, name: &str) {
        if self.form != Form::Markup {
            self.text = as_html(&self.text);
            self.form = Form::Markup;
        }
        self.text.push_str(before);
        self.text.push_str(name);
        self.text.push('>');
    }

    /// Adds text, as HTML where the rest is.
    pub(super) fn push(&mut self, text: &str) {
        if self.form == Form::Markup && text.contains(['&', '<']) {
            self.text.push_str(&as_html(text));
        } else {
            self.text.push_str(text);
        }
    }
}

fn as_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
