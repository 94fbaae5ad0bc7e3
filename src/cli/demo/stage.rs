//! The demo's stage: a throwaway catalog in a temporary folder, filled with the sample as an operator would, and free
//! ports for the daemon's two faces.

use std::{
    fs,
    io::{self, Cursor},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::TempDir;
use toml::Value;

use super::sample::{self, Standing};
use crate::{
    app::{
        App, CreatorChange, Format, ImportRequest, Mapping, NewCredential, Origin, Password,
        SignedIn,
    },
    cli::{
        failure::{Done, Failure},
        whoever,
    },
    config::{Config, Source, load},
    daemon::{self, Listeners},
    model::{CreatorStatus, CredentialForm, CredentialKind, Guid, Role},
    simulator,
};

/// Who looks on.
const OWNER: &str = "demo";
/// What the simulator's chance comes from.
const SEED: u64 = 9;

/// Everything that stands before the daemon starts.
pub(super) struct Stage {
    pub(super) config: Config,
    /// What the daemon reads again on SIGHUP: the file that [`Stage::set_up`] writes.
    pub(super) source: Source,
    pub(super) listeners: Listeners,
    /// A second hand on the daemon's database, as every command has.
    pub(super) app: Arc<App>,
    pub(super) addresses: Addresses,
    /// Every guid of the sample.
    pub(super) sample: Vec<Guid>,
    /// Removed with everything in it when the demo ends.
    pub(super) folder: TempDir,
}

/// Where the daemon answers, and what it wants to see.
pub(super) struct Addresses {
    /// Base address of the public face.
    pub(super) public: String,
    /// Base address of the operator face.
    pub(super) operator: String,
    /// Opens the dashboard for an owner who is signed in already; good once.
    pub(super) enter: String,
    /// What the same owner signs in with elsewhere.
    pub(super) owner: Owner,
    pub(super) crawler: NewCredential,
    pub(super) callback: NewCredential,
    /// The daemon's settings; other commands work on the demo with them.
    pub(super) settings: PathBuf,
}

/// Who looks on.
pub(super) struct Owner {
    pub(super) name: &'static str,
    pub(super) password: String,
}

/// How fast things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// For eyes: the sample is imported within half a minute.
    Lively,
    /// For a check: as soon as it can be.
    Fast,
}

impl Addresses {
    /// A pretend Dailymotion that was given these addresses, with a good deal going wrong on its way back.
    pub(super) fn simulator(&self, pace: Pace) -> simulator::Settings {
        let (period_ms, import_ms, jitter_ms) = match pace {
            Pace::Lively => (2_000, 2_000, 28_000),
            Pace::Fast => (500, 200, 1_000),
        };
        let mut settings = simulator::Settings {
            seed: SEED,
            faults: faults(pace),
            ..simulator::Settings::default()
        };
        settings.crawler.user_list = format!("{}/users.json", self.public);
        settings.crawler.credential = basic(&self.crawler);
        settings.crawler.period_ms = period_ms;
        settings.injector.import_ms = import_ms;
        settings.injector.jitter_ms = jitter_ms;
        settings.injector.refuse_share = 0.08;
        settings.injector.progress_share = 0.2;
        settings.callback.address = format!("{}/callbacks/dailymotion", self.public);
        settings.callback.credential = basic(&self.callback);
        settings.callback.array_max = 10;
        settings.callback.longest_wait_ms = 2_000;
        settings
    }
}

/// Moderate: one sending in ten or so goes wrong in each way, and none for ever.
fn faults(pace: Pace) -> simulator::Faults {
    simulator::Faults {
        slow_body_ms: match pace {
            Pace::Lively => 1_000,
            Pace::Fast => 200,
        },
        reorder: 0.5,
        ..simulator::Faults::all(0.12)
    }
}

fn basic(credential: &NewCredential) -> simulator::Credential {
    simulator::Credential::Basic {
        user: credential.credential.id.to_string(),
        password: credential.secret.clone(),
    }
}

impl Stage {
    /// Makes the folder, the settings, the catalog, two credentials and the sample.
    pub(super) async fn set_up() -> Done<Self> {
        let folder = tempfile::Builder::new()
            .prefix("mcnd-demo-")
            .tempdir()
            .map_err(|error| refused("no temporary folder can be made", &error))?;
        let listeners = free_ports()?;
        let public = base(&listeners.public)?;
        let operator = base(&listeners.operator)?;
        let settings = folder.path().join("mcnd.toml");
        fs::write(&settings, text(folder.path(), &public)?)
            .map_err(|error| refused("the demo's settings can't be written", &error))?;
        let source = Source {
            file: Some(settings.clone()),
            environment: Vec::new(),
        };
        let config = load(source.clone())?;
        daemon::migrate(&config).await?;
        let app = daemon::open(config.clone()).await?;
        let (owner, session) = sign_in(&app).await?;
        let addresses = Addresses {
            enter: format!("{operator}/enter/{session}"),
            public,
            operator,
            owner,
            crawler: app
                .add_credential(whoever(), CredentialKind::Crawler, CredentialForm::Basic)
                .await?,
            callback: app
                .add_credential(whoever(), CredentialKind::Callback, CredentialForm::Basic)
                .await?,
            settings,
        };
        let sample = fill(&app).await?;
        Ok(Self {
            config,
            source,
            listeners,
            app,
            addresses,
            sample,
            folder,
        })
    }
}

/// Makes the demo's owner, and a session of theirs for the first browser that asks.
async fn sign_in(app: &Arc<App>) -> Done<(Owner, String)> {
    let name = OWNER.parse().map_err(Failure::Refused)?;
    let link = app.add_operator(whoever(), name, Role::Owner).await?;
    let origin = Origin {
        address: Ipv4Addr::LOCALHOST.into(),
        agent: None,
    };
    // A secret of chance that nobody else has seen.
    let password = link.secret.clone();
    app.sign_up(link.secret, None, password.clone(), origin.clone())
        .await?;
    let given = Password::given(password.clone());
    let signed_in = app.sign_in(OWNER.to_owned(), given, origin).await?;
    let SignedIn::In(session) = signed_in else {
        return Err(Failure::Refused(
            "the demo's owner is asked for a code".to_owned(),
        ));
    };
    let owner = Owner {
        name: OWNER,
        password,
    };
    Ok((owner, session.secret))
}

/// Two ports of this machine that nobody uses.
fn free_ports() -> Done<Listeners> {
    let mut config = Config::default();
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    config.server.public = free;
    config.server.operator = free;
    Ok(Listeners::bind(&config)?)
}

fn base(listener: &TcpListener) -> Done<String> {
    let address = listener
        .local_addr()
        .map_err(|error| refused("a listener has no address", &error))?;
    Ok(format!("http://{address}"))
}

/// The settings as a file: what differs from the shipped ones.
fn text(folder: &Path, public: &str) -> Done<String> {
    let folder = folder.to_str().ok_or_else(|| {
        Failure::Refused(
            "the temporary folder's path is not UTF-8; name another one in `TMPDIR`".to_owned(),
        )
    })?;
    let database = Value::from(format!("sqlite:{folder}/demo.sqlite"));
    Ok(format!(
        "database.url = {database}\n\
         server.public_url = \"{public}\"\n\
         server.lame_duck = \"0s\"\n\
         server.stop_timeout = \"1s\"\n\
         access.address_check = \"off\"\n\
         log.level = \"warn\"\n"
    ))
}

/// Puts the sample in by the operations that commands use, and answers with its guids.
async fn fill(app: &Arc<App>) -> Done<Vec<Guid>> {
    let wrong = |fault| Failure::Refused(format!("the demo's sample is wrong: {fault}"));
    for (creator, standing) in sample::creators().map_err(wrong)? {
        let id = creator.id.clone();
        app.add_creator(whoever(), creator).await?;
        if standing == Standing::Paused {
            let pause = CreatorChange {
                status: Some(CreatorStatus::Paused),
                ..CreatorChange::default()
            };
            app.change_creator(whoever(), id, pause).await?;
        }
    }
    let request = ImportRequest {
        by: whoever(),
        name: "sample.jsonl".to_owned(),
        reader: Box::new(Cursor::new(sample::json_lines())),
        format: Some(Format::JsonLines),
        mapping: Mapping::default(),
        plan: false,
        results: Box::new(io::sink()),
    };
    app.import(request, |_progress| {}).await?;
    let withdrawn = sample::WITHDRAWN.parse().map_err(wrong)?;
    app.take_down_video(withdrawn, whoever()).await?;
    sample::guids().map_err(wrong)
}

fn refused(what: &str, error: &io::Error) -> Failure {
    Failure::Refused(format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_are_sound() {
        let folder = tempfile::Builder::new()
            .prefix("a \"b\" ")
            .tempdir()
            .unwrap();
        let file = folder.path().join("mcnd.toml");
        fs::write(&file, text(folder.path(), "http://127.0.0.1:1").unwrap()).unwrap();
        let source = Source {
            file: Some(file),
            environment: Vec::new(),
        };
        let config = load(source).unwrap();
        assert!(config.server.lame_duck.is_zero());
        assert_eq!(config.server.public_url.unwrap().port(), Some(1));
        let url = config.database.url.expose();
        assert!(
            url.ends_with("/demo.sqlite") && url.contains("a \"b\" "),
            "{url}"
        );
    }
}
