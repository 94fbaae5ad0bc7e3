//! The form that sends a file: read field by field, the file straight to disk.
//!
//! The session's token is the form's first field, and is looked at before anything else is read: another site's form
//! stores nothing. In the address it would be kept by histories and logs.

use std::sync::Arc;

use axum::{
    extract::{
        FromRequest as _, Multipart, Request, State,
        multipart::{Field, MultipartError},
    },
    response::{IntoResponse, Redirect, Response},
};
use url::Url;

use super::Form;
use crate::{
    app::{App, ArrivedFile, Caller, NewImport, check_import_options},
    http::{
        Faces, Problem,
        body::fault_of,
        operator::pages::signed::{stale, token},
    },
    model::{ImportOptions, Recipe},
};

/// Bytes of a field that is no file.
const MOST: usize = 64 * 1024;
/// Fields of a form.
const FIELDS: usize = 20;

/// What the form held.
struct Sent {
    fields: Form,
    /// With the name that the browser gave it.
    file: Option<(String, ArrivedFile)>,
}

/// `POST /imports`
pub(in crate::http::operator) async fn send(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let mut sent = read(&faces.app, request).await?;
    let address = sent.fields.field("address");
    let mut new = NewImport {
        name: String::new(),
        options: options(&mut sent.fields)?,
        apply: false,
    };
    let file = match (sent.file, address.trim()) {
        (Some((name, file)), "") => {
            new.name = name;
            faces.app.add_import(caller.actor, new, file).await?
        }
        (None, address) if !address.is_empty() => {
            let url = Url::parse(address).map_err(|_odd| {
                Problem::bad_request(
                    "the address is none; write one like `https://feeds.example/mrss.xml`",
                )
            })?;
            faces.app.fetch_import(caller.actor, new, url).await?
        }
        (Some(_), _) => {
            return Err(Problem::bad_request(
                "a file and an address were given; choose one of the two",
            ));
        }
        (None, _) => {
            return Err(Problem::bad_request(
                "neither a file nor an address was given; choose one of the two",
            ));
        }
    };
    Ok(Redirect::to(&format!("/imports/{}", file.id)).into_response())
}

async fn read(app: &App, request: Request) -> Result<Sent, Problem> {
    let own = token(request.headers());
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_odd| stale())?;
    if !first_is(&mut form, &own).await? {
        return Err(stale().closing());
    }
    let (mut fields, mut file) = (Form(Vec::new()), None);
    while let Some(field) = form.next_field().await.map_err(|odd| broken(&odd))? {
        let name = field.name().unwrap_or_default().to_owned();
        let given = field.file_name().map(str::to_owned);
        match given.filter(|given| !given.is_empty()) {
            Some(given) if file.is_none() => {
                // Better said now than after a gigabyte.
                check_import_options(&options(&mut fields.clone())?)?;
                file = Some((given, arrived(app, field).await?));
            }
            Some(_second) => return Err(Problem::bad_request("send one file at a time").closing()),
            None => fields.0.push((name, text(field).await?)),
        }
        if fields.0.len() > FIELDS {
            return Err(stale().closing());
        }
    }
    Ok(Sent { fields, file })
}

/// Whether the form begins with the token of this session.
async fn first_is(form: &mut Multipart, own: &str) -> Result<bool, Problem> {
    let first = form.next_field().await.map_err(|odd| broken(&odd))?;
    match first {
        Some(field) if field.name() == Some("token") && !own.is_empty() => {
            Ok(text(field).await? == own)
        }
        _other => Ok(false),
    }
}

async fn text(mut field: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|odd| broken(&odd))? {
        if bytes.len() + piece.len() > MOST {
            let words = format!("a field of the form has more than {MOST} bytes");
            return Err(Problem::bad_request(words).closing());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn arrived(app: &App, mut field: Field<'_>) -> Result<ArrivedFile, Problem> {
    let mut arrival = app.expect_file(0).await?;
    while let Some(piece) = field.chunk().await.map_err(|odd| broken(&odd))? {
        arrival.take(&piece).await?;
    }
    Ok(arrival.finish().await?)
}

fn broken(odd: &MultipartError) -> Problem {
    fault_of(odd).into()
}

/// The options of an import as a form holds them: pairs stand on lines of their own, and what is empty is not given.
pub(super) fn options(form: &mut Form) -> Result<ImportOptions, Problem> {
    let mut one = |name| {
        let text = form.field(name);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let creator = one("creator").map(|id| id.parse()).transpose();
    let lines = |text: Option<String>| {
        let text = text.unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    Ok(ImportOptions {
        creator: creator
            .map_err(|why: crate::model::IdFault| Problem::bad_request(why.to_string()))?,
        recipe: Recipe {
            format: one("format"),
            map: lines(one("map")),
            default: lines(one("default")),
            category: lines(one("category")),
            guid_prefix: one("guid_prefix"),
            derive_guid: one("derive_guid").is_some(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Form {
        let fields = fields.iter();
        Form(
            fields
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn pairs_stand_on_lines_and_what_is_empty_is_not_given() {
        let mut filled = form(&[
            ("creator", " ann "),
            ("format", ""),
            ("map", "Name=title\r\n\r\n Id=guid "),
            ("derive_guid", "on"),
        ]);
        let read = options(&mut filled).unwrap();
        assert_eq!(read.creator, Some("ann".parse().unwrap()));
        assert_eq!(read.recipe.map, ["Name=title", "Id=guid"]);
        assert_eq!((read.recipe.format, read.recipe.derive_guid), (None, true));
        assert_eq!(options(&mut form(&[])).unwrap(), ImportOptions::default());
        assert!(options(&mut form(&[("creator", "No Id")])).is_err());
    }
}
