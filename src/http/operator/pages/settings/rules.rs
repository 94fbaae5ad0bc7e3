//! The preflight rules: those in force, and a form for others. What the others would flip is asked first; the answer's page
//! leads on to putting them in force.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    super::{
        Form,
        forms::{Differing, Wrong, differing},
        frame::{Frame, Link},
        page,
        signed::SignedForm,
        text::Words,
    },
    tabs,
    what_if::{WalkRow, path_of, rules_of},
};
use crate::{
    app::Error,
    config::Preflight,
    http::{Faces, Problem, Query},
    model::{Right, RuleWalkId, Timestamp},
};

pub(super) const HERE: &str = "/settings/rules";

#[derive(Template)]
#[template(
    path = "settings/rules.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Rules {
    frame: Frame,
    tabs: Vec<Link>,
    changed: Option<(Timestamp, String)>,
    /// How far every video is judged again after the last change.
    judging: Option<WalkRow>,
    /// What was asked before, newest first.
    asked: Vec<WalkRow>,
    form: Filled,
}

impl Rules {
    fn moves(&self) -> bool {
        let walks = self.judging.iter().chain(&self.asked);
        walks.into_iter().any(WalkRow::is_open)
    }
}

/// The form as it stands.
struct Filled {
    /// What whoever fills it has seen.
    edition: String,
    typed: Typed,
    wrong: Wrong,
    /// Where somebody else has changed the rules meanwhile: what stands otherwise by now.
    changed: Option<Vec<Differing>>,
}

struct Typed {
    /// Slugs with blanks or line ends between them.
    categories: String,
    check_category: bool,
}

impl From<&Preflight> for Typed {
    fn from(rules: &Preflight) -> Self {
        Self {
            categories: rules.categories.join("\n"),
            check_category: rules.check_category,
        }
    }
}

impl Typed {
    fn of(form: &mut Form) -> Self {
        Self {
            categories: form.field("categories"),
            check_category: form.field("check_category") == "true",
        }
    }

    fn rules(&self) -> Preflight {
        let slugs = self.categories.split([' ', ',', '\t', '\r', '\n']);
        let slugs = slugs.filter(|slug| !slug.is_empty());
        Preflight {
            categories: slugs.map(str::to_owned).collect(),
            check_category: self.check_category,
        }
    }
}

fn told(rules: &Preflight) -> [(&'static str, String); 2] {
    let checked = if rules.check_category { "yes" } else { "no" };
    [
        ("Categories", rules.categories.join(" ")),
        ("They are checked", checked.to_owned()),
    ]
}

/// What other rules change of those in force, one sentence each.
pub(super) fn changes(now: &Preflight, then: &Preflight) -> Vec<Words> {
    let lacking = |from: &Preflight, others: &Preflight| {
        let slugs = from.categories.iter();
        let slugs = slugs.filter(|slug| !others.categories.contains(slug));
        let slugs: Vec<_> = slugs.map(|slug| format!("`{slug}`")).collect();
        slugs.join(", ")
    };
    let mut sentences = Vec::new();
    for (slugs, what) in [
        (lacking(then, now), "Taken from then on"),
        (lacking(now, then), "Taken no more"),
    ] {
        if !slugs.is_empty() {
            sentences.push(format!("{what}: {slugs}."));
        }
    }
    match (now.check_category, then.check_category) {
        (true, false) => sentences.push("Any category will do.".to_owned()),
        (false, true) => sentences.push("Categories are held against the list.".to_owned()),
        _same => {}
    }
    sentences.into_iter().map(Words::from).collect()
}

async fn shown(faces: &Faces, frame: Frame, form: Filled) -> Result<Response, Problem> {
    let total = faces.app.count_all_videos().await?;
    let judging = faces.app.judging_again().await?;
    let asked = faces.app.list_what_ifs().await?.into_iter();
    Ok(page(&Rules {
        tabs: tabs(&frame, HERE),
        frame,
        changed: faces.app.rules().changed,
        judging: judging.map(|walk| WalkRow::of(&walk, total)),
        asked: asked.map(|walk| WalkRow::of(&walk, total)).collect(),
        form,
    }))
}

/// `GET /settings/rules`. With the parameter `like` the form holds the rules of an earlier question.
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let rules = faces.app.rules();
    let typed = match query.one("like")? {
        Some(id) => {
            let walk = faces.app.what_if(&RuleWalkId::from(id.to_owned())).await?;
            Typed::from(&rules_of(&walk)?)
        }
        None => Typed::from(&rules.value),
    };
    let form = Filled::untold(rules.edition(), typed);
    shown(&faces, frame, form).await
}

impl Filled {
    /// With nothing to be said of it.
    fn untold(edition: String, typed: Typed) -> Self {
        Self {
            edition,
            typed,
            wrong: Wrong::default(),
            changed: None,
        }
    }
}

/// `POST /settings/rules/what-if`
pub(in crate::http::operator) async fn ask_what_if(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let mut form = Filled::untold(form.field("edition"), Typed::of(&mut form));
    let rules = form.typed.rules();
    form.wrong.extend(rules.wrong());
    let in_force = faces.app.rules();
    let status = if !form.wrong.is_empty() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else if form.edition != in_force.edition() {
        form.changed = Some(differing(told(&in_force.value), told(&rules)));
        form.edition = in_force.edition();
        StatusCode::CONFLICT
    } else {
        let by = frame.caller.actor.clone();
        match faces.app.ask_what_if(by, rules).await {
            Ok(walk) => return Ok(Redirect::to(&path_of(&walk.id)).into_response()),
            Err(Error::Conflict(why)) => form.wrong.note("", why),
            Err(error) => return Err(error.into()),
        }
        StatusCode::CONFLICT
    };
    let again = shown(&faces, frame, form).await?;
    Ok((status, again).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(categories: &[&str], check_category: bool) -> Preflight {
        Preflight {
            categories: categories.iter().map(|slug| (*slug).to_owned()).collect(),
            check_category,
        }
    }

    #[test]
    fn slugs_are_parted_by_whatever_stands_between_them() {
        let typed = Typed {
            categories: " news, music\r\n\r\ntv\t".to_owned(),
            check_category: true,
        };
        assert_eq!(typed.rules(), rules(&["news", "music", "tv"], true));
        let again = Typed::from(&typed.rules());
        assert_eq!(again.rules(), typed.rules());
    }

    #[test]
    fn a_change_is_told_by_what_comes_and_what_goes() {
        let now = rules(&["news", "music"], true);
        assert!(changes(&now, &now).is_empty());
        let told = changes(&now, &rules(&["tv", "music"], false));
        assert_eq!(told.len(), 3);
        let slug = &told[0].0[1];
        assert_eq!((slug.text.to_string().as_str(), slug.code), ("tv", true));
    }
}
