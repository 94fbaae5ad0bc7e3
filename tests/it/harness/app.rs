//! The service in this process: both faces on free ports, over a database of its own, with a clock
//! that moves only when told. No job runs by itself.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use mcnd::{
    app::{App, Parts, PullPace},
    catalog::Catalog,
    clock::ManualClock,
    config::{self, Config, Source},
    http::{self, Faces, Limits},
    model::{CredentialForm, CredentialKind, Timestamp},
    random::Random,
};
use reqwest::{Method, RequestBuilder};
use tokio::net::TcpListener;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::{
    databases::TestDatabase,
    http::{Answer, Raw, client},
};
use crate::harness::given::by;

/// What every clock shows at first: noon of 1 October 2026 in UTC.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_790_856_000_000);
/// What every address in lists and feeds begins with.
pub(crate) const BASE: &str = "https://mcn.example";

/// A running service. Dropped, it stops.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) public: SocketAddr,
    pub(crate) operator: SocketAddr,
    pub(crate) database: Arc<TestDatabase>,
    /// Opens user list and feeds as a bearer.
    pub(crate) crawler: String,
    /// Opens the callback as a bearer.
    pub(crate) callback: String,
    settings: BTreeMap<String, String>,
    pace: PullPace,
    client: reqwest::Client,
    tasks: TaskTracker,
    listening: TaskTracker,
    close: DropGuard,
}

impl TestApp {
    /// The default settings over SQLite.
    pub(crate) async fn sqlite() -> Self {
        Self::start(TestDatabase::sqlite(), &[]).await
    }

    /// SQLite and these settings, by their dotted names.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::start(TestDatabase::sqlite(), settings).await
    }

    pub(crate) async fn start(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::paced(database, settings, PullPace::default()).await
    }

    /// A service whose pulls pace themselves so.
    pub(crate) async fn paced(
        database: TestDatabase,
        settings: &[(&str, &str)],
        pace: PullPace,
    ) -> Self {
        let settings = settings
            .iter()
            .map(|(key, value)| own(key, value))
            .collect();
        let clock = Arc::new(ManualClock::new(NOON));
        Self::over(Arc::new(database), settings, clock, pace).await
    }

    /// Another daemon over the same database, under the same clock.
    pub(crate) async fn beside(&self) -> Self {
        let (database, clock) = (Arc::clone(&self.database), Arc::clone(&self.clock));
        Self::over(database, self.settings.clone(), clock, self.pace).await
    }

    /// Stops in order and starts again over what is on disk.
    pub(crate) async fn restart(self) -> Self {
        drop(self.close);
        self.listening.wait().await;
        self.app.close_inbox();
        self.tasks.close();
        self.tasks.wait().await;
        self.app.close().await;
        Self::over(self.database, self.settings, self.clock, self.pace).await
    }

    async fn over(
        database: Arc<TestDatabase>,
        settings: BTreeMap<String, String>,
        clock: Arc<ManualClock>,
        pace: PullPace,
    ) -> Self {
        let config = settled(&database, &settings);
        let catalog = Catalog::open_or_make(&config.database).await.unwrap();
        catalog.migrate().await.unwrap();
        let tasks = TaskTracker::new();
        let app = App::start(Parts {
            catalog,
            clock: clock.clone(),
            random: Random::seeded(seed()),
            config: config.clone(),
            tasks: tasks.clone(),
            pull_pace: pace,
        });
        app.settle_policy().await.unwrap();
        app.settle_network_settings().await.unwrap();
        let (crawler, callback) = (CredentialKind::Crawler, CredentialKind::Callback);
        let crawler = app
            .add_credential(by(), crawler, CredentialForm::Bearer)
            .await;
        let callback = app
            .add_credential(by(), callback, CredentialForm::Bearer)
            .await;
        let faces = Arc::new(Faces::new(Arc::clone(&app)));
        let (close, listening) = (CancellationToken::new(), TaskTracker::new());
        let routers = [http::public(&faces), http::operator_face(&faces)];
        let [public, operator] = routers.map(|router| serve(router, &config, &close, &listening));
        listening.close();
        Self {
            app,
            clock,
            public: public.await,
            operator: operator.await,
            database,
            crawler: crawler.unwrap().secret,
            callback: callback.unwrap().secret,
            settings,
            pace,
            client: client(),
            tasks,
            listening,
            close: close.drop_guard(),
        }
    }

    /// Puts another setting in force, as SIGHUP does; the list's profile as an operator does who resets it to the file's.
    pub(crate) async fn set(&mut self, key: &str, value: &str) {
        self.settings.extend([own(key, value)]);
        let config = settled(&self.database, &self.settings);
        let profile = config.user_list.clone();
        self.app.set_config(config);
        self.app.settle_policy().await.unwrap();
        if key.starts_with("user_list.") {
            let set = self.app.set_user_list_profile(by(), profile, None);
            set.await.unwrap();
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// A request to the public face, without a credential.
    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.public);
        self.client.request(method, url)
    }

    /// A crawler's request.
    pub(crate) fn crawl(&self, path: &str) -> RequestBuilder {
        self.ask(Method::GET, path).bearer_auth(&self.crawler)
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// What a crawler is answered.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.crawl(path)).await
    }

    /// What the operator's face answers.
    pub(crate) async fn inside(&self, path: &str) -> Answer {
        let url = format!("http://{}{path}", self.operator);
        answer(self.client.get(url)).await
    }

    /// What the injector is answered.
    pub(crate) async fn post(&self, body: impl Into<Vec<u8>>) -> Answer {
        let request = self.ask(Method::POST, "/callbacks/dailymotion");
        answer(request.bearer_auth(&self.callback).body(body.into())).await
    }

    /// Sends a callback over a connection of its own, and does not wait for the answer.
    pub(crate) async fn send_callback(&self, body: &str) -> Raw {
        let (secret, length) = (&self.callback, body.len());
        let mut raw = Raw::connect(self.public).await;
        raw.send(format!(
            "POST /callbacks/dailymotion HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {secret}\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await
        .unwrap();
        raw
    }

    /// Posts a callback that must be taken; returns the counts of the answer.
    pub(crate) async fn deliver(&self, events: &serde_json::Value) -> serde_json::Value {
        self.post(events.to_string()).await.expect(200).json()
    }

    /// The feed of a creator, which must be there.
    pub(crate) async fn feed(&self, creator: &str) -> Answer {
        self.get(&format!("/feeds/{creator}.xml")).await.expect(200)
    }

    /// The guids that a creator's feed lists, in its order.
    pub(crate) async fn feed_guids(&self, creator: &str) -> Vec<String> {
        guids_in(self.feed(creator).await.text())
    }

    /// One exchange of exact bytes with the public face; a request line and headers without the empty line.
    pub(crate) async fn exact(&self, head: &str) -> Answer {
        let mut raw = Raw::connect(self.public).await;
        raw.send(format!("{head}\r\n\r\n")).await.unwrap();
        raw.answer().await.unwrap()
    }

    /// A crawler's `GET` of exactly this address.
    pub(crate) async fn get_exactly(&self, address: &str) -> Answer {
        let secret = &self.crawler;
        self.exact(&format!(
            "GET {address} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {secret}"
        ))
        .await
    }
}

/// Sends a request and reads the whole answer.
pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    Answer::of(request.send().await.unwrap()).await
}

/// The guids of a feed's items, read with a parser that shares nothing with the writer.
pub(crate) fn guids_in(feed: &str) -> Vec<String> {
    let document =
        roxmltree::Document::parse(feed).unwrap_or_else(|error| panic!("{error}: {feed}"));
    let guids = document
        .descendants()
        .filter(|node| node.has_tag_name("guid"));
    guids
        .map(|node| node.text().unwrap_or_default().to_owned())
        .collect()
}

fn own(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn settled(database: &TestDatabase, settings: &BTreeMap<String, String>) -> Config {
    let imports = database.folder().join("imports").display().to_string();
    let given = [
        ("database.url", database.url.as_str()),
        ("import.folder", imports.as_str()),
        ("server.public_url", BASE),
        ("database.connections", "4"),
    ];
    let mut all: BTreeMap<_, _> = given
        .into_iter()
        .map(|(key, value)| own(key, value))
        .collect();
    all.extend(settings.clone());
    let variable = |key: &str| format!("MCND__{}", key.replace('.', "__").to_uppercase());
    let environment = all
        .iter()
        .map(|(key, value)| (variable(key), value.clone()));
    config::load(Source {
        file: None,
        environment: environment.collect(),
    })
    .unwrap_or_else(|faults| panic!("{faults}"))
}

/// Another seed for every service of this process, so that two daemons never make the same id.
fn seed() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Serves a face on a free port and tells which.
async fn serve(
    router: axum::Router,
    config: &Config,
    close: &CancellationToken,
    listening: &TaskTracker,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (limits, close) = (Limits::of(&config.server), close.clone());
    let exempt = config.server.trusted_proxies.clone();
    listening.spawn(async move {
        let serving = http::serve("test", listener, router, &limits, exempt, close);
        serving.await.unwrap();
    });
    address
}
