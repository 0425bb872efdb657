//! The program itself, serving on a free port, and a plain client for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// A running server; it ends with the value.
pub struct Server {
    child: Child,
    address: String,
    log: Arc<Mutex<String>>,
    /// What it keeps; gone with the value.
    _data: Option<tempfile::TempDir>,
}

/// Waits until something is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("not in time: {what}");
}

/// An answer of it.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    pub fn start_with(options: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut server = Self::start_at(data.path(), options);
        server._data = Some(data);
        server
    }

    /// Starts one that keeps its things in a folder.
    pub fn start_at(data: &std::path::Path, options: &[&str]) -> Self {
        Self::start_in(data, &std::env::temp_dir(), options)
    }

    /// Starts one to which the system gives so many megabytes of memory and no more.
    pub fn start_within(megabytes: usize, options: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let limited = format!("ulimit -d {} && exec \"$0\" \"$@\"", megabytes * 1024);
        let mut command = Command::new("sh");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_export-advisor")]);
        let mut server = Self::spawn(command, data.path(), &std::env::temp_dir(), options);
        server._data = Some(data);
        server
    }

    /// The same as `start_at`, with a folder for what is temporary.
    pub fn start_in(data: &std::path::Path, temporary: &std::path::Path, options: &[&str]) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_export-advisor"));
        Self::spawn(command, data, temporary, options)
    }

    fn spawn(
        mut command: Command,
        data: &std::path::Path,
        temporary: &std::path::Path,
        options: &[&str],
    ) -> Self {
        let mut child = command
            .args(["serve", "--bind", "127.0.0.1:0", "--workers", "1"])
            .env("EXPORT_ADVISOR_DATABASE", "none")
            .env("TMPDIR", temporary)
            .arg("--data")
            .arg(data)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().trim_end_matches('/');
        let log = Arc::new(Mutex::new(String::new()));
        keep(out, &log);
        keep(BufReader::new(child.stderr.take().unwrap()), &log);
        Self { address: address.to_owned(), child, log, _data: None }
    }

    /// What the server has written so far, to standard output and standard error.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the server has logged a text.
    pub fn wait_for_log(&self, text: &str) {
        for _ in 0..6000 {
            if self.log().contains(text) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("not logged: {text}\n{}", self.log());
    }

    /// Sends SIGHUP.
    pub fn hang_up(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits until it has ended; gives its exit status, none if a signal ended it.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "")
    }

    pub fn post(&self, path: &str, json: &str) -> Reply {
        self.send("POST", path, &[("Content-Type", "application/json")], json)
    }

    /// A client that keeps its connection.
    pub fn client(&self) -> Client {
        Client(BufReader::new(self.connect()))
    }

    /// A connection for what no plain client does.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    /// A connection of another address of this machine, `127.0.0.` and a number.
    #[cfg(target_os = "linux")]
    pub fn connect_from(&self, last: u8) -> TcpStream {
        let socket =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&std::net::SocketAddr::from(([127, 0, 0, last], 0)).into()).unwrap();
        let address: std::net::SocketAddr = self.address.parse().unwrap();
        socket.connect(&address.into()).unwrap();
        socket.into()
    }

    /// The most memory that it ever had, in MiB.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Reply {
        Self::send_on(self.connect(), method, path, headers, body)
    }

    /// Sends the only request of a connection.
    pub fn send_on(
        mut stream: TcpStream,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Reply {
        let body = body.as_ref();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        // A refused body is not read to its end.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let body = bytes.get(end + 4..).unwrap_or_default();
        let mut lines = head.lines();
        let status = lines.next().unwrap_or("").split(' ').nth(1).unwrap_or("0").parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let chunked = headers.iter().any(|(n, v)| n == "transfer-encoding" && v == "chunked");
        let body = if chunked { unchunked(body) } else { body.to_vec() };
        let is_binary = |kind: &str| kind.starts_with("image/") || kind == "application/zip";
        let is_binary = headers.iter().any(|(n, v)| n == "content-type" && is_binary(v));
        let body = match String::from_utf8(body) {
            Err(error) if is_binary => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            text => text.unwrap(),
        };
        Reply { status, headers, body }
    }
}

/// A client that sends one request after the other on one connection.
pub struct Client(BufReader<TcpStream>);

impl Client {
    /// Status and body.
    pub fn post(&mut self, path: &str, json: &str) -> (u16, Vec<u8>) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            json.len()
        );
        self.0.get_mut().write_all(format!("{head}{json}").as_bytes()).unwrap();
        let (mut status, mut length, mut line) = (0, 0, String::new());
        while line != "\r\n" {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the connection is closed");
            let message = line.trim_end().to_lowercase();
            if let Some(message) = message.strip_prefix("http/1.1 ") {
                status = message[..3].parse().unwrap();
            } else if let Some(message) = message.strip_prefix("content-length: ") {
                length = message.parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, body)
    }
}

/// Keeps what is written, line by line.
fn keep(lines: impl BufRead + Send + 'static, log: &Arc<Mutex<String>>) {
    let kept = Arc::clone(log);
    std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            let mut kept = kept.lock().unwrap();
            kept.push_str(&line);
            kept.push('\n');
        }
    });
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    // A character may be cut by the end of a chunk.
    while let Some(end) = body.windows(2).position(|end| end == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).unwrap().trim();
        let size = usize::from_str_radix(size, 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 2 + size..];
        body = body.strip_prefix(b"\r\n").unwrap_or(body);
    }
    whole
}
