//! What provokes each action. An action that is in none of these lists does not compile.

use std::{fmt::Display, time::Duration};

use mcnd::{
    app::{
        CreatorChange, Error, EventExport, ExportFormat, NewImport, NewKeyWish, OperatorChange,
        PullMode, RetryAt, VideoQuery,
    },
    catalog::NewCreator,
    config::Config,
    model::{
        Action, BulkStep, Column, CreatorStatus, CredentialForm, CredentialKind, FeedMode,
        ImportOptions, Role, Scope, SessionId, VideoPatch,
    },
};

use super::{
    people::{own, sessions},
    world::{NOWHERE, Person, World, pause_of_a, source},
};

const HOUR: Duration = Duration::from_hours(1);

/// What somebody has done.
#[derive(Debug)]
pub(super) struct Deed {
    /// To which thing.
    pub(super) object: String,
    pub(super) by: String,
    pub(super) session: Option<SessionId>,
    /// What came of it that nobody else may see.
    pub(super) secret: Option<String>,
}

impl Deed {
    /// Done by the owner.
    pub(super) fn to(world: &World, object: impl Display) -> Self {
        Self {
            object: object.to_string(),
            by: world.by().name,
            session: world.by().session,
            secret: None,
        }
    }

    /// Done by a person to themselves.
    pub(super) fn of(person: &Person) -> Self {
        Self {
            object: person.caller.operator.name.to_string(),
            by: person.caller.actor.name.clone(),
            session: Some(person.session()),
            secret: None,
        }
    }
}

/// Does what is written down as this action.
pub(super) async fn provoke(world: &World, action: Action) -> Result<Deed, Error> {
    use Action as A;
    match action {
        A::AddCreator | A::ChangeCreator => creators(world, action).await,
        A::RetryVideo | A::TakeDownVideo | A::EditVideo => videos(world, action).await,
        A::AddCredential | A::RotateCredential | A::RemoveCredential => {
            credentials(world, action).await
        }
        A::AddSource | A::ChangeSource | A::RemoveSource | A::PullSource => {
            sources(world, action).await
        }
        A::AddImport | A::PlanImport | A::Import | A::CancelImport | A::ExportImport => {
            imports(world, action).await
        }
        A::ReplayEvents | A::ReadEvent | A::ExportEvents | A::NameRefusal | A::ReadAudit => {
            events(world, action).await
        }
        A::ExportVideos | A::BackUp | A::Restore | A::ReloadSettings => whole(world, action).await,
        A::AcceptUserList
        | A::ChangeRules
        | A::AskWhatIf
        | A::CancelWhatIf
        | A::ChangeUserListProfile => settings(world, action).await,
        A::AddOperator | A::ChangeOperator | A::ResetTotp | A::AddKey | A::RemoveKey => {
            access(world, action).await
        }
        A::SetPassword
        | A::ProposeTotp
        | A::TurnTotpOn
        | A::TurnTotpOff
        | A::RenewCodes
        | A::ConfirmPassword => own(world, action).await,
        A::SignIn
        | A::FailSignIn
        | A::UseRecoveryCode
        | A::TakeUpSession
        | A::SignOut
        | A::EndSession => sessions(world, action).await,
        A::AcknowledgeAlarm | A::SnoozeAlarm | A::ReplayDelivery => alarms(world, action).await,
        A::PlanJob | A::ConfirmJob | A::PauseJob | A::ResumeJob | A::CancelJob | A::EndJob => {
            jobs(world, action).await
        }
    }
}

async fn creators(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    if action == Action::ChangeCreator {
        let change = CreatorChange {
            status: Some(CreatorStatus::Paused),
            ..CreatorChange::default()
        };
        app.change_creator(by, "a".parse().unwrap(), change).await?;
        return Ok(Deed::to(world, "a"));
    }
    let new = NewCreator {
        id: "new".parse().unwrap(),
        name: "New".to_owned(),
        dailymotion_id: None,
        username: None,
        link: None,
        adopted: false,
        mode: FeedMode::Drain,
    };
    app.add_creator(by, new).await?;
    Ok(Deed::to(world, "new"))
}

async fn videos(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    let guid = match action {
        Action::RetryVideo => "retried",
        Action::TakeDownVideo => "down",
        _ => "edited",
    };
    let video = guid.parse().unwrap();
    match action {
        Action::RetryVideo => app.retry_video(video, RetryAt::Now, by).await?,
        Action::TakeDownVideo => app.take_down_video(video, by).await?,
        _ => {
            let mut patch = VideoPatch::default();
            patch
                .set(Column::Title, Some("Another".to_owned()))
                .unwrap();
            app.edit_video(by, video, patch, None).await?
        }
    };
    Ok(Deed::to(world, guid))
}

async fn credentials(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    let made = match action {
        Action::AddCredential => {
            let (kind, form) = (CredentialKind::Crawler, CredentialForm::Path);
            app.add_credential(by, kind, form).await?
        }
        Action::RotateCredential => {
            let id = world.credentials[&action].clone();
            let new = app.rotate_credential(by, id.clone(), HOUR).await?;
            let secret = Some(new.successor.secret);
            return Ok(Deed {
                secret,
                ..Deed::to(world, id)
            });
        }
        _ => {
            let id = world.credentials[&action].clone();
            app.remove_credential(by, id.clone()).await?;
            return Ok(Deed::to(world, id));
        }
    };
    let secret = Some(made.secret);
    Ok(Deed {
        secret,
        ..Deed::to(world, made.credential.id)
    })
}

async fn sources(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    let id = match action {
        Action::AddSource => "new",
        Action::ChangeSource => "paused",
        Action::RemoveSource => "removed",
        _ => "pulled",
    };
    let source_id = id.parse().unwrap();
    match action {
        Action::AddSource => drop(app.add_source(by, source(id), false).await?),
        Action::ChangeSource => drop(app.pause_source(by, source_id, true).await?),
        Action::RemoveSource => app.remove_source(by, source_id).await?,
        _ => drop(app.pull_source(by, source_id, PullMode::Changed).await?),
    }
    Ok(Deed::to(world, id))
}

async fn imports(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    if action == Action::AddImport {
        let new = NewImport {
            name: String::new(),
            options: ImportOptions::default(),
            apply: false,
        };
        let made = app.fetch_import(by, new, NOWHERE.parse().unwrap()).await?;
        return Ok(Deed::to(world, made.id));
    }
    let id = world.imports[&action].clone();
    match action {
        Action::PlanImport => drop(app.plan_import(by, id.clone(), None).await?),
        Action::Import => drop(app.apply_import(by, id.clone()).await?),
        Action::CancelImport => drop(app.cancel_import(by, id.clone()).await?),
        _ => drop(app.import_result(&by, &id, ExportFormat::Csv).await?),
    }
    Ok(Deed::to(world, id))
}

async fn events(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    let digest = world.event.to_string();
    let object = match action {
        Action::ReplayEvents => {
            app.replay_event(&by, &world.event).await?;
            digest
        }
        Action::ReadEvent => {
            app.note_look(&by, action, &digest).await?;
            digest
        }
        Action::ExportEvents => {
            let wanted = EventExport {
                failures: true,
                ..EventExport::default()
            };
            drop(
                app.export_events(&by, wanted, ExportFormat::JsonLines)
                    .await?,
            );
            "events".to_owned()
        }
        Action::NameRefusal => {
            app.name_refusal(by, "failed".to_owned(), "Not taken", None)
                .await?;
            "failed".to_owned()
        }
        _ => {
            drop(app.export_audit(&by, None, None).await?);
            "audit export".to_owned()
        }
    };
    Ok(Deed::to(world, object))
}

/// What concerns the whole catalog, or all settings.
async fn whole(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    let object = match action {
        Action::ExportVideos => {
            app.note_video_export(&by, &VideoQuery::default()).await?;
            "videos"
        }
        Action::ReloadSettings => {
            app.note_reload(&Config::default()).await?;
            "settings"
        }
        _ => {
            app.note_look(&by, action, "copy").await?;
            "copy"
        }
    };
    Ok(Deed::to(world, object))
}

async fn settings(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    let mut rules = app.rules().value;
    let object = match action {
        Action::AcceptUserList => {
            app.accept_user_list(by).await?;
            "user list".to_owned()
        }
        Action::ChangeRules => {
            rules.categories = vec!["news".to_owned()];
            app.set_rules(by, rules, None).await?;
            "rules".to_owned()
        }
        Action::AskWhatIf => app.ask_what_if(by, rules).await?.id.to_string(),
        Action::CancelWhatIf => {
            let id = world.what_if.clone();
            app.cancel_what_if(by, id).await?.id.to_string()
        }
        _ => {
            let mut profile = app.user_list_profile().value;
            profile.page_size += 1;
            app.set_user_list_profile(by, profile, None).await?;
            "user_list_profile".to_owned()
        }
    };
    Ok(Deed::to(world, object))
}

async fn access(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    let name = |action| world.people[&action].caller.operator.name.clone();
    match action {
        Action::AddOperator => {
            let new = "brand-new".parse().unwrap();
            let link = app.add_operator(by, new, Role::Viewer).await?;
            let secret = Some(link.secret);
            Ok(Deed {
                secret,
                ..Deed::to(world, "brand-new")
            })
        }
        Action::ChangeOperator => {
            let change = OperatorChange {
                role: Some(Role::Operator),
                enabled: None,
            };
            app.change_operator(by, name(action), change, None).await?;
            Ok(Deed::to(world, name(action)))
        }
        Action::ResetTotp => {
            app.reset_totp(by, name(action)).await?;
            Ok(Deed::to(world, name(action)))
        }
        Action::AddKey => {
            let wish = NewKeyWish {
                name: "nightly".to_owned(),
                scopes: vec![Scope::Read],
                expires_at: None,
            };
            let made = app.add_key(world.owner.clone(), wish).await?;
            let secret = Some(made.secret);
            Ok(Deed {
                secret,
                ..Deed::to(world, made.key.id)
            })
        }
        _ => {
            app.remove_key(by, world.key.clone()).await?;
            Ok(Deed::to(world, &world.key))
        }
    }
}

async fn alarms(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    let id = world.alarm.clone();
    match action {
        Action::AcknowledgeAlarm => drop(app.acknowledge_alarm(by, id).await?),
        Action::SnoozeAlarm => drop(app.snooze_alarm(by, id, app.now().after(HOUR)).await?),
        _ => {
            app.replay_delivery(by, world.delivery.clone()).await?;
            return Ok(Deed::to(world, &world.delivery));
        }
    }
    Ok(Deed::to(world, &world.alarm))
}

async fn jobs(world: &World, action: Action) -> Result<Deed, Error> {
    let (app, by) = (&world.test.app, world.by());
    let step = match action {
        Action::PlanJob => {
            let job = app.plan_bulk(by, pause_of_a()).await?;
            return Ok(Deed::to(world, job.id));
        }
        Action::EndJob => {
            app.walk_bulk_jobs().await?;
            return Ok(Deed::to(world, &world.jobs[&action]));
        }
        Action::ConfirmJob => BulkStep::Confirm,
        Action::PauseJob => BulkStep::Pause,
        Action::ResumeJob => BulkStep::Resume,
        _ => BulkStep::Cancel,
    };
    let id = world.jobs[&action].clone();
    app.step_bulk(by, id.clone(), step).await?;
    Ok(Deed::to(world, id))
}
