//! `serve`: the web form, the API and its description.

use super::{CliError, RulesArg, print};
use crate::api::{self, State};
use crate::web;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer};
use clap::Args;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// How many threads answer [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// How many seconds a request's body may take
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    body_timeout: u64,
    #[command(flatten)]
    rules: RulesArg,
}

impl Serve {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let mut state = State::new(self.rules.advisor()?);
        state.set_body_deadline(Duration::from_secs(self.body_timeout));
        let io = |source| CliError::Io { path: self.bind.to_string(), source };
        let listener = TcpListener::bind(self.bind).map_err(io)?;
        let address = listener.local_addr().map_err(io)?;
        print(&format!("export-advisor listens on http://{address}/\n"))?;
        let workers = self.workers;
        actix_web::rt::System::new().block_on(async move {
            let mut server = HttpServer::new(move || {
                App::new()
                    .app_data(actix_web::web::Data::new(state.clone()))
                    .wrap(Compress::default())
                    .wrap(from_fn(api::request_id))
                    .configure(web::configure)
                    .configure(api::configure)
            })
            .shutdown_timeout(30);
            if let Some(workers) = workers {
                server = server.workers(workers);
            }
            server.listen(listener).map_err(io)?.run().await.map_err(io)
        })
    }
}
