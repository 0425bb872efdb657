//! Addresses of databases: no password of one is printed, and none goes to another machine without TLS.

use crate::cli::{Ran, run};
use crate::server::Server;
use std::process::Command;

const SECRET: &str = "MARKED7391846205";

/// Runs the program with names in the environment.
fn run_in(names: &[(&str, &str)], args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_export-advisor"));
    let output = command.args(args).envs(names.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Every command that is given a database, with what it needs besides.
fn commands() -> Vec<Vec<&'static str>> {
    vec![
        vec!["serve", "--bind", "127.0.0.1:0"],
        vec!["doctor", "--bind", "127.0.0.1:0"],
        vec!["config", "check"],
        vec!["db", "migrate"],
        vec!["db", "check"],
        vec!["db", "backup", "/nonexistent/copy"],
        vec!["db", "restore", "/nonexistent/copy"],
        vec!["keys", "list"],
        vec!["keys", "create", "--name", "a", "--scope", "assess"],
        vec!["keys", "revoke", "0123456789ab"],
        vec!["keys", "rotate", "0123456789ab"],
        vec!["audit"],
    ]
}

#[test]
fn another_machine_is_not_reached_without_tls_unless_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("advisor.toml");
    // An address of the block for examples: nothing is there, and nothing may be asked of it.
    let url = format!("postgres://advisor:{SECRET}@192.0.2.1/advisor?sslmode=prefer");
    std::fs::write(&file, format!("database = \"{url}\"\n")).unwrap();
    for command in commands() {
        let data = ["--data", folder.path().to_str().unwrap()];
        let data = if command[0] == "config" { &[][..] } else { &data };
        for given in [&["--database", &url][..], &["--config", file.to_str().unwrap()]] {
            let ran = run(&[&command[..], given, data].concat(), "");
            let message = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, 1, "{command:?}: {message}");
            for part in [
                "without TLS",
                "sslmode=verify-full",
                "`database_plaintext`",
                "advisor:***@192.0.2.1",
            ] {
                assert!(message.contains(part), "{command:?}: {message}");
            }
            assert!(!message.contains(SECRET), "{command:?}: {message}");
        }
    }
    // Asked for, by each way in which a setting is given.
    let asked = format!("database_plaintext = true\ndatabase = \"{url}\"\n");
    std::fs::write(&file, asked).unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let named = [("EXPORT_ADVISOR_DATABASE_PLAINTEXT", "true"), ("EXPORT_ADVISOR_DATABASE", &url)];
    let check = ["config", "check"];
    for ran in [
        run(&[&check[..], &config].concat(), ""),
        run(&[&check[..], &["--database", &url, "--database-plaintext"]].concat(), ""),
        run_in(&named, &check),
    ] {
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let printed = run(&[&["config", "print"][..], &config].concat(), "");
    assert!(printed.out.contains("database_plaintext = true"), "{}", printed.out);
    let refused = run(&[&check[..], &config, &["--database-plaintext=false"]].concat(), "");
    assert_eq!(refused.code, 1, "what is given stands above the file");
}

#[test]
fn no_command_prints_the_password_of_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // A port where nobody listens; the last ones are no addresses of a database at all.
    for url in [
        format!("postgres://advisor:{SECRET}@127.0.0.1:1/x"),
        format!("postgres://127.0.0.1:1/x?password={SECRET}"),
        format!("postgres://127.0.0.1:1/x?user=a&password={SECRET}&sslmode=disable"),
        format!("postgres://127.0.0.1:1/x?pass%77ord={SECRET}"),
        format!("postgres://127.0.0.1:1/x?sslpassword={SECRET}"),
        format!("postgres://127.0.0.1:1/x?options=-c%20a={SECRET}"),
        format!("postgre://advisor:{SECRET}@127.0.0.1:1/x"),
        format!("host=127.0.0.1 port=1 password={SECRET}"),
        format!("sqlite:advisor?password={SECRET}"),
    ] {
        // A service whose database is away goes on, and is looked at below.
        let kept = ["--database", &url, "--data", data.to_str().unwrap()];
        let name = [("EXPORT_ADVISOR_DATABASE", url.as_str())];
        let mut message: Vec<String> = Vec::new();
        for command in [&["doctor"][..], &["keys", "list"]] {
            let ran = run(&[command, &kept].concat(), "");
            message.push(format!("{}{}", ran.out, ran.err));
        }
        for command in [
            &["serve", "--help"][..],
            &["keys", "list", "--help"],
            &["config", "print"],
            &["config", "check"],
        ] {
            let ran = run_in(&name, command);
            message.push(format!("{}{}", ran.out, ran.err));
        }
        for message in message {
            assert!(!message.contains(SECRET), "{url}: {message}");
        }
    }
    let url = format!("postgres://advisor@127.0.0.1:1/x?password={SECRET}");
    let server = Server::start_with(&["--database", &url, "--log-level", "debug"]);
    server.post("/api/v1/shares", "{\"profile\": {}}");
    server.wait_for_log("the store failed");
    assert!(!server.log().contains(SECRET), "{}", server.log());
}

#[test]
fn a_file_of_settings_with_a_fault_is_told_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("advisor.toml");
    let path = file.to_str().unwrap();
    for line in [
        format!("databse = \"postgres://a:{SECRET}@db/x\""),
        format!("database = \"postgres://a:{SECRET}@db/x"),
        format!("database = postgres://db/x?password={SECRET}"),
        format!("workers = \"postgres://a:{SECRET}@db/x\""),
        format!("database = [\"postgres://db/x?password={SECRET}\"]"),
    ] {
        std::fs::write(&file, format!("{line}\n")).unwrap();
        for command in [&["config", "print"][..], &["keys", "list"], &["doctor"]] {
            let ran = run(&[command, &["--config", path]].concat(), "");
            let message = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, 1, "{line}: {message}");
            assert!(
                message.contains("advisor.toml:1") && !message.contains(SECRET),
                "{line}: {message}"
            );
        }
    }
}

/// Any setting may hold an address with a password by mistake.
#[test]
fn the_value_of_a_setting_is_told_without_a_password() {
    for option in ["--otlp-endpoint", "--embed", "--site", "--trusted-proxy"] {
        for value in [
            format!("https://a:{SECRET}@db.example"),
            format!("httpq:?password={SECRET}&x=a://b:{SECRET}@c"),
        ] {
            let ran = run(&["config", "check", option, &value], "");
            let message = format!("{}{}", ran.out, ran.err);
            let name = option.trim_start_matches('-').replace('-', "_");
            assert!(ran.code == 1 && message.contains(&name), "{option}: {message}");
            assert!(message.contains("***") && !message.contains(SECRET), "{option}: {message}");
        }
    }
}

#[test]
fn who_can_be_reached_without_a_proxy_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let kept = ["--database", "none", "--data", folder.path().to_str().unwrap()];
    let proxy = ["--trusted-proxy", "127.0.0.1"];
    // An address of no machine: it is told of, and cannot be listened on.
    for (bind, more, message) in [
        ("192.0.2.1:0", &[][..], true),
        ("[2001:db8::1]:0", &[], true),
        ("192.0.2.1:0", &proxy, false),
    ] {
        for command in ["serve", "doctor"] {
            let ran = run(&[&[command, "--bind", bind], &kept[..], more].concat(), "");
            assert_ne!(ran.code, 0, "{command} {bind}");
            let out = format!("{}{}", ran.out, ran.err);
            assert_eq!(
                out.contains("put a proxy in front"),
                message,
                "{command} {bind} {more:?}: {out}"
            );
        }
    }
    let near = run(&[&["doctor", "--bind", "127.0.0.1:0"], &kept[..]].concat(), "");
    assert!(!near.out.contains("WARN"), "{}", near.out);
    let server = Server::start();
    assert!(!server.log().contains("put a proxy in front"), "{}", server.log());
}
