//! What is kept, and its bounds: limits of shares, a full disk, modes of files, and who may replace a database.

use crate::access::Instance;
use crate::cli::run;
use crate::server::{Server, until};
use crate::store::databases;
use crate::support::{execute, query};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_export-advisor");
const SHARE: &str = r#"{"profile": {"employees": 12}}"#;
/// Bytes of the sealed text of a small share: 1,024 and a tag of 16, in base64.
const SEALED: usize = 1387;

/// Sends one request to a server that may end meanwhile; status and body, unless it did.
fn post(address: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// The secret of an answer to a share.
fn secret(body: &str) -> String {
    let made: serde_json::Value = serde_json::from_str(body).unwrap();
    made["secret"].as_str().unwrap().to_owned()
}

/// Makes so many shares as one client, who is then refused with a code, if one is given. Gives their secrets.
fn take(server: &Server, key: &str, address: &str, made: usize, code: &str) -> Vec<String> {
    let bearer = format!("Bearer {key}");
    let mut headers = vec![("Content-Type", "application/json"), ("X-Forwarded-For", address)];
    if !key.is_empty() {
        headers.push(("Authorization", &bearer));
    }
    let send = || server.send("POST", "/api/v1/shares", &headers, SHARE);
    let made = (0..made).map(|number| {
        let reply = send();
        assert_eq!(reply.status, 201, "{address} {number}: {}", reply.body);
        secret(&reply.body)
    });
    let made = made.collect();
    if !code.is_empty() {
        let reply = send();
        assert!(reply.body.contains(code), "{address} {key}: {}", reply.body);
        assert_eq!(reply.status, if code == "shares_full" { 507 } else { 429 });
        assert_eq!(reply.header("retry-after"), Some("3600"));
    }
    made
}

#[test]
fn an_address_and_a_key_make_so_many_shares_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for url in databases(folder.path(), "daily") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let instance = Instance { data: &data, url: &url };
        let key = instance.key("share", &[]);
        let options =
            ["--trusted-proxy", "127.0.0.1", "--shares-per-day", "3", "--key-shares-per-day", "2"];
        // Two processes count together.
        let (one, other) = (instance.serve(&options), instance.serve(&options));
        crate::access::until_known(&one, &key);
        let code = "too_many_shares";
        let made = take(&one, "", "198.51.100.1", 3, code);
        // Deleting does not give a day back.
        let body = format!("{{\"secret\": \"{}\"}}", made[0]);
        assert_eq!(one.post("/api/v1/shares/delete", &body).status, 204);
        take(&other, "", "198.51.100.1", 0, code);
        take(&other, "", "198.51.100.2", 1, "");
        // A network of IPv6 is one caller, whatever address it sends from.
        take(&one, "", "2001:db8:1:2::1", 1, "");
        take(&other, "", "2001:db8:1:2:ffff::9", 1, "");
        take(&one, "", "2001:db8:1:2:abcd:1:2:3", 1, code);
        take(&one, "", "2001:db8:1:3::1", 1, "");
        // A key has a limit of its own, from whatever address.
        take(&one, &key, "198.51.100.1", 1, "");
        take(&other, &key, "203.0.113.5", 1, code);
        // The form counts too, and says it on a page.
        let state = one.get("/form?lang=zh").body;
        let (_, state) = state.split_once("name=\"state\" value=\"").unwrap();
        let form = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-Forwarded-For", "198.51.100.1"),
        ];
        let body = format!("state={}", state.split_once('"').unwrap().0);
        let page = one.send("POST", "/share?lang=zh", &form, &body);
        assert!(page.status == 429 && page.body.contains("请明天再试"), "{}", page.body);
        assert_eq!(page.header("retry-after"), Some("3600"));

        // No address is in the database: four hashes, the key's id, and the row of the total.
        let hashes = "SELECT COUNT(*) FROM share_usage WHERE length(caller) = 64 \
                      AND caller NOT LIKE '%.%' AND caller NOT LIKE '%:%'";
        assert_eq!(query(&url, hashes), "4");
        assert_eq!(query(&url, "SELECT COUNT(*) FROM share_usage"), "6");
        drop((one, other));
        // What was counted on a day is gone after it.
        execute(&url, "UPDATE share_usage SET day = '2026-01-01' WHERE caller <> ''");
        let next = instance.serve(&options);
        until("old days are forgotten", || query(&url, "SELECT COUNT(*) FROM share_usage") == "1");
        take(&next, "", "198.51.100.1", 3, code);
        // Another secret gives another hash.
        let elsewhere = folder.path().join("elsewhere");
        let moved = Instance { data: &elsewhere, url: &url }.serve(&options);
        take(&moved, "", "198.51.100.1", 1, "");
        let all = "SELECT COUNT(DISTINCT caller) FROM share_usage WHERE length(caller) = 64";
        assert_eq!(query(&url, all), "2");
    }
}

#[test]
fn so_many_shares_and_bytes_are_kept_in_all() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "total") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let bytes = (2 * SEALED + SEALED / 2).to_string();
        for (option, value, most) in [("--share-rows", "3", 3), ("--share-bytes", &bytes, 2)] {
            let options = ["--database", &url, option, value];
            let server = Server::start_with(&options);
            let made = take(&server, "", "", most, "shares_full");
            let body = format!("{{\"secret\": \"{}\"}}", made[0]);
            assert_eq!(server.post("/api/v1/shares/delete", &body).status, 204);
            assert_eq!(server.post("/api/v1/shares/delete", &body).status, 204, "counts once");
            take(&server, "", "", 1, "shares_full");
            drop(server);
            // What expired is purged and counted no more.
            execute(&url, "UPDATE shares SET expires_at = 1");
            let server = Server::start_with(&options);
            until("they are purged", || query(&url, "SELECT count FROM share_usage") == "0");
            take(&server, "", "", most, "shares_full");
            drop(server);
            // Nor is what the operator deletes in the database.
            execute(&url, "DELETE FROM shares");
            let server = Server::start_with(&options);
            until("they are counted", || query(&url, "SELECT bytes FROM share_usage") == "0");
            take(&server, "", "", most, "shares_full");
            drop(server);
            // A database of the program before is counted when it is brought up to date.
            for statement in [
                "DELETE FROM _sqlx_migrations WHERE version = 5",
                "DROP TABLE share_usage",
                "DROP INDEX shares_expires_at",
                "ALTER TABLE shares DROP COLUMN bytes",
            ] {
                execute(&url, statement);
            }
            assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
            assert_eq!(query(&url, "SELECT count FROM share_usage"), most.to_string());
            let bytes = "SELECT bytes FROM share_usage";
            assert_eq!(query(&url, bytes), (most * SEALED).to_string());
            execute(&url, "DELETE FROM shares");
            execute(&url, "UPDATE share_usage SET count = 0, bytes = 0");
        }
    }
}

#[test]
fn processes_that_share_at_once_do_not_pass_a_limit_together() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for url in databases(folder.path(), "at_once") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let instance = Instance { data: &data, url: &url };
        for (options, most) in [
            (["--share-rows", "17", "--share-bytes", "1000000"], 17),
            (["--share-rows", "1000", "--shares-per-day", "8"], 8),
        ] {
            execute(&url, "DELETE FROM shares");
            execute(&url, "UPDATE share_usage SET count = 0, bytes = 0");
            let servers = [instance.serve(&options), instance.serve(&options)];
            let made: usize = std::thread::scope(|scope| {
                let clients: Vec<_> = (0..8)
                    .map(|number| {
                        let server = &servers[number % 2];
                        scope.spawn(move || {
                            let replies =
                                (0..6).map(|_| server.post("/api/v1/shares", SHARE).status);
                            let replies: Vec<u16> = replies.collect();
                            assert!(
                                replies.iter().all(|it| [201, 429, 507].contains(it)),
                                "{replies:?}"
                            );
                            replies.iter().filter(|it| **it == 201).count()
                        })
                    })
                    .collect();
                clients.into_iter().map(|client| client.join().unwrap()).sum()
            });
            assert_eq!(made, most);
            assert_eq!(query(&url, "SELECT COUNT(*) FROM shares"), most.to_string());
            let counted = "SELECT MAX(count) FROM share_usage WHERE caller = ''";
            assert_eq!(query(&url, counted), most.to_string());
        }
    }
}

#[test]
fn a_share_that_was_told_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "kill") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let mut all: Vec<String> = Vec::new();
        for round in 1..4 {
            let server = Server::start_with(&["--database", &url]);
            let address = server.address().to_owned();
            let (message, made) = channel();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    let (message, address) = (message.clone(), &address);
                    scope.spawn(move || {
                        while let Some((201, body)) = post(address, "/api/v1/shares", &[], SHARE) {
                            message.send(secret(&body)).unwrap();
                        }
                    });
                }
                drop(message);
                all.extend(made.iter().take(round * 15));
                // In the middle of others.
                drop(server);
                all.extend(made.iter());
            });
            let server = Server::start_with(&["--database", &url]);
            for secret in &all {
                let body = format!("{{\"secret\": \"{secret}\"}}");
                assert_eq!(server.post("/api/v1/shares/open", &body).status, 200);
            }
            // One of each client may be kept and not told; the count says what is kept.
            let kept: usize = query(&url, "SELECT COUNT(*) FROM shares").parse().unwrap();
            assert!((all.len()..=all.len() + 4 * round).contains(&kept), "{kept} of {}", all.len());
            assert_eq!(query(&url, "SELECT count FROM share_usage"), kept.to_string());
        }
    }
}

/// Servers that a shell starts, one after the other, after a prelude that they all are subject to.
struct Shell {
    shell: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    server: Option<(String, String)>,
}

impl Shell {
    fn new(command: &[&str], prelude: &str, options: &[&str]) -> Self {
        let script = format!(
            "{prelude}\nwhile read -r line; do sh -c 'echo pid $$; exec \"$@\"' sh \"$@\" 2>&1; done"
        );
        let texts = [command, &["sh", "-c", &script, "sh", PROGRAM, "serve"], options].concat();
        let mut shell = Command::new(texts[0])
            .args(&texts[1..])
            .args(["--bind", "127.0.0.1:0", "--workers", "1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(shell.stdout.take().unwrap()).lines();
        let (to, output) = channel();
        // Read as it comes, so that no server waits for it.
        std::thread::spawn(move || lines.map_while(Result::ok).all(|line| to.send(line).is_ok()));
        Self { input: shell.stdin.take(), shell, output, server: None }
    }

    /// Waits for a line with a text; nothing if the shell ended before.
    fn wait_for(&self, text: &str) -> Option<String> {
        let mut seen = Vec::new();
        loop {
            match self.output.recv_timeout(Duration::from_secs(60)) {
                Ok(line) if line.contains(text) => return Some(line),
                Ok(line) => seen.push(line),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("not in time: {text}: {seen:#?}"),
            }
        }
    }

    /// Starts the next server; nothing if the prelude failed.
    fn start(&mut self) -> Option<()> {
        let _ = self.input.as_mut().unwrap().write_all(b"\n");
        let pid = self.wait_for("pid ")?;
        let line = self.wait_for("listens on ").unwrap();
        let address = line.rsplit("http://").next().unwrap().trim_end_matches('/').to_owned();
        self.server = Some((pid.trim_start_matches("pid ").to_owned(), address));
        Some(())
    }

    fn kill(&mut self) {
        if let Some((pid, _)) = self.server.take() {
            // One that could not go on has ended already.
            let _ = Command::new("kill").args(["-KILL", &pid]).stderr(Stdio::null()).status();
        }
    }

    /// A file as the server sees it.
    fn path(&self, path: &str) -> PathBuf {
        let (pid, _) = self.server.as_ref().unwrap();
        PathBuf::from(format!("/proc/{pid}/root{path}"))
    }

    fn post(&self, path: &str, body: &str) -> (u16, String) {
        let (_, address) = self.server.as_ref().unwrap();
        post(address, path, &[], body).unwrap()
    }

    fn is_ready(&self) -> bool {
        let (_, address) = self.server.as_ref().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let request = "GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.starts_with("HTTP/1.1 200")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.kill();
        drop(self.input.take());
        let _ = self.shell.wait();
    }
}

/// Fills a disk with a file.
fn fill(path: &Path) {
    let mut file = std::fs::File::options().append(true).create(true).open(path).unwrap();
    for size in [1 << 20, 4096] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
}

/// A file system of some megabytes, which only a server sees. Needs Linux, and root or namespaces for users.
#[test]
fn a_full_disk_keeps_nobody_from_deleting() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (at, copy) = (folder.path().to_str().unwrap(), outside.path().join("a.sqlite"));
    let url = format!("sqlite:{}", copy.display());
    let server = Server::start_with(&["--database", &url]);
    for _ in 0..120 {
        assert_eq!(server.post("/api/v1/shares", SHARE).status, 201);
    }
    drop(server);
    execute(&url, "UPDATE shares SET expires_at = 1");
    let prelude = format!(
        "mount -t tmpfs -o size=20m none '{at}' && cp '{}' '{at}/a.sqlite' || exit 1
         head -c 8388608 /dev/zero >'{at}/a.sqlite-reserve'; cat /dev/zero >'{at}/filler'",
        copy.display()
    );
    let database = format!("sqlite:{at}/a.sqlite");
    let data = outside.path().join("data").display().to_string();
    let options = ["--data", &data, "--database", &database];
    let start = |command: &[&str]| {
        let mut shell = Shell::new(command, &prelude, &options);
        shell.start().map(|()| shell)
    };
    let Some(mut shell) = start(&["unshare", "--mount"])
        .or_else(|| start(&["unshare", "--user", "--map-root-user", "--mount"]))
    else {
        // The unit test of `store::reserve` does the same without a disk.
        eprintln!("no file system can be mounted here");
        return;
    };
    // It started on a full disk. What has expired is purged.
    assert!(shell.wait_for("what has ended is deleted").unwrap().contains("120"));

    let share = |shell: &Shell| shell.post("/api/v1/shares", SHARE);
    let body = |secret: &String| format!("{{\"secret\": \"{secret}\"}}");
    let delete = |shell: &Shell, secret: &String| {
        let (status, text) = shell.post("/api/v1/shares/delete", &body(secret));
        assert_eq!(status, 204, "{text}");
        assert_eq!(shell.post("/api/v1/shares/open", &body(secret)).0, 404);
    };
    let filler = format!("{at}/filler");
    std::fs::remove_file(shell.path(&filler)).unwrap();
    until("it takes what is written", || shell.is_ready());
    let mut secrets: Vec<String> = (0..300).map(|_| secret(&share(&shell).1)).collect();
    fill(&shell.path(&filler));
    // What adds is refused, once the log has no space left.
    let (status, text) =
        (0..5000).map(|_| share(&shell)).find(|(status, _)| *status != 201).unwrap();
    assert!(status == 503 && text.contains("store_unavailable"), "{text}");
    until("it says that nothing can be written", || !shell.is_ready());
    // What deletes works, again and again, also after a kill.
    secrets.drain(..100).for_each(|secret| delete(&shell, &secret));
    fill(&shell.path(&filler));
    shell.kill();
    shell.start().unwrap();
    secrets.drain(..100).for_each(|secret| delete(&shell, &secret));
    // What is left is there, and with space again all goes on.
    for secret in &secrets {
        assert_eq!(shell.post("/api/v1/shares/open", &body(secret)).0, 200);
    }
    std::fs::remove_file(shell.path(&filler)).unwrap();
    until("it takes what is written", || shell.is_ready());
    assert_eq!(share(&shell).0, 201);
}

#[test]
fn readiness_asks_the_database_to_write_once_a_second_at_most() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "ready") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let server = Server::start_with(&["--database", &url]);
        assert_eq!(server.get("/readyz").status, 200);
        if let Some(file) = url.strip_prefix("sqlite:") {
            // Each commit is a page in the log, with a head of 24 bytes.
            let frames = || std::fs::metadata(format!("{file}-wal")).unwrap().len() / 4120;
            until("the start is over", || Path::new(&format!("{file}-reserve")).exists());
            let (before, began) = (frames(), Instant::now());
            for _ in 0..300 {
                assert_eq!(server.get("/readyz").status, 200);
            }
            let (written, seconds) = (frames() - before, began.elapsed().as_secs());
            assert!(written <= seconds + 2, "{written} writes in {seconds} seconds");
            until("it writes", || server.get("/readyz").status == 200 && frames() > before);
        }
        execute(&url, "ALTER TABLE share_usage RENAME TO away");
        until("nothing can be written", || server.get("/readyz").status == 503);
        execute(&url, "ALTER TABLE away RENAME TO share_usage");
        until("it can again", || server.get("/readyz").status == 200);
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        .permissions()
        .mode()
        & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Whatever the user's mask allows others.
#[cfg(unix)]
#[test]
fn what_the_service_keeps_is_its_users_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let data = at("new/data");
    let name = |path: &Path| path.to_str().unwrap().to_owned();
    let mut shell = Shell::new(
        &["env", "-u", "EXPORT_ADVISOR_DATABASE"],
        "umask 000",
        &["--data", &name(&data)],
    );
    shell.start().unwrap();
    until("the start is over", || data.join("advisor.sqlite-reserve").exists());
    assert_eq!(shell.post("/api/v1/shares", SHARE).0, 201);
    for folder in [&at("new"), &data] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    let files = ["form.key", "advisor.sqlite", "advisor.sqlite-wal", "advisor.sqlite-shm"];
    let files = files.iter().chain(&["advisor.sqlite-reserve", "advisor.sqlite-lock"]);
    for file in files {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    shell.kill();
    let command = |texts: &[&str]| {
        let script = "umask 000; exec \"$@\"";
        let ran =
            Command::new("sh").args(["-c", script, "sh", PROGRAM]).args(texts).output().unwrap();
        let text = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
        (ran.status.code().unwrap(), text)
    };
    let (copy, restored) = (at("copy.sqlite"), at("other/restored.sqlite"));
    let ran = command(&["db", "backup", &name(&copy), "--data", &name(&data)]);
    assert_eq!((ran.0, mode(&copy)), (0, 0o600), "{}", ran.1);
    // A copy that anybody can read, as a restored archive leaves it.
    set_mode(&copy, 0o644);
    let url = format!("sqlite:{}", name(&restored));
    let ran = command(&["db", "restore", &name(&copy), "--database", &url]);
    assert_eq!((ran.0, mode(&restored), mode(&at("other"))), (0, 0o600, 0o700), "{}", ran.1);
    let made = at("made.sqlite");
    let ran = command(&["db", "migrate", "--database", &format!("sqlite:{}", name(&made))]);
    assert_eq!((ran.0, mode(&made)), (0, 0o600), "{}", ran.1);

    // One that is open to others is told of, by who looks and by who serves, with what to do.
    let doctor = ["doctor", "--data", &name(&data), "--bind", "127.0.0.1:0", "--connections", "10"];
    let database = data.join("advisor.sqlite");
    let sound = command(&doctor);
    assert_eq!(sound.0, 0, "{}", sound.1);
    for wider in [0o644, 0o660, 0o604] {
        set_mode(&database, wider);
        let message = command(&doctor);
        let remedy = format!("chmod 600 {}", name(&database));
        assert!(message.0 == 1 && message.1.contains(&remedy), "{wider:o}: {}", message.1);
        let url = format!("sqlite:{}", name(&database));
        let server = Server::start_with(&["--database", &url]);
        server.wait_for_log(&remedy);
        assert_eq!(mode(&database), wider, "what an operator chose stays");
    }
}

#[test]
fn a_restore_waits_for_no_running_service() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let url = format!("sqlite:{}", at("live.sqlite"));
    let db = |args: &[&str]| run(&[&["db"], args, &["--database", &url]].concat(), "");
    let (one, other) =
        (Server::start_with(&["--database", &url]), Server::start_with(&["--database", &url]));
    until("both are up", || [&one, &other].iter().all(|it| it.get("/readyz").status == 200));
    assert_eq!(db(&["backup", &at("copy.sqlite")]).code, 0);
    let refused = || {
        let message = db(&["restore", &at("copy.sqlite")]);
        let remedy = "stop it, restore, and start it again";
        assert!(
            message.code == 3 && message.err.contains(remedy),
            "{}{}",
            message.out,
            message.err
        );
        assert!(!Path::new(&at("live.sqlite.old-1")).exists(), "nothing was touched");
    };
    refused();
    // A server that was killed holds nothing; the other one does.
    drop(one);
    refused();
    assert_eq!(other.get("/readyz").status, 200);
    drop(other);
    let message = db(&["restore", &at("copy.sqlite")]);
    assert_eq!(message.code, 0, "{}", message.err);

    // And no service starts on a database that is being restored.
    let lock = std::fs::File::open(at("live.sqlite-lock")).unwrap();
    lock.lock().unwrap();
    let data = at("data");
    let serve = ["serve", "--bind", "127.0.0.1:0", "--data", &data, "--database", &url];
    let message = run(&serve, "");
    assert!(message.code == 3 && message.err.contains("is being restored"), "{}", message.err);
    drop(lock);
    assert_eq!(Server::start_with(&["--database", &url]).get("/healthz").status, 200);

    // A copy that is not there: its name, and nothing is made.
    let nowhere = format!("sqlite:{}", at("nowhere/live.sqlite"));
    let message = run(&["db", "restore", &at("nope"), "--database", &nowhere], "");
    assert!(message.code == 3 && message.err.contains(&at("nope")), "{}", message.err);
    assert!(!Path::new(&at("nowhere")).exists());
}
