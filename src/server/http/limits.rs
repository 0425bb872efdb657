//! How much one request, one client and all together may take. The operator sets each of them.
//!
//! Owns the figures and two checks that need no more than a request: the size of its head, and the depth of its
//! JSON. Who enforces the other limits reads them here.

use actix_web::dev::ServiceRequest;
use std::time::Duration;

/// The limits of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time for a request's body, from its first byte to its last.
    pub body_timeout: Duration,
    /// Time for a client to take an answer, from its head on; of a streamed one, each piece. It must be
    /// longer than the server keeps an idle connection.
    pub answer_timeout: Duration,
    /// Bytes of a body: a profile, or a form. One that answers every fact takes some four kilobytes.
    pub body_bytes: usize,
    /// Bytes of a batch's body.
    pub batch_bytes: usize,
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Lists and objects of a JSON body within each other, itself among them. The parser takes 127.
    pub json_depth: usize,
    /// Connections of one address at a time; no limit if left out.
    pub client_connections: Option<usize>,
    /// Lists and batches in progress at a time, each of which holds a thread.
    pub jobs: usize,
    /// Lists and batches of one key, or of one address without a key, in progress at a time.
    pub client_jobs: usize,
    /// Bytes that connections, requests and answers take in all.
    pub memory_bytes: usize,
    /// Bytes of a list that wait on the disk while its answer is not received.
    pub spool_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_timeout: Duration::from_secs(20),
            answer_timeout: Duration::from_secs(30),
            body_bytes: 256 * 1024,
            batch_bytes: 8 * 1024 * 1024,
            head_bytes: 16 * 1024,
            headers: 64,
            json_depth: 16,
            client_connections: None,
            jobs: 16,
            client_jobs: 4,
            memory_bytes: 96 << 20,
            spool_bytes: 256 << 20,
        }
    }
}

impl Limits {
    /// Whether a request's head keeps to its limits. actix itself accepts 128 KiB and 96 headers, more than any
    /// client needs.
    pub(super) fn admit_head(&self, request: &ServiceRequest) -> bool {
        let headers = request.headers();
        let bytes = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
        let line = request.head().uri.path_and_query().map_or(0, |it| it.as_str().len());
        headers.len() <= self.headers && bytes.sum::<usize>() + line <= self.head_bytes
    }
}

/// Whether a JSON text has more than `most` lists and objects within each other.
pub(super) fn is_deeper(json: &[u8], most: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    json.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > most
    })
}

#[cfg(test)]
mod tests {
    use super::is_deeper;

    #[test]
    fn brackets_in_strings_do_not_count() {
        for (json, depth) in [
            ("", 0),
            ("1", 0),
            ("{}", 1),
            ("[[],[]]", 2),
            (r#"{"a":[{"b":[]}]}"#, 4),
            (r#"{"a":"[[[["}"#, 1),
            (r#"{"a":"\"[[[[","b":"\\"}"#, 1),
            (r#"["\\",["\\\"["]]"#, 2),
        ] {
            assert!(!is_deeper(json.as_bytes(), depth), "{json}");
            assert!(depth == 0 || is_deeper(json.as_bytes(), depth - 1), "{json}");
        }
        assert!(is_deeper("[".repeat(100_000).as_bytes(), 16));
    }
}
