//! A catalog of its own with one creator, and the credentials of those who ask its daemon.

use std::path::PathBuf;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mcnd::{
    app::App,
    catalog::NewCreator,
    config::{self, Config, Source},
    daemon,
    model::{Actor, CredentialForm, CredentialKind, FeedMode},
};
use std::sync::Arc;
use tempfile::TempDir;

use super::rows::{CREATOR, add_videos};
use crate::harness::databases::{Kind, TestDatabase};

/// A migrated catalog and its settings.
pub(crate) struct Site {
    pub(crate) db: TestDatabase,
    folder: TempDir,
    /// `Authorization` of the crawler.
    pub(crate) crawler: String,
    /// `Authorization` of the injector.
    pub(crate) injector: String,
}

impl Site {
    /// A site with so many waiting videos; `settings` are lines of TOML behind those that every site has.
    pub(crate) async fn new(kind: Kind, videos: usize, settings: &str) -> Self {
        let db = match kind {
            Kind::Sqlite => TestDatabase::sqlite(),
            Kind::Postgres => TestDatabase::postgres(),
        };
        let folder = tempfile::Builder::new()
            .prefix("mcnd-speed-")
            .tempdir()
            .unwrap();
        let mut site = Self {
            db,
            folder,
            crawler: String::new(),
            injector: String::new(),
        };
        std::fs::write(site.config_file(), site.settings(settings)).unwrap();
        let config = site.config();
        daemon::migrate(&config).await.unwrap();
        let app = daemon::open(config).await.unwrap();
        site.add_creator_and_credentials(&app).await;
        app.close_inbox();
        app.close().await;
        if videos > 0 {
            add_videos(&site.db, videos);
        }
        site
    }

    fn settings(&self, more: &str) -> String {
        format!(
            "[database]\nurl = \"{}\"\n[server]\npublic = \"127.0.0.1:0\"\noperator = \"127.0.0.1:0\"\n\
             public_url = \"https://mcn.example\"\n{more}\n",
            self.db.url
        )
    }

    async fn add_creator_and_credentials(&mut self, app: &Arc<App>) {
        let creator = NewCreator {
            id: CREATOR.parse().unwrap(),
            name: "Speed & Sons".to_owned(),
            dailymotion_id: Some("x1abcd".to_owned()),
            username: Some("speed".to_owned()),
            link: Some("https://www.example.com/".to_owned()),
            adopted: true,
            mode: FeedMode::Drain,
        };
        app.add_creator(Actor::program(), creator).await.unwrap();
        self.crawler = authorization(app, CredentialKind::Crawler).await;
        self.injector = authorization(app, CredentialKind::Callback).await;
    }

    /// The file with the settings of the daemon.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.folder.path().join("mcnd.toml")
    }

    /// The service over its catalog, beside whatever daemon serves it.
    pub(crate) async fn open(&self) -> Arc<App> {
        daemon::open(self.config()).await.unwrap()
    }

    fn config(&self) -> Config {
        load(self.config_file())
    }

    /// The database file.
    pub(crate) fn sqlite_file(&self) -> PathBuf {
        let path = self.db.url.strip_prefix("sqlite:");
        PathBuf::from(path.expect("only sites on SQLite are asked for a file"))
    }
}

/// The settings of a file, whatever the environment says.
pub(crate) fn load(file: PathBuf) -> Config {
    config::load(source(file)).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Settings from a file alone.
pub(crate) fn source(file: PathBuf) -> Source {
    Source {
        file: Some(file),
        environment: Vec::new(),
    }
}

/// Makes a credential and writes it as a client sends it.
async fn authorization(app: &Arc<App>, kind: CredentialKind) -> String {
    let new = app
        .add_credential(Actor::program(), kind, CredentialForm::Basic)
        .await
        .unwrap();
    let pair = format!("{}:{}", new.credential.id, new.secret);
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}
