//! The composition root: settings in; parts built, faces and jobs started, and all stopped in order.

mod descriptors;
mod error;
mod first_owner;
mod reload;
mod start;

use std::{future::Future, io, net::TcpListener, sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info, warn};

use crate::{
    app::App,
    config::{Config, Server, Source},
    http::{self, Faces, Limits},
    jobs, telemetry,
};

use descriptors::Room;

pub use crate::catalog::Contents;
pub use error::Error;
pub use first_owner::sign_up_address;
pub use start::{back_up, check_free, database_file, migrate, migrations, open, restore};

/// The sockets of the two faces, bound before anything else so that a taken address is known at once.
#[derive(Debug)]
pub struct Listeners {
    pub public: TcpListener,
    pub operator: TcpListener,
}

impl Listeners {
    /// Binds the addresses of the settings.
    pub fn bind(config: &Config) -> Result<Self, Error> {
        let bind = |address| {
            let listener =
                TcpListener::bind(address).map_err(|source| Error::Bind { address, source })?;
            listener
                .set_nonblocking(true)
                .map_err(|source| Error::Bind { address, source })?;
            Ok::<_, Error>(listener)
        };
        Ok(Self {
            public: bind(config.server.public)?,
            operator: bind(config.server.operator)?,
        })
    }
}

/// Runs the daemon until `shutdown` completes and everything under way has ended. `source` is read again on SIGHUP.
///
/// Order: catalog, service, jobs, faces; stopped in reverse: not ready, no new connections, requests, jobs, inbox, catalog.
///
/// # Errors
/// What kept it from starting, or that its storage can't be trusted any more.
pub async fn run(
    config: Config,
    source: Source,
    listeners: Listeners,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    if config.server.public_url.is_none() {
        return Err(Error::PublicUrlMissing);
    }
    tokio::pin!(shutdown);
    let tasks = TaskTracker::new();
    let started = tokio::select! {
        started = start::service(&config, tasks.clone()) => started?,
        () = &mut shutdown => return Ok(()),
    };
    let operator = listeners.operator.local_addr().map_err(Error::Listen)?;
    let running = Running::start(&config, source, listeners, Arc::clone(&started.app), tasks)?;
    first_owner::invite(&started.app, operator).await;
    let ended = tokio::select! {
        () = &mut shutdown => Ok(()),
        why = started.app.distrusted() => {
            error!("nothing more is promised, stopping: {why}");
            Err(Error::Distrust(why))
        }
    };
    running.stop(&config).await;
    if ended.is_ok() {
        started.ended_well();
    }
    ended
}

/// A daemon whose faces answer.
struct Running {
    app: Arc<App>,
    faces: Arc<Faces>,
    tasks: TaskTracker,
    /// Ends jobs and signal handling.
    stop: CancellationToken,
    /// Ends the listeners.
    close: CancellationToken,
    listening: TaskTracker,
}

impl Running {
    fn start(
        config: &Config,
        source: Source,
        listeners: Listeners,
        app: Arc<App>,
        tasks: TaskTracker,
    ) -> Result<Self, Error> {
        let (stop, close) = (CancellationToken::new(), CancellationToken::new());
        let faces = Arc::new(Faces::new(Arc::clone(&app)));
        // What the first runs of jobs count is lost unless somebody keeps it by then.
        let _kept = telemetry::metrics();
        jobs::start(&app, &tasks, &stop);
        tasks.spawn(reload::on_signal(source, Arc::clone(&app), stop.clone()));
        let (listening, room) = (TaskTracker::new(), Room::make(config));
        let (public, operator) = (http::public(&faces), http::operator_face(&faces));
        let routers = [
            ("public", listeners.public, public, room.public),
            ("operator", listeners.operator, operator, room.operator),
        ];
        for (name, listener, router, room) in routers {
            log_listening(name, &listener)?;
            let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::Listen)?;
            let limits = Limits {
                max_connections: room,
                stop_timeout: for_requests(&config.server),
                ..Limits::of(&config.server)
            };
            let (exempt, close) = (exempt(config), close.clone());
            listening.spawn(async move {
                let serving = http::serve(name, listener, router, &limits, exempt, close);
                if let Err(failed) = serving.await {
                    error!(
                        listener = name,
                        error = &failed as &dyn std::error::Error,
                        "the {name} listener ended"
                    );
                }
            });
        }
        listening.close();
        Ok(Self {
            app,
            faces,
            tasks,
            stop,
            close,
            listening,
        })
    }

    /// Stops in order; every step is bounded by the settings.
    async fn stop(self, config: &Config) {
        info!("stopping");
        let end = Instant::now() + config.server.lame_duck.max(config.server.stop_timeout);
        self.faces.set_stopping();
        tokio::time::sleep(config.server.lame_duck).await;
        self.close.cancel();
        self.listening.wait().await;
        self.stop.cancel();
        self.app.close_inbox();
        self.tasks.close();
        if timeout_at(end, self.tasks.wait()).await.is_err() {
            warn!("some tasks did not end within `server.stop_timeout`");
        }
        self.app.close().await;
        info!("stopped");
    }
}

/// How long requests under way may take once the listener is closed; the rest of the time is for what they left behind.
fn for_requests(server: &Server) -> Duration {
    server.stop_timeout.saturating_sub(server.lame_duck) * 4 / 5
}

/// Addresses that may open any number of connections: proxies and Dailymotion stand for many clients each.
fn exempt(config: &Config) -> Vec<ipnet::IpNet> {
    config
        .server
        .trusted_proxies
        .iter()
        .chain(&config.access.addresses)
        .copied()
        .collect()
}

fn log_listening(name: &str, listener: &TcpListener) -> Result<(), Error> {
    let address = listener
        .local_addr()
        .map_err(|source: io::Error| Error::Listen(source))?;
    info!(listener = name, listener.address = %address, "the {name} listener answers on {address}");
    Ok(())
}
