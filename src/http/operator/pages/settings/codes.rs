//! Signing in with codes: turned on with a device, renewed, turned off. All of it asks for the password again.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    super::{
        frame::{Frame, Link},
        lists::done,
        not_taken, page,
        signed::SignedForm,
    },
    picture::Picture,
    tabs,
};
use crate::{
    app::{Error, Result, TotpStanding},
    http::{ClientAddress, Faces, Problem, operator::guard::origin},
    model::TotpSecret,
};

const ACCOUNT: &str = "/settings/account";

#[derive(Template)]
#[template(
    path = "settings/codes.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Codes {
    frame: Frame,
    tabs: Vec<Link>,
    standing: TotpStanding,
    wrong: Option<String>,
}

impl Codes {
    fn uri(&self, secret: &TotpSecret) -> String {
        secret.uri(&self.frame.caller.operator.name)
    }

    fn picture(&self, secret: &TotpSecret) -> Option<Picture> {
        Picture::of(&self.uri(secret))
    }

    /// The secret in fours, as people read it.
    fn spelled(secret: &TotpSecret) -> String {
        let text = secret.to_base32();
        let fours = text.as_bytes().chunks(4).map(String::from_utf8_lossy);
        fours.collect::<Vec<_>>().join(" ")
    }
}

#[derive(Template)]
#[template(
    path = "settings/recovery.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Recovery {
    frame: Frame,
    tabs: Vec<Link>,
    codes: Vec<String>,
}

async fn shown(faces: &Faces, frame: Frame, wrong: Option<String>) -> Result<Response, Problem> {
    let standing = faces.app.totp_standing(&frame.caller.operator.id).await?;
    Ok(page(&Codes {
        tabs: tabs(&frame, ACCOUNT),
        frame,
        standing,
        wrong,
    }))
}

/// `GET /settings/account/codes`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    shown(&faces, frame, None).await
}

/// `POST /settings/account/codes`: what its field `do` says. Recovery codes are shown by its answer, this once.
pub(in crate::http::operator) async fn change(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    headers: HeaderMap,
    frame: Frame,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let (app, caller) = (&faces.app, frame.caller.clone());
    let (code, origin) = (form.field("code"), origin(client, &headers));
    let changed: Result<Option<Vec<String>>> = match form.field("do").as_str() {
        "begin" => {
            app.propose_totp(caller).await?;
            return shown(&faces, frame, None).await;
        }
        "on" => app.turn_totp_on(caller, code, origin).await.map(Some),
        "renew" => app
            .renew_recovery_codes(caller, code, origin)
            .await
            .map(Some),
        "off" => app.turn_totp_off(caller, code, origin).await.map(|()| None),
        _odd => return Err(Problem::bad_request("the form says nothing to do")),
    };
    match changed {
        Ok(Some(codes)) => Ok(page(&Recovery {
            tabs: tabs(&frame, ACCOUNT),
            frame,
            codes,
        })),
        Ok(None) => Ok(done(ACCOUNT, "totp-off")),
        Err(error @ (Error::Denied(_) | Error::TooOften(_))) => {
            let again = shown(&faces, frame, Some(error.to_string())).await?;
            // Whoever is in stays in: a wrong code is no missing sign-in.
            Ok(not_taken(&error, StatusCode::UNPROCESSABLE_ENTITY, again))
        }
        Err(error) => Err(error.into()),
    }
}
