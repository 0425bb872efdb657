//! Bodies that are compressed: taken, and refused where they reach the limit of their route.

use crate::server::Server;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::{Read as _, Write as _};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Routes that take a body, with its type, one that they answer with 200 or 400, and their limit in bytes.
const ROUTES: [(&str, &str, &str, &str); 9] = [
    ("/api/v1/assessments", JSON, "{}", "262144 bytes"),
    ("/api/v1/assessments:batch", JSON, "{\"profiles\": [{}]}", "8388608 bytes"),
    ("/api/v1/shares", JSON, "{}", "262144 bytes"),
    ("/api/v1/shares/open", JSON, "{}", "262144 bytes"),
    ("/api/v1/shares/delete", JSON, "{}", "262144 bytes"),
    ("/form", FORM, "state=a", "262144 bytes"),
    ("/sheet", FORM, "state=a", "262144 bytes"),
    ("/s", FORM, "secret=a", "262144 bytes"),
    ("/adviser", FORM, "text=a", "262144 bytes"),
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The whole answer to a compressed body.
fn post(server: &Server, path: &str, kind: &str, coding: &str, body: &[u8]) -> String {
    let mut stream = server.connect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // A refused body is not read to its end.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("none")
}

#[test]
fn every_route_takes_a_compressed_body_up_to_its_limit() {
    let server = Server::start();
    for (path, kind, body, limit) in ROUTES {
        let plain = server.send("POST", path, &[("Content-Type", kind)], body).status.to_string();
        let bomb = vec![b' '; 9 << 20];
        for (coding, body, bomb) in [
            ("gzip", gzip(body.as_bytes()), gzip(&bomb)),
            ("GZIP", gzip(body.as_bytes()), gzip(&bomb)),
            ("deflate", deflate(body.as_bytes()), deflate(&bomb)),
        ] {
            let answer = post(&server, path, kind, coding, &body);
            assert_eq!(status(&answer), plain, "{path} {coding}: {answer}");
            let answer = post(&server, path, kind, coding, &bomb);
            assert_eq!(status(&answer), "413", "{path} {coding}: {answer}");
            assert!(answer.contains("too_large") && answer.contains(limit), "{answer}");
            // Cut off, and with something behind its end.
            let more = [&body[..], b"more"].concat();
            for wrong in [&body[..body.len() - 1], &more] {
                let answer = post(&server, path, kind, coding, wrong);
                assert!(answer.contains("bad_body"), "{path} {coding}: {answer}");
            }
        }
        for coding in ["br", "zstd", "x-gzip", "gzip, gzip", "foo"] {
            let answer = post(&server, path, kind, coding, &gzip(body.as_bytes()));
            assert_eq!(status(&answer), "415", "{path} {coding}: {answer}");
        }
        // The compressed bytes have the same limit: empty blocks make no output at all.
        let empty = [0, 0, 0, 0xff, 0xff].repeat(2 << 20);
        let endless = [&deflate(b"")[..2], &empty].concat();
        let answer = post(&server, path, kind, "deflate", &endless);
        assert_eq!(status(&answer), "413", "{path}: {answer}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn bodies_that_grow_a_thousandfold_do_not_end_the_service() {
    // Some ten megabytes are in use without a request.
    let server = Server::start_within(64, &[]);
    // In stages: what begins with bytes that cannot be compressed is read in ever larger pieces, the last of which
    // is written out to 64 megabytes by a decoder that looks at the limit after each piece.
    let mut random = fastrand::Rng::with_seed(7);
    let mut body: Vec<u8> = (0..120_000).map(|_| random.u8(..)).collect();
    body.resize(64 << 20, 0);
    let bomb = gzip(&body);
    assert!(bomb.len() < 200_000, "{} bytes are under the limit themselves", bomb.len());
    for (path, kind) in [("/api/v1/assessments", JSON), ("/form", FORM)] {
        std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..24).map(|_| scope.spawn(|| post(&server, path, kind, "gzip", &bomb))).collect();
            for client in clients {
                let answer = client.join().unwrap();
                assert_eq!(status(&answer), "413", "{path}: {answer}");
            }
        });
        assert_eq!(server.get("/healthz").status, 200);
    }
}
