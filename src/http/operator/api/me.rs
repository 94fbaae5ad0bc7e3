//! Who asks.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{Caller, Via},
    http::operator::json::{Answer, Json},
    model::{Role, Scope},
};

/// Whoever a request comes from, and what they may do.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct Me {
    /// As the audit names them.
    actor: String,
    /// The person; of a key its maker.
    operator: String,
    role: Role,
    via: Door,
    /// The scopes whose rights they have.
    scopes: Vec<Scope>,
}

/// What somebody was let in with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Door {
    Session,
    Key,
}

/// Who this request comes from, and what they may do
#[utoipa::path(get, path = "/api/v1/me", tag = "access", responses((status = 200, body = Me)))]
pub(in crate::http::operator) async fn show_me(caller: Caller) -> Answer<Me> {
    let has = |scope: &Scope| scope.rights().are_within(caller.rights);
    let scopes = Scope::ALL.into_iter().filter(has);
    Ok(Json::of(Me {
        actor: caller.actor.name.clone(),
        operator: caller.operator.name.to_string(),
        role: caller.operator.role,
        via: match caller.via {
            Via::Session(_) => Door::Session,
            Via::Key(_) => Door::Key,
        },
        scopes: scopes.collect(),
    }))
}
