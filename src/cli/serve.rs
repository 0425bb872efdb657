//! `serve`: the web form, the API and its description.

use super::config::{ConfigArgs, Log, LogLevel};
use super::doctor::{database_files, open_to_others};
use super::form_key;
use super::rules::within;
use super::{CliError, print};
use crate::server::api;
use crate::server::api::State;
use crate::server::pages;
use crate::server::store::{DatabaseLock, Store, StoreError};
use actix_http::{HttpService, Protocol};
use actix_server::Server;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::App;
use actix_web::dev::AppConfig;
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::net::TcpStream;
use clap::Args;
use export_advisor_core::interrupt::Interrupt;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// Seconds in which running requests may end when the service stops. With what comes after, and the last spans of
/// telemetry, it is less than the thirty that orchestrators wait before they kill.
const STOPS_WITHIN: u64 = 23;
/// Time to write what was noted last.
const WRITES_WITHIN: Duration = Duration::from_secs(4);

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigArgs,
}

impl Serve {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let config = self.config.config()?;
        start_log(config.log, config.log_level);
        if let Some(exposure) = config.exposure() {
            tracing::warn!("{exposure}");
        }
        let (advisor, files) = config.rules().advisor_within(&within(config.load_timeout()))?;
        let mut state = State::new(advisor);
        state.set_limits(config.limits());
        state.set_audit_days(config.audit_days);
        // Outside of the runtime: its client has one of its own.
        let telemetry = config.otlp_endpoint.as_deref().map(api::Telemetry::new).transpose();
        let telemetry = telemetry.map_err(CliError::Faults)?;
        if let Some(telemetry) = &telemetry {
            state.set_telemetry(telemetry.clone());
        }
        let key = form_key::keep(config.data.as_deref())?;
        let database = config.database()?;
        state.set_access(config.access(form_key::secret(&key), database.is_some()));
        state.set_share_limits(config.share_limits(form_key::share_secret(&key)));
        // Held until the service has ended, so that nobody restores a database that it uses.
        let lock = database.as_deref().map(DatabaseLock::of_service).transpose()?;
        let rules = config.rules();
        let read = move |interrupt: &Interrupt| {
            rules.advisor_within(interrupt).map_err(|error| error.to_string())
        };
        state.set_reload(Arc::new(read), config.load_timeout());
        let settings = pages::Pages { key, embed: config.embed.clone() };
        let io = |source| CliError::Io { path: config.bind.to_string(), source };
        let listener = TcpListener::bind(config.bind).map_err(io)?;
        let address = listener.local_addr().map_err(io)?;
        print(&format!("export-advisor listens on http://{address}/\n"))?;
        let system = actix_web::rt::System::new();
        let served = system.block_on(async {
            if let Some(url) = database {
                let store = Store::open(&url).await?;
                let is_own = store.is_own();
                if is_own {
                    store.migrate().await?;
                    if let Some(found) = open_to_others(&database_files(&url)) {
                        tracing::warn!("{found}");
                    }
                } else if let Err(error @ StoreError::Newer { .. }) = store.refuse_newer().await {
                    return Err(error.into());
                }
                state.set_store(store);
                state.keep_rule_book(&files).await;
                if is_own {
                    state.read_keys().await?;
                }
            }
            let tasks = vec![
                actix_web::rt::spawn(state.clone().keep_access()),
                actix_web::rt::spawn(state.clone().watch_connections()),
                actix_web::rt::spawn(state.clone().keep_records()),
            ];
            let records = state.clone();
            reload_on_hangup(state.clone()).map_err(io)?;
            let (watcher, limits) = (state.clone(), config.limits());
            let app = move || {
                let settings = settings.clone();
                App::new()
                    .app_data(actix_web::web::Data::new(state.clone()))
                    .wrap(Compress::default())
                    .wrap(from_fn(api::check_head))
                    .wrap(from_fn(api::observe))
                    .wrap(from_fn(api::set_headers))
                    .configure(|config| pages::configure(config, &settings))
                    .configure(|config| api::configure(config, &limits))
            };
            let mut server = Server::build()
                .max_concurrent_connections(config.connections)
                .shutdown_timeout(STOPS_WITHIN);
            if let Some(workers) = config.workers {
                server = server.workers(workers);
            }
            let stops = server.graceful_shutdown_signal();
            let (draining, begun) = (records.clone(), stops.clone());
            actix_web::rt::spawn(async move {
                begun.notified().await;
                draining.drain();
            });
            let (head_timeout, idle_timeout) = (config.head_timeout(), config.idle_timeout());
            // As `HttpServer` does it, but for the stream, which is read at the pace of the answers.
            let service = move || {
                let (watcher, stops) = (watcher.clone(), stops.clone());
                let app =
                    app().into_factory().map_err(|error: actix_web::Error| error.error_response());
                let http = HttpService::build()
                    .graceful_shutdown_signal(move || {
                        let stops = stops.clone();
                        async move { stops.notified().await }
                    })
                    .client_request_timeout(head_timeout)
                    .keep_alive(idle_timeout)
                    .on_connect_ext(|stream: &api::Paced, data| api::remember(stream, data))
                    .finish(map_config(app, |()| AppConfig::default()));
                fn_service(move |stream: TcpStream| {
                    let watcher = watcher.clone();
                    async move {
                        let peer = stream.peer_addr().ok();
                        let stream = watcher.connected(stream).await?;
                        Ok((stream, Protocol::Http1, peer))
                    }
                })
                .and_then(http)
            };
            let ran = server.listen("http", listener, service).map_err(io)?.run().await;
            // Stopped at once, it was not said before.
            records.drain();
            let written = records.end(tasks, WRITES_WITHIN).await;
            ran.map_err(io)?;
            written
                .map_err(|lines| CliError::Failed(format!("{lines} lines of the audit are lost")))
        });
        // The process ends: no thread is waited for that still asks the network for a name.
        std::mem::forget(system);
        if let Some(telemetry) = telemetry {
            telemetry.stop();
        }
        drop(lock);
        served
    }
}

fn start_log(log: Log, level: LogLevel) {
    let level = match level {
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Debug => tracing::Level::DEBUG,
    };
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    let lines = lines.with_max_level(level);
    match log {
        Log::Text => lines.init(),
        Log::Json => lines.json().flatten_event(true).init(),
        Log::Off => {}
    }
}

/// Reads the rules again at each SIGHUP. Bad ones are refused, and the old ones stay.
#[cfg(unix)]
fn reload_on_hangup(state: State) -> std::io::Result<()> {
    use actix_web::rt::signal::unix::{SignalKind, signal};
    let mut hangups = signal(SignalKind::hangup())?;
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() {
            // However many come meanwhile, they are one.
            state.reload_at_machine().await;
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn reload_on_hangup(_: State) -> std::io::Result<()> {
    Ok(())
}
