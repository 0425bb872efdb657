//! The form: what browsers send, and the signed state that pages carry, through the service in-process.
//!
//! `form_body` takes one request a line, in the order of a walk: `[/path ]body` is sent as a form with the state and
//! the page of the answer before, `?query` opens the form by a link. `signed_state` takes a state's text and signs it
//! here, with the service's key and own code; alters a good state; or sends the bytes as a state. What must hold: no
//! answer is a 5xx, a state that the service made is taken, an altered one is refused, and markup that was sent
//! does not come back as markup.

use crate::hold;
use crate::product::{KEY, Reply, ask};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::io::Write as _;

/// The most requests of one walk.
const MOST: usize = 8;
const PATHS: [&str; 7] = ["/form", "/sheet", "/copy", "/adviser", "/share", "/s", "/s/delete"];
/// Markup that no page has of itself.
const MARKUP: &str = "<zq";

/// A walk through the form.
pub fn form_body(data: &[u8]) {
    hold("form_body", walk(data));
}

/// A state that a page carries.
pub fn signed_state(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let found = match first % 3 {
        0 => signed(rest),
        1 => altered(rest),
        _ => forged(rest),
    };
    hold("signed_state", found);
}

fn walk(data: &[u8]) -> Result<(), String> {
    let mut carried = Vec::new();
    for line in data.split(|byte| *byte == b'\n').take(MOST) {
        let (path, reply) = match line.strip_prefix(b"?") {
            Some(query) => {
                let path = format!("/form?{}", String::from_utf8_lossy(query));
                if path.parse::<actix_web::http::Uri>().is_err() {
                    continue;
                }
                let reply = ask(&path, None);
                (path, reply)
            }
            None => {
                let start = line.iter().position(|byte| *byte == b' ').unwrap_or(0);
                let (path, rest) = line.split_at(start);
                let named = PATHS.iter().find(|known| known.as_bytes() == path);
                let body = if named.is_some() { &rest[1..] } else { line };
                let path = named.unwrap_or(&PATHS[0]);
                let body = [&carried, body].concat();
                ((*path).to_owned(), ask(path, Some(&body)))
            }
        };
        answered(&path, &reply)?;
        if let Some(state) = hidden(&reply.body, "state") {
            taken(&state)?;
            carried = format!("state={state}&").into_bytes();
            if let Some(page) = hidden(&reply.body, "page") {
                carried.extend(format!("page={}&", page.replace('@', "%40")).bytes());
            }
        }
    }
    Ok(())
}

/// No answer is a failure of the service, nor markup that a client sent.
pub fn answered(path: &str, reply: &Reply) -> Result<(), String> {
    // The service here has no store, and says so.
    let stores = ["/share", "/s"].iter().any(|stored| path.starts_with(stored));
    if reply.status >= 500 && !(reply.status == 503 && stores) {
        let body = String::from_utf8_lossy(&reply.body);
        return Err(format!("{path} answers {}: {body}", reply.status));
    }
    match reply.body.windows(MARKUP.len()).any(|found| found == MARKUP.as_bytes()) {
        true => Err(format!("{path} sends markup back")),
        false => Ok(()),
    }
}

/// A state that the service made is taken.
fn taken(state: &str) -> Result<(), String> {
    let reply = ask("/form", Some(format!("state={state}&do=show").as_bytes()));
    answered("/form", &reply)?;
    match reply.status {
        200 | 422 => Ok(()),
        status => Err(format!("its own state is answered with {status}")),
    }
}

/// The value of a hidden field of a page.
fn hidden(page: &[u8], name: &str) -> Option<String> {
    let page = std::str::from_utf8(page).ok()?;
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// Signs a text as the service signs states: deflate, HMAC-SHA256, base64url.
#[must_use]
pub fn sign(text: &[u8]) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder.write_all(text).and_then(|()| encoder.finish()).unwrap_or_default();
    let key = URL_SAFE_NO_PAD.decode(KEY).unwrap_or_default();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    mac.update(b"export-advisor form 1\0");
    mac.update(&packed);
    let mut bytes = mac.finalize().into_bytes().to_vec();
    bytes.extend(packed);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A signed text, whatever it says: a page, or a refusal.
fn signed(text: &[u8]) -> Result<(), String> {
    let state = sign(text);
    for path in ["/form", "/sheet", "/copy"] {
        let reply = ask(path, Some(format!("state={state}&do=next").as_bytes()));
        answered(path, &reply)?;
        if let Some(next) = hidden(&reply.body, "state") {
            taken(&next)?;
        }
    }
    Ok(())
}

/// A good state with changes, each of three bytes: a position and what is changed there.
fn altered(changes: &[u8]) -> Result<(), String> {
    let good = sign(br#"{"v":"","p":{"exports_goods":true,"employees":12}}"#);
    let mut bytes = URL_SAFE_NO_PAD.decode(&good).unwrap_or_default();
    let before = bytes.clone();
    for change in changes.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % (bytes.len() + 1);
        match bytes.get_mut(at) {
            Some(byte) => *byte ^= change[2],
            None => bytes.push(change[2]),
        }
    }
    let reply =
        ask("/form", Some(format!("state={}&do=next", URL_SAFE_NO_PAD.encode(&bytes)).as_bytes()));
    judged(&reply, bytes == before)
}

/// Bytes that nobody signed.
fn forged(state: &[u8]) -> Result<(), String> {
    let escaped: String = state.iter().map(|byte| format!("%{byte:02X}")).collect();
    let reply = ask("/form", Some(format!("state={escaped}&do=next").as_bytes()));
    judged(&reply, false)
}

/// A state is taken exactly if it is as it was signed.
pub fn judged(reply: &Reply, is_good: bool) -> Result<(), String> {
    answered("/form", reply)?;
    match (reply.status, is_good) {
        (400, false) | (200 | 422, true) => Ok(()),
        (status, true) => Err(format!("a good state is answered with {status}")),
        (status, false) => Err(format!("an altered state is answered with {status}")),
    }
}
