//! Who is let in to the crawler's faces and the callback.

use axum::http::StatusCode;
use tracing::warn;

use super::{ClientAddress, Faces, Presented, Problem};
use crate::{
    app::{self, Admission},
    config::AddressCheck,
    model::{CredentialId, CredentialKind},
};

const REALM: &str = "Basic realm=\"mcnd\", charset=\"UTF-8\"";

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
    match faces.app.admit(kind, as_app(presented)) {
        Admission::Granted(credential) => check_address(faces, client).map(|()| credential),
        Admission::OtherFace => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "this credential is for another face",
        )),
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

fn refuse(faces: &Faces, client: ClientAddress, presented: &Presented) -> Problem {
    // A request that presents nothing has not tried anything: most clients ask first and answer the challenge.
    if *presented != Presented::Nothing
        && let Err(wait) = faces.wrong_tries.count(client.0)
    {
        return Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many wrong credentials from this address",
        )
        .retry_after(wait);
    }
    match presented {
        Presented::Path(_) => Problem::new(StatusCode::NOT_FOUND, ""),
        _ => Problem::new(StatusCode::UNAUTHORIZED, "a valid credential is needed")
            .challenging(REALM),
    }
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
