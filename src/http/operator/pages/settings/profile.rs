//! The user list's profile, as a form: which shape the document has that names every creator.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    super::{
        Form,
        forms::{Differing, Wrong, differing, refused, stale},
        frame::{Frame, Link},
        lists::done,
        page,
        signed::SignedForm,
        text::Choice,
    },
    meaning, tabs,
};
use crate::{
    app::Error,
    config::{ListAttribute, ListShape, UserList},
    http::{Faces, Problem, document},
    model::Timestamp,
};

const HERE: &str = "/settings/user-list";
/// Rows of pairs that are empty, to be filled.
const SPARE: usize = 2;

#[derive(Template)]
#[template(
    path = "settings/profile.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Profile {
    frame: Frame,
    tabs: Vec<Link>,
    base: String,
    in_force_since: Option<(Timestamp, String)>,
    /// What whoever edits has seen.
    edition: String,
    typed: Typed,
    wrong: Wrong,
    /// Where somebody else has changed it meanwhile: what stands otherwise by now.
    changed: Option<Vec<Differing>>,
}

/// What stands in the fields.
struct Typed {
    shape: String,
    member: String,
    /// Names, each with the word for what stands there.
    fields: Vec<(String, String)>,
    constants: Vec<(String, String)>,
    adopted_only: bool,
    paging: bool,
    page_size: String,
}

impl From<UserList> for Typed {
    fn from(profile: UserList) -> Self {
        let fields = profile.fields.into_iter();
        Self {
            shape: profile.shape.as_str().to_owned(),
            member: profile.member,
            fields: fields
                .map(|(name, attribute)| (name, attribute.as_str().to_owned()))
                .collect(),
            constants: profile.constants,
            adopted_only: profile.adopted_only,
            paging: profile.paging,
            page_size: profile.page_size.to_string(),
        }
    }
}

impl Typed {
    fn of(form: &mut Form) -> Self {
        let pairs = |names, values| {
            let pairs = form.each(names).zip(form.each(values));
            pairs.map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
        };
        let fields = pairs("field", "attribute").filter(|(name, _)| !name.is_empty());
        let constants = pairs("constant", "value");
        let constants = constants.filter(|(name, value)| !name.is_empty() || !value.is_empty());
        Self {
            fields: fields.collect(),
            constants: constants.collect(),
            shape: form.field("shape"),
            member: form.field("member").trim().to_owned(),
            adopted_only: form.field("adopted_only") == "true",
            paging: form.field("paging") == "true",
            page_size: form.field("page_size").trim().to_owned(),
        }
    }

    /// The profile, or everything that is wrong with it.
    fn read(&self) -> Result<UserList, Wrong> {
        let mut wrong = Wrong::default();
        let page_size = self.page_size.parse();
        let page_size = page_size.map_err(|_odd| "must be a whole number from 1 to 10000");
        let attribute = |(name, attribute): &(String, String), wrong: &mut Wrong| {
            let read = attribute.parse::<ListAttribute>();
            let read = read.map_err(|_odd| format!("choose what stands under `{name}`"));
            (
                name.clone(),
                wrong.take("fields", read, ListAttribute::Name),
            )
        };
        let fields = self.fields.iter();
        let profile = UserList {
            shape: wrong.take("shape", self.shape.parse(), ListShape::Array),
            member: self.member.clone(),
            fields: fields.map(|pair| attribute(pair, &mut wrong)).collect(),
            constants: self.constants.clone(),
            adopted_only: self.adopted_only,
            paging: self.paging,
            page_size: wrong.take("page_size", page_size, 1),
        };
        wrong.extend(profile.wrong());
        wrong.unless_wrong(profile)
    }

    fn shapes(&self) -> [Choice; 2] {
        let shapes = [
            (ListShape::Array, "an array of entries"),
            (ListShape::Object, "an object, a member of which holds them"),
        ];
        shapes.map(|(shape, words)| (shape.as_str(), words, self.shape == shape.as_str()))
    }

    /// What an entry holds, row by row: the name, and what may be chosen to stand there.
    fn field_rows(&self) -> Vec<(&str, Vec<Choice>)> {
        let typed = self.fields.iter();
        let typed = typed.map(|(name, attribute)| (name.as_str(), attributes(attribute)));
        let spare = std::iter::repeat_n(("", attributes("")), SPARE);
        typed.chain(spare).collect()
    }

    fn constant_rows(&self) -> Vec<(&str, &str)> {
        let typed = self.constants.iter();
        let typed = typed.map(|(name, value)| (name.as_str(), value.as_str()));
        typed.chain([("", ""); SPARE]).collect()
    }

    fn told(&self) -> [(&'static str, String); 7] {
        let pairs = |pairs: &[(String, String)]| {
            let pairs = pairs.iter().map(|(name, value)| format!("{name}: {value}"));
            pairs.collect::<Vec<_>>().join(", ")
        };
        let flag = |flag| if flag { "yes" } else { "no" }.to_owned();
        [
            ("Shape", self.shape.clone()),
            ("Member that holds the list", self.member.clone()),
            ("Members of an entry", pairs(&self.fields)),
            ("Fixed members", pairs(&self.constants)),
            ("Only adopted creators", flag(self.adopted_only)),
            ("Pages", flag(self.paging)),
            ("Creators on a page", self.page_size.clone()),
        ]
    }
}

/// What may stand under a name.
fn attributes(chosen: &str) -> Vec<Choice> {
    let choice = |attribute: ListAttribute| {
        let word = attribute.as_str();
        (word, meaning(attribute), word == chosen)
    };
    let none = ("", "choose …", chosen.is_empty());
    let all = ListAttribute::ALL.into_iter().map(choice);
    std::iter::once(none).chain(all).collect()
}

fn shown(
    faces: &Faces,
    frame: Frame,
    (edition, typed): (String, Typed),
    wrong: Wrong,
    changed: Option<Vec<Differing>>,
) -> Response {
    page(&Profile {
        tabs: tabs(&frame, HERE),
        frame,
        base: document::base(&faces.app.config(), ""),
        in_force_since: faces.app.user_list_profile().changed,
        edition,
        typed,
        wrong,
        changed,
    })
}

/// `GET /settings/user-list`
pub(in crate::http::operator) async fn ask(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Response {
    let profile = faces.app.user_list_profile();
    let seen = (profile.edition(), Typed::from(profile.value));
    shown(&faces, frame, seen, Wrong::default(), None)
}

/// `POST /settings/user-list`
pub(in crate::http::operator) async fn change(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let (seen, typed) = (form.field("edition"), Typed::of(&mut form));
    let profile = match typed.read() {
        Ok(profile) => profile,
        Err(wrong) => {
            return Ok(refused(shown(&faces, frame, (seen, typed), wrong, None)));
        }
    };
    let by = frame.caller.actor.clone();
    match faces
        .app
        .set_user_list_profile(by, profile, Some(seen))
        .await
    {
        Ok(_profile) => Ok(done(HERE, "profile")),
        Err(Error::Changed(_)) => {
            // It may be another daemon that has changed it.
            faces.app.refresh_network_settings().await?;
            let now = faces.app.user_list_profile();
            let (edition, now) = (now.edition(), Typed::from(now.value));
            let changed = Some(differing(now.told(), typed.told()));
            let page = shown(&faces, frame, (edition, typed), Wrong::default(), changed);
            Ok(stale(page))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_profile_reads_back_from_its_form() {
        let mut profile = Config::default().user_list;
        profile.constants = vec![("network".to_owned(), "x".to_owned())];
        let typed = Typed::from(profile.clone());
        assert_eq!(typed.read().unwrap(), profile);
        assert_eq!(typed.field_rows().len(), profile.fields.len() + SPARE);
    }

    #[test]
    fn everything_wrong_is_told_at_its_field() {
        let mut typed = Typed::from(Config::default().user_list);
        typed.shape = "heap".to_owned();
        typed.member.clear();
        typed.fields.push(("more".to_owned(), String::new()));
        typed.constants.push((String::new(), "x".to_owned()));
        typed.page_size = "many".to_owned();
        let wrong = typed.read().unwrap_err();
        for field in ["shape", "member", "fields", "constants", "page_size"] {
            assert_eq!(wrong.at(field).len(), 1, "{field}: {wrong:?}");
        }
    }
}
