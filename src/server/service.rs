//! The actix server: how the app, the layers around it and the connections are put together.
//!
//! In go an [`App`] and a socket; out comes the end of the service. actix's own `HttpServer` is taken apart here,
//! since the stream of a connection is [`BackPressured`].

use crate::server::app::App;
use crate::server::http::backpressure::{BackPressured, attach_connection};
use crate::server::http::head::check_head;
use crate::server::http::headers::set_headers;
use crate::server::http::request_log::log_request;
use crate::server::routes;
use actix_http::{HttpService, Protocol};
use actix_server::Server;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web;
use export_advisor_core::files::RuleFiles;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// Seconds in which requests in progress may end when the service stops. With what comes after, and the last spans of
/// telemetry, it is less than the thirty that orchestrators wait before they kill.
const STOPS_WITHIN: u64 = 23;
/// Time to write the last entries of the audit.
const WRITES_WITHIN: Duration = Duration::from_secs(4);

/// How the server is run.
#[derive(Clone, Copy, Debug)]
pub struct ServerSettings {
    /// How many threads answer; one a core if left out.
    pub workers: Option<usize>,
    /// How many connections each thread holds at a time.
    pub connections: usize,
    /// Time for the head of a request.
    pub head_timeout: Duration,
    /// Time that an idle connection is kept.
    pub idle_timeout: Duration,
}

/// Why a service ended otherwise than on request.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The server could not be run.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// So many entries of the audit could not be written.
    #[error("{0} lines of the audit are lost")]
    AuditLost(usize),
}

impl App {
    /// Stores the rule book and reads the API keys, before the first request.
    ///
    /// # Errors
    /// If the keys cannot be read from a database of the service's own.
    pub async fn prepare(&self, files: &RuleFiles) -> Result<(), crate::server::store::StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        self.rules.publish(files, "start", "").await;
        if store.is_own() { self.access.read_keys().await } else { Ok(()) }
    }

    /// Answers requests until the process is asked to stop.
    ///
    /// # Errors
    /// If the server cannot be run, or entries of the audit are lost.
    pub async fn serve(
        self,
        listener: TcpListener,
        settings: ServerSettings,
    ) -> Result<(), ServiceError> {
        let tasks = self.spawn_tasks();
        reload_on_hangup(self.clone())?;
        let mut server = Server::build()
            .max_concurrent_connections(settings.connections)
            .shutdown_timeout(STOPS_WITHIN);
        if let Some(workers) = settings.workers {
            server = server.workers(workers);
        }
        let stops = server.graceful_shutdown_signal();
        let (draining, stopped) = (self.shutdown.clone(), stops.clone());
        actix_web::rt::spawn(async move {
            stopped.notified().await;
            draining.drain();
        });
        let ServerSettings { head_timeout, idle_timeout, .. } = settings;
        let app = self.clone();
        // As `HttpServer` does it, but for the stream.
        let service = move || {
            let (connecting, stops) = (app.clone(), stops.clone());
            let app = application(app.clone()).into_factory();
            let app = app.map_err(|error: actix_web::Error| error.error_response());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stops = stops.clone();
                    async move { stops.notified().await }
                })
                .client_request_timeout(head_timeout)
                .keep_alive(idle_timeout)
                .on_connect_ext(|stream: &BackPressured, data| attach_connection(stream, data))
                .finish(map_config(app, |()| AppConfig::default()));
            fn_service(move |stream: TcpStream| {
                let app = connecting.clone();
                async move {
                    let peer = stream.peer_addr().ok();
                    let is_proxy = |address| app.access.proxies.trusts(address);
                    let stream = BackPressured::accept(stream, &app.connections, is_proxy).await?;
                    Ok((stream, Protocol::Http1, peer))
                }
            })
            .and_then(http)
        };
        let ran = server.listen("http", listener, service)?.run().await;
        // A server that was stopped at once has not been drained yet.
        self.shutdown.drain();
        let written = self.shut_down(tasks, WRITES_WITHIN).await;
        ran?;
        written.map_err(ServiceError::AuditLost)
    }
}

/// The routes and the layers around them; the outermost is wrapped last.
pub fn application(
    app: App,
) -> actix_web::App<
    impl actix_service::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let limits = Arc::clone(&app.limits);
    actix_web::App::new()
        .app_data(web::Data::new(app))
        .wrap(Compress::default())
        .wrap(from_fn(check_head))
        .wrap(from_fn(log_request))
        .wrap(from_fn(set_headers))
        .configure(|config| routes::configure(config, &limits))
}

/// Reads the rules again at each SIGHUP. Bad ones are refused, and the old ones stay.
#[cfg(unix)]
fn reload_on_hangup(app: App) -> io::Result<()> {
    use actix_web::rt::signal::unix::{SignalKind, signal};
    let mut hangups = signal(SignalKind::hangup())?;
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() {
            // All signals that come meanwhile count as one.
            app.reloader.reload_at_machine().await;
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn reload_on_hangup(_: App) -> io::Result<()> {
    Ok(())
}
