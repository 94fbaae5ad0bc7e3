//! What people do to their own accounts and sessions.

use mcnd::{
    app::{Error, Password, SignedIn},
    model::Action,
};

use super::{deeds::Deed, world::World};
use crate::harness::people::PASSWORD;

/// What people do to their own accounts.
pub(super) async fn own(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, person, origin) = (
        &world.test.app,
        &world.people[&action],
        world.origin.clone(),
    );
    let caller = person.caller.clone();
    let password = Password::given(PASSWORD.to_owned());
    match action {
        Action::SetPassword => {
            let new = "another correct horse".to_owned();
            drop(app.change_password(caller, password, new, origin).await?);
        }
        Action::ProposeTotp => app.propose_totp(caller).await?,
        Action::TurnTotpOn => {
            let code = person.code(&world.test);
            drop(app.turn_totp_on(caller, code, origin).await?);
        }
        Action::TurnTotpOff => {
            let code = person.code(&world.test);
            app.turn_totp_off(caller, code, origin).await?;
        }
        Action::RenewCodes => {
            let code = person.code(&world.test);
            drop(app.renew_recovery_codes(caller, code, origin).await?);
        }
        _ => drop(app.confirm_password(caller, password, origin).await?),
    }
    Ok(Deed::of(person))
}

/// How people come in and go.
pub(super) async fn sessions(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, origin) = (&world.test.app, world.origin.clone());
    let password = |text: &str| Password::given(text.to_owned());
    if action == Action::FailSignIn {
        let refused = app
            .sign_in("stranger".to_owned(), password("guess"), origin)
            .await;
        return match refused {
            Err(Error::Denied(_)) => Ok(Deed {
                object: "stranger".to_owned(),
                by: "anonymous".to_owned(),
                session: None,
                secret: Some("guess".to_owned()),
            }),
            other => other.map(|_in| panic!("nobody has that name")),
        };
    }
    let person = &world.people[&action];
    let name = person.caller.operator.name.to_string();
    let mut deed = Deed::of(person);
    match action {
        Action::SignIn => {
            let signed = app.sign_in(name, password(PASSWORD), origin).await?;
            let SignedIn::In(new) = signed else {
                panic!("the password alone lets in");
            };
            (deed.session, deed.secret) = (Some(new.session.id), Some(new.secret));
        }
        Action::UseRecoveryCode => {
            let (half, code) = (person.half.clone(), person.recovery_codes[0].clone());
            drop(app.sign_in_with_code(half.unwrap(), code, origin).await?);
            deed.session = None;
        }
        Action::TakeUpSession => {
            let taken = app.take_up_session(&person.secret, origin.address).await?;
            deed.secret = Some(taken.expect("the session goes on").secret);
        }
        Action::SignOut => {
            let by = person.caller.actor.clone();
            app.end_session(by, person.session()).await?;
            deed.object = person.session().to_string();
        }
        _ => {
            app.end_session(world.by(), person.session()).await?;
            deed = Deed::to(world, person.session());
        }
    }
    Ok(deed)
}
