//! How the first person comes in: a link, printed once, while there is no owner.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    sync::Arc,
};

use tracing::warn;

use crate::{
    app::{App, SignUpLink},
    config::Config,
};

/// Where somebody sets their password. Without `server.operator_url` it is the listener's own address.
pub fn sign_up_address(config: &Config, operator: SocketAddr, link: &SignUpLink) -> String {
    let base = match &config.server.operator_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{operator}"),
    };
    format!("{base}/sign-up/{}", link.secret)
}

/// Prints the link with which the first owner comes in, while there is none. Not as a log line: logs are passed on and
/// kept.
pub(super) async fn invite(app: &Arc<App>, operator: SocketAddr) {
    match app.first_owner_link().await {
        Ok(None) => {}
        Ok(Some(link)) => {
            let address = sign_up_address(&app.config(), operator, &link);
            // Where nobody listens to standard error, `mcnd user add` makes another link.
            let _printed = writeln!(
                io::stderr(),
                "nobody can sign in yet; the first owner sets a password, once and within an hour, at\n{address}"
            );
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            warn!(
                error,
                "no link for a first owner could be made; `mcnd user add` makes one"
            );
        }
    }
}
