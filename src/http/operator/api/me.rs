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
    role: &'static str,
    /// `session` or `key`.
    via: &'static str,
    /// The scopes whose rights they have.
    scopes: Vec<&'static str>,
}

/// Who this request comes from, and what they may do
#[utoipa::path(get, path = "/api/v1/me", tag = "access", responses((status = 200, body = Me)))]
pub(in crate::http::operator) async fn show_me(caller: Caller) -> Answer<Me> {
    let has = |scope: &Scope| scope.rights().are_within(caller.rights);
    let scopes = Scope::ALL.iter().filter(|scope| has(scope));
    Ok(Json::of(Me {
        actor: caller.actor.name.clone(),
        operator: caller.operator.name.to_string(),
        role: Role::as_str(caller.operator.role),
        via: match caller.via {
            Via::Session(_) => "session",
            Via::Key(_) => "key",
        },
        scopes: scopes.map(|scope| scope.as_str()).collect(),
    }))
}
