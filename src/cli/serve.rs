//! `serve`: the web form, the API and its description.

use super::config::{Config, ConfigArgs, Log};
use super::form_key;
use super::{CliError, print};
use crate::api;
use crate::api::State;
use crate::files::RuleFiles;
use crate::store::Store;
use crate::web;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer};
use clap::Args;
use std::net::TcpListener;

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigArgs,
}

impl Serve {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let config = self.config.config()?;
        start_log(config.log);
        let files = config.rules().files()?;
        let mut state = State::new(config.rules().advisor()?);
        state.set_body_deadline(config.body_timeout());
        let pages = web::Pages {
            key: form_key::keep(config.data.as_deref())?,
            embed: config.embed.clone(),
        };
        let io = |source| CliError::Io { path: config.bind.to_string(), source };
        let listener = TcpListener::bind(config.bind).map_err(io)?;
        let address = listener.local_addr().map_err(io)?;
        print(&format!("export-advisor listens on http://{address}/\n"))?;
        actix_web::rt::System::new().block_on(async {
            if let Some(url) = config.database()? {
                let store = Store::open(&url).await?;
                if store.is_own() {
                    store.migrate().await?;
                }
                keep(&store, &files).await;
                state.set_store(store);
            }
            reload_on_hangup(&config, state.clone()).map_err(io)?;
            let mut server = HttpServer::new(move || {
                let pages = pages.clone();
                App::new()
                    .app_data(actix_web::web::Data::new(state.clone()))
                    .wrap(Compress::default())
                    .wrap(from_fn(api::observe))
                    .configure(|config| web::configure(config, &pages))
                    .configure(api::configure)
            })
            .client_request_timeout(config.head_timeout())
            .keep_alive(config.idle_timeout())
            .max_connections(config.connections)
            .shutdown_timeout(30);
            if let Some(workers) = config.workers {
                server = server.workers(workers);
            }
            server.listen(listener).map_err(io)?.run().await.map_err(io)
        })
    }
}

/// Keeps a rule book, so that its answers can be asked again. Without it the service goes on.
async fn keep(store: &Store, files: &RuleFiles) {
    if let Err(error) = store.keep_rule_book(files).await {
        tracing::error!(%error, "the rule book could not be kept");
    }
}

fn start_log(log: Log) {
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    match log {
        Log::Text => lines.init(),
        Log::Json => lines.json().flatten_event(true).init(),
        Log::Off => {}
    }
}

/// Reads the rules again at each SIGHUP. Bad ones are refused, and the old ones stay.
#[cfg(unix)]
fn reload_on_hangup(config: &Config, state: State) -> std::io::Result<()> {
    use actix_web::rt::signal::unix::{SignalKind, signal};
    let mut hangups = signal(SignalKind::hangup())?;
    let rules = config.rules();
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() {
            match rules.files().and_then(|files| Ok((rules.advisor()?, files))) {
                Ok((advisor, files)) => {
                    let rule_book = advisor.book().version.clone();
                    if let Some(store) = state.store() {
                        keep(store, &files).await;
                    }
                    state.replace(advisor);
                    tracing::info!(rule_book, "rules read again");
                }
                Err(faults) => tracing::error!(%faults, "rules refused; the old ones stay"),
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn reload_on_hangup(_: &Config, _: State) -> std::io::Result<()> {
    Ok(())
}
