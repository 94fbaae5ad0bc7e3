//! Who is let in to the crawler's faces and the callback.

use axum::http::{HeaderMap, StatusCode};
use tracing::warn;

use super::{ClientAddress, Faces, Presented, Problem, document::user_agent};
use crate::{
    app::{self, Admission},
    config::AddressCheck,
    model::{CredentialId, CredentialKind, TurnReason},
};

const REALM: &str = "Basic realm=\"mcnd\", charset=\"UTF-8\"";

/// Judges what a crawler presents, and notes whom it turns away. The answer is the credential that opened the face; none
/// where it stands open.
///
/// # Errors
/// As [`admit`].
pub(super) fn admit_crawler(
    faces: &Faces,
    client: ClientAddress,
    headers: &HeaderMap,
    presented: &Presented,
) -> Result<Option<CredentialId>, Problem> {
    judge(faces, CredentialKind::Crawler, client, presented).map_err(|(reason, problem)| {
        faces.app.turn_away(reason, client.0, user_agent(headers));
        problem
    })
}

/// Judges what a request presents. The answer is the credential that opened the face; none where it stands open.
///
/// # Errors
/// 401 for nothing or something wrong, 404 for a wrong secret in the address, 403 for a credential of another face or
/// an address outside the expected ones, 429 for an address that has tried too often.
pub(super) fn admit(
    faces: &Faces,
    kind: CredentialKind,
    client: ClientAddress,
    presented: &Presented,
) -> Result<Option<CredentialId>, Problem> {
    judge(faces, kind, client, presented).map_err(|(_reason, problem)| problem)
}

fn judge(
    faces: &Faces,
    kind: CredentialKind,
    client: ClientAddress,
    presented: &Presented,
) -> Result<Option<CredentialId>, (TurnReason, Problem)> {
    match faces.app.admit(kind, as_app(presented)) {
        Admission::Granted(credential) => check_address(faces, client)
            .map(|()| credential)
            .map_err(|problem| (TurnReason::Address, problem)),
        Admission::OtherFace => {
            let words = "this credential is for another face";
            let problem = Problem::new(StatusCode::FORBIDDEN, words);
            Err((TurnReason::OtherFace, problem))
        }
        Admission::Unknown => Err(refuse(faces, client, presented)),
    }
}

fn as_app(presented: &Presented) -> Option<app::Presented<'_>> {
    match presented {
        Presented::Nothing | Presented::Unreadable => None,
        Presented::Basic { user, secret } => Some(app::Presented::Basic { user, secret }),
        Presented::Bearer(secret) => Some(app::Presented::Bearer { secret }),
        Presented::Path(secret) => Some(app::Presented::Path { secret }),
    }
}

fn refuse(faces: &Faces, client: ClientAddress, presented: &Presented) -> (TurnReason, Problem) {
    // A request that presents nothing has not tried anything: most clients ask first and answer the challenge.
    let nothing = *presented == Presented::Nothing;
    if !nothing && let Err(wait) = faces.wrong_tries.count(client.0) {
        let words = "too many wrong credentials from this address";
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, words).retry_after(wait);
        return (TurnReason::TooOften, problem);
    }
    let reason = if nothing {
        TurnReason::NoCredential
    } else {
        TurnReason::WrongCredential
    };
    let problem = match presented {
        Presented::Path(_) => Problem::new(StatusCode::NOT_FOUND, ""),
        _ => Problem::new(StatusCode::UNAUTHORIZED, "a valid credential is needed")
            .challenging(REALM),
    };
    (reason, problem)
}

/// Compares the client with the addresses that Dailymotion is known to use.
fn check_address(faces: &Faces, client: ClientAddress) -> Result<(), Problem> {
    let config = faces.app.config();
    let expected = config
        .access
        .addresses
        .iter()
        .any(|range| range.contains(&client.0));
    if expected || config.access.address_check == AddressCheck::Off {
        return Ok(());
    }
    if faces.may_log_outsider() {
        warn!(request.client = %client.0, "a request with a right credential came from outside `access.addresses`");
    }
    match config.access.address_check {
        AddressCheck::Enforce => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "this address is not expected here",
        )),
        AddressCheck::Off | AddressCheck::Report => Ok(()),
    }
}
