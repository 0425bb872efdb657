//! A bare JSON endpoint, to compare the service with: it reads a body and answers with JSON of a
//! given size, serialised anew (`/serialised`) or ready (`/ready`).
//!
//! `cargo run --release --example bare_json -- 127.0.0.1:0 answer.json`
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a tool"
)]

use actix_web::{App, HttpResponse, HttpServer, web};
use std::net::TcpListener;

struct Bare {
    text: String,
    typed: export_advisor::server::api::Assessment,
}

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[2])?;
    let listener = TcpListener::bind(&args[1])?;
    println!("listens on http://{}", listener.local_addr()?);
    serve(listener, text)
}

/// Serves until the process ends.
#[actix_web::main]
pub async fn serve(listener: TcpListener, text: String) -> std::io::Result<()> {
    let typed = serde_json::from_str(&text).unwrap();
    let bare = web::Data::new(Bare { text, typed });
    HttpServer::new(move || {
        App::new()
            .app_data(bare.clone())
            .route(
                "/ready",
                web::post().to(|bare: web::Data<Bare>, body: web::Bytes| async move {
                    let _ = serde_json::from_slice::<serde_json::Value>(&body);
                    HttpResponse::Ok().content_type("application/json").body(bare.text.clone())
                }),
            )
            .route(
                "/serialised",
                web::post().to(|bare: web::Data<Bare>, body: web::Bytes| async move {
                    let _ = serde_json::from_slice::<serde_json::Value>(&body);
                    HttpResponse::Ok().json(&bare.typed)
                }),
            )
    })
    .workers(1)
    .listen(listener)?
    .run()
    .await
}
