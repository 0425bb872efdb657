//! Headers of every answer, the files that are compressed once, and forms that other sites send.

use crate::server::{Reply, Server};
use flate2::read::GzDecoder;
use std::io::{Read as _, Write as _};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[test]
fn every_answer_tells_a_browser_what_it_may_do() {
    let server = Server::start_with(&["--anonymous-rate", "1000", "--embed", "https://a.example"]);
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/api/v1/facts", 200),
        ("HEAD", "/api/v1/facts", 200),
        ("POST", "/api/v1/assessments", 415),
        ("GET", "/api/v1/assessments", 405),
        ("POST", "/admin/reload", 401),
        ("GET", "/nowhere", 404),
        ("GET", "//nowhere", 404),
        ("GET", "/suggest/place", 400),
        ("GET", "/", 200),
        ("GET", "/form", 200),
        ("GET", "/embed", 200),
        ("GET", "/text", 200),
        ("GET", "/contact", 200),
        ("GET", "/robots.txt", 200),
        ("GET", "/favicon.ico", 200),
        ("GET", "/s", 200),
        ("PUT", "/s", 405),
        ("GET", "/assets/style.css", 200),
        ("GET", "/docs", 308),
        ("GET", "/docs/", 200),
        ("GET", "/docs/swagger-ui.css", 200),
    ] {
        let reply = server.send(method, path, &[], "");
        assert_eq!(reply.status, status, "{method} {path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            let all: Vec<_> = reply.headers().iter().filter(|(given, _)| given == name).collect();
            assert_eq!(all.len(), 1, "{method} {path}: {name}");
            assert_eq!(reply.header(name), Some(value), "{method} {path}");
        }
        let policy = reply.header("permissions-policy").unwrap();
        for denied in ["camera=()", "geolocation=()", "microphone=()", "payment=()", "usb=()"] {
            assert!(policy.split(", ").any(|part| part == denied), "{method} {path}: {denied}");
        }
        // The one thing that the pages use.
        assert_eq!(policy.matches("(self)").count(), 1);
    }
    let frame = server.get("/embed");
    let policy = frame.header("content-security-policy").unwrap();
    assert!(policy.ends_with("frame-ancestors https://a.example"), "{policy}");
    assert_eq!(frame.header("x-frame-options"), None);
}

/// Head and body of the answer to a request for a file.
fn fetch(server: &Server, path: &str, accept: &str) -> (String, Vec<u8>) {
    let mut stream = server.connect();
    let accept =
        if accept.is_empty() { String::new() } else { format!("Accept-Encoding: {accept}\r\n") };
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{accept}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let body = answer.split_off(end + 4);
    (String::from_utf8(answer).unwrap().to_lowercase(), body)
}

#[test]
fn files_come_in_the_coding_that_the_client_takes() {
    let server = Server::start();
    for path in [
        "/docs/",
        "/docs/swagger-ui-bundle.js",
        "/docs/swagger-initializer.js",
        "/assets/style.css",
        "/assets/form.js",
        "/assets/adviser.js",
        "/assets/embed.js",
        "/assets/icon.svg",
        "/openapi.json",
        "/api/v1/supports",
        "/api/v1/facts",
    ] {
        let (_, plain) = fetch(&server, path, "");
        assert!(!plain.is_empty());
        for (accept, coding) in [
            ("gzip", "gzip"),
            ("gzip, deflate, br", "br"),
            ("gzip, br;q=0.5", "gzip"),
            ("br, gzip;q=0.5", "br"),
            ("br", "br"),
            ("identity", "identity"),
            ("identity, br;q=0.5", "identity"),
            ("deflate", "identity"),
            ("gzip;q=0, br;q=0", "identity"),
            ("gzip;q=0", "identity"),
        ] {
            let (head, body) = fetch(&server, path, accept);
            assert!(head.starts_with("http/1.1 200"), "{path} {accept}: {head}");
            assert!(head.contains("vary: accept-encoding"), "{path} {accept}: {head}");
            let stated = format!("content-encoding: {coding}\r\n");
            assert!(format!("{head}\r\n").contains(&stated), "{path} {accept}: {head}");
            // Its size is known before it is sent: nothing is compressed on the way.
            let length = format!("content-length: {}\r\n", body.len());
            assert!(format!("{head}\r\n").contains(&length), "{path} {accept}: {head}");
            let mut read = Vec::new();
            match coding {
                "gzip" => GzDecoder::new(&body[..]).read_to_end(&mut read).map(drop).unwrap(),
                "br" => brotli::BrotliDecompress(&mut &body[..], &mut read).unwrap(),
                _ => read = body,
            }
            assert!(read == plain, "{path} {accept}");
        }
    }
    // What no page asks for is not there.
    assert_eq!(server.get("/docs/swagger-ui-es-bundle.js").status, 404);
}

#[test]
fn the_page_of_the_description_is_counted_and_loads_within_the_usual_limit() {
    let server = Server::start_with(&["--anonymous-rate", "10"]);
    let load = || -> Vec<u16> {
        let page = server.get("/docs/");
        let loads = page
            .body
            .split('"')
            .filter(|part| [".js", ".css", ".png"].iter().any(|end| part.ends_with(end)));
        let paths = loads.map(|path| format!("/docs/{}", path.trim_start_matches("./")));
        let paths: Vec<String> = paths.chain(["/openapi.json".to_owned()]).collect();
        [page.status]
            .into_iter()
            .chain(paths.iter().map(|path| server.send("HEAD", path, &[], "").status))
            .collect()
    };
    let first = load();
    assert!(first.len() <= 10 && first.iter().all(|status| *status == 200), "{first:?}");
    assert!(load().contains(&429), "a second time at once is over a limit of ten");
}

fn post(server: &Server, path: &str, headers: &[(&str, &str)]) -> Reply {
    server.send("POST", path, &[&[FORM], headers].concat(), "state=a&secret=a&text=a")
}

#[test]
fn a_form_is_not_taken_from_a_page_of_another_site() {
    let server = Server::start_with(&["--embed", "https://a.example"]);
    let own = format!("http://{}", server.address());
    for path in ["/share", "/s", "/s/delete", "/form", "/sheet", "/copy", "/adviser"] {
        let usual = post(&server, path, &[]).status;
        assert_ne!(usual, 403, "{path}: a client that is no browser");
        for (headers, taken) in [
            (&[("Sec-Fetch-Site", "same-origin")][..], true),
            (&[("Sec-Fetch-Site", "none")], true),
            // The form in a frame of a listed site sends from its own origin.
            (
                &[
                    ("Sec-Fetch-Site", "same-origin"),
                    ("Sec-Fetch-Dest", "iframe"),
                    ("Origin", &own),
                ],
                true,
            ),
            (&[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://a.example")], false),
            (&[("Sec-Fetch-Site", "cross-site"), ("Origin", "null")], false),
            (&[("Sec-Fetch-Site", "same-site"), ("Origin", "http://localhost:1")], false),
            (&[("Origin", "https://a.example")], false),
            (&[("Origin", "null")], false),
        ] {
            let reply = post(&server, path, headers);
            assert_eq!(reply.status, if taken { usual } else { 403 }, "{path} {headers:?}");
            if !taken {
                let message: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
                assert_eq!(message["code"], "cross_site", "{path}");
                assert!(reply.header("content-security-policy").is_some());
            }
        }
        // Older browsers, and all over plain HTTP: the host alone tells.
        let host = server.address().to_owned();
        let mut stream = server.connect();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n{}: {}\r\nContent-Length: 7\r\n\r\nstate=a",
            FORM.0, FORM.1
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains(" 403 ") && answer.starts_with("HTTP/1.1 "), "{path}: {answer}");
    }
    // A link from another site is followed.
    for path in ["/", "/form", "/s", "/embed"] {
        let followed = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")];
        assert_eq!(server.send("GET", path, &followed, "").status, 200, "{path}");
    }
}
