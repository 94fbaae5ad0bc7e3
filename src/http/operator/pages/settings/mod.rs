//! Settings: what is in force, who may come in, what Dailymotion is given, and who did what.

pub(in crate::http::operator) mod account;
pub(in crate::http::operator) mod audit;
pub(in crate::http::operator) mod codes;
pub(in crate::http::operator) mod credentials;
pub(in crate::http::operator) mod keys;
pub(in crate::http::operator) mod operators;
mod picture;
pub(in crate::http::operator) mod profile;
pub(in crate::http::operator) mod rules;
pub(in crate::http::operator) mod what_if;

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    frame::{Frame, Link},
    lists::{address, tab},
    page,
    text::Shown,
};
use crate::{
    config::{ListAttribute, ListShape, UserList},
    http::{Faces, Problem, document},
    model::{Right, Rule},
};

/// The pages of settings: where they are, their names, and the right that they ask for.
const PLACES: [(&str, &str, Option<Right>); 8] = [
    ("/settings", "In force", Some(Right::Read)),
    ("/settings/rules", "Rules", Some(Right::Read)),
    ("/settings/user-list", "User list", Some(Right::Admin)),
    ("/settings/account", "My account", None),
    (
        "/settings/credentials",
        "Credentials",
        Some(Right::Credentials),
    ),
    ("/settings/operators", "Operators", Some(Right::Admin)),
    ("/settings/keys", "API keys", Some(Right::Admin)),
    ("/settings/audit", "Audit", Some(Right::Admin)),
];

#[derive(Template)]
#[template(
    path = "settings/in_force.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct InForce {
    frame: Frame,
    tabs: Vec<Link>,
    profile: UserList,
    base: String,
    rules: Vec<Rule>,
    check_category: bool,
    categories: Vec<String>,
}

impl InForce {
    fn is_object(&self) -> bool {
        self.profile.shape == ListShape::Object
    }

    /// The names of an entry, each with what stands under it.
    fn fields(&self) -> Vec<(&str, &'static str)> {
        let fields = self.profile.fields.iter();
        fields
            .map(|(name, attribute)| (name.as_str(), meaning(*attribute)))
            .collect()
    }

    /// The rules that say something just now.
    fn is_checked(&self, rule: Rule) -> bool {
        self.check_category || rule != Rule::CategoryUnknown
    }
}

/// What stands under a name of the user list.
fn meaning(attribute: ListAttribute) -> &'static str {
    match attribute {
        ListAttribute::DailymotionId => "the creator's id on Dailymotion",
        ListAttribute::Username => "the creator's user name on Dailymotion",
        ListAttribute::CreatorId => "our id of the creator",
        ListAttribute::Name => "the creator's name",
        ListAttribute::FeedUrl => "the address of the creator's feed",
    }
}

/// The pages of settings that somebody may open, as places beside each other.
fn tabs(frame: &Frame, here: &str) -> Vec<Link> {
    let open = PLACES
        .iter()
        .filter(|(_, _, right)| right.is_none_or(|right| frame.may(right)));
    open.map(|(path, name, _)| tab(path, name, *path == here))
        .collect()
}

/// Where the audit is narrowed to what one actor did.
fn audit_of(actor: &str) -> String {
    address("/settings/audit", &[("actor", actor)])
}

/// `GET /settings`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    let (profile, rules) = (faces.app.user_list_profile(), faces.app.rules());
    Ok(page(&InForce {
        tabs: tabs(&frame, "/settings"),
        profile: profile.value,
        base: document::base(&faces.app.config(), ""),
        rules: Rule::ALL.to_vec(),
        check_category: rules.value.check_category,
        categories: rules.value.categories,
        frame,
    }))
}
