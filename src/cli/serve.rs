//! `serve`: the web form, the API and its description.

use super::config::{Config, ConfigArgs, Log, LogLevel};
use super::doctor::{database_files, open_to_others};
use super::form_key;
use super::rules::within;
use super::{CliError, print};
use crate::server::app::{App, Parts};
use crate::server::reload::RuleSource;
use crate::server::service::ServiceError;
use crate::server::store::{DatabaseLock, Store, StoreError};
use crate::server::telemetry::Telemetry;
use clap::Args;
use export_advisor_core::interrupt::Interrupt;
use std::net::TcpListener;
use std::sync::Arc;

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
        // Outside of the runtime: its client has one of its own.
        let telemetry = config.otlp_endpoint.as_deref().map(Telemetry::new).transpose();
        let telemetry = telemetry.map_err(CliError::Faults)?;
        let operator = config.operator()?;
        let form_key = form_key::keep(config.data.as_deref())?;
        let database = config.database()?;
        // Held until the service has ended, so that nobody restores a database that it uses.
        let lock = database.as_deref().map(DatabaseLock::of_service).transpose()?;
        let io = |source| CliError::Io { path: config.bind.to_string(), source };
        let listener = TcpListener::bind(config.bind).map_err(io)?;
        let address = listener.local_addr().map_err(io)?;
        print(&format!("export-advisor listens on http://{address}/\n"))?;
        let system = actix_web::rt::System::new();
        let served = system.block_on(async {
            let app = App::new(Parts {
                advisor,
                source: rule_source(&config),
                store: open_store(database.as_deref()).await?,
                limits: config.limits(),
                access: config.access(form_key.key_secret()),
                share_limits: config.share_limits(),
                caller_secret: form_key.caller_secret(),
                audit_days: config.audit_days,
                telemetry: telemetry.clone(),
                form_key,
                embed: config.embed.clone(),
                operator,
            });
            app.prepare(&files).await?;
            app.serve(listener, config.server()).await.map_err(|error| match error {
                ServiceError::Io(source) => io(source),
                lost @ ServiceError::AuditLost(_) => CliError::Failed(lost.to_string()),
            })
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

/// Where the service reads its rules from again.
fn rule_source(config: &Config) -> RuleSource {
    let rules = config.rules();
    let read = move |interrupt: &Interrupt| {
        rules.advisor_within(interrupt).map_err(|error| error.to_string())
    };
    RuleSource { read: Arc::new(read), within: config.load_timeout() }
}

/// Opens the store, with the schema that is needed if it is the service's own.
async fn open_store(database: Option<&str>) -> Result<Option<Store>, StoreError> {
    let Some(url) = database else { return Ok(None) };
    let store = Store::open(url).await?;
    if store.is_own() {
        store.migrate().await?;
        if let Some(found) = open_to_others(&database_files(url)) {
            tracing::warn!("{found}");
        }
    } else if let Err(error @ StoreError::Newer { .. }) = store.refuse_newer().await {
        return Err(error);
    }
    Ok(Some(store))
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
