//! Addresses of databases: what of them may be printed, and whether a password travels in the open.

use super::StoreError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::net::IpAddr;
use std::str::FromStr as _;

/// Printed instead of a password.
const COVER: &str = "***";

/// Parameters of an address that PostgreSQL's driver reads and that hold no secret.
const PRINTABLE: [&str; 16] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "application_name",
];

/// Parameters that it reads and that may hold one.
const SECRET: [&str; 2] = ["password", "options"];

/// An address for people: without its password, and without the value of any parameter that could be one. What
/// is no address is masked too, since it may be one with a typing error.
#[must_use]
pub fn masked(address: &str) -> String {
    // What stands before `://` may be anything if this is no address.
    let is_scheme =
        |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (format!("{scheme}://"), rest),
        _ => (String::new(), address),
    };
    // A password may have an `@` itself: the last one ends it.
    let rest = match rest.rsplit_once('@') {
        Some((before, host)) => match before.split_once(':') {
            Some((user, _)) => format!("{user}:{COVER}@{host}"),
            None if scheme.is_empty() => format!("{COVER}@{host}"),
            None => rest.to_owned(),
        },
        None => without_host(&scheme, rest),
    };
    let parts = rest.split_inclusive(|c: char| "?&;#".contains(c) || c.is_whitespace());
    let covered = parts.map(|part| match part.split_once('=') {
        Some((name, value)) if !PRINTABLE.contains(&name) => {
            let end = value.chars().last().filter(|c| "?&;#".contains(*c) || c.is_whitespace());
            format!("{name}={COVER}{}", end.map(String::from).unwrap_or_default())
        }
        _ => part.to_owned(),
    });
    scheme + &covered.collect::<String>()
}

/// An address without `@`: what stands behind the colon of its host is a port, or a password whose host was forgotten.
fn without_host(scheme: &str, rest: &str) -> String {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, behind) = rest.split_at(end);
    match host.split_once(':') {
        Some((user, port))
            if !scheme.is_empty()
                && !host.starts_with('[')
                && !port.chars().all(|c| c.is_ascii_digit()) =>
        {
            format!("{user}:{COVER}{behind}")
        }
        _ => rest.to_owned(),
    }
}

/// Refuses an address of PostgreSQL that the driver would read otherwise than it was meant, and, unless
/// `plaintext` allows it, one that reaches another machine without TLS: everybody on the way could read the
/// password and all that is kept. Addresses of other databases are let through.
///
/// # Errors
/// What is wrong with it.
pub fn check_address(address: &str, plaintext: bool) -> Result<(), StoreError> {
    if !is_postgres(address) {
        return Ok(());
    }
    // The driver ignores a parameter that it does not know, and logs it with its value.
    let parameters = address.split_once('?').map_or("", |(_, parameters)| parameters);
    let names = parameters.split('&').map(|pair| pair.split('=').next().unwrap_or(""));
    let known = |name: &str| {
        PRINTABLE.contains(&name) || SECRET.contains(&name) || name.starts_with("options[")
    };
    // What stands in place of a name may be the rest of a password, so it is counted, not printed.
    let unknown = (1..).zip(names).find(|(_, name)| !name.is_empty() && !known(name));
    if let Some((number, _)) = unknown {
        return Err(StoreError::Parameter(number));
    }
    // What cannot be read may be a password in the wrong place: the driver's message would repeat it.
    let options = PgConnectOptions::from_str(address).map_err(|_| StoreError::Unreadable)?;
    let encrypted = matches!(
        options.get_ssl_mode(),
        PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull
    );
    let near = options.get_socket().is_some() || is_loopback(options.get_host());
    if encrypted || near || plaintext {
        return Ok(());
    }
    Err(StoreError::Plaintext(masked(address)))
}

/// Whether an address is of PostgreSQL.
pub(super) fn is_postgres(address: &str) -> bool {
    matches!(address.split_once(':'), Some(("postgres" | "postgresql", _)))
}

/// Whether a host is this machine; a path is a Unix socket.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address: Option<IpAddr> = bare.parse().ok();
    host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || address.is_some_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_printed() {
        for (address, printed) in [
            ("sqlite:/var/lib/a b/advisor.sqlite", "sqlite:/var/lib/a b/advisor.sqlite"),
            ("none", "none"),
            ("postgres://db/advisor", "postgres://db/advisor"),
            ("postgres://advisor@db/advisor", "postgres://advisor@db/advisor"),
            ("postgres://advisor:SECRET@db/advisor", "postgres://advisor:***@db/advisor"),
            ("postgres://advisor:SEC@RET:SECRET@db", "postgres://advisor:***@db"),
            ("postgres://:SECRET@db", "postgres://:***@db"),
            ("postgres://advisor:SECRET?x@db", "postgres://advisor:***@db"),
            (
                "postgres://a@db/x?password=SECRET&sslmode=require",
                "postgres://a@db/x?password=***&sslmode=require",
            ),
            (
                "postgres://db/x?sslmode=require&password=SECRET",
                "postgres://db/x?sslmode=require&password=***",
            ),
            ("postgres://db:5432/x?password=SEC@RET", "postgres://db:***@RET"),
            ("postgres://db/x?password=SEC=RET", "postgres://db/x?password=***"),
            ("postgres://db/x?pass%77ord=SECRET", "postgres://db/x?pass%77ord=***"),
            ("postgres://db/x?PASSWORD=SECRET", "postgres://db/x?PASSWORD=***"),
            ("postgres://db/x?sslpassword=SECRET;user=a", "postgres://db/x?sslpassword=***;user=a"),
            ("postgres://db/x?options=-c a=SECRET", "postgres://db/x?options=*** a=***"),
            ("postgres://db/x#password=SECRET", "postgres://db/x#password=***"),
            ("postgre://advisor:SECRET@db", "postgre://advisor:***@db"),
            ("advisor:SECRET@db", "advisor:***@db"),
            ("SECRET@db", "***@db"),
            ("x?password=SECRET&y=a://b:SECRET@c", "x?password=***&y=***"),
            ("x?sslmode=a://b:SECRET@c", "x?sslmode=a:***@c"),
            ("postgres://a:SECRET", "postgres://a:***"),
            ("postgres://a:SECRET/x", "postgres://a:***/x"),
            ("postgres://[::1]:5432/x", "postgres://[::1]:5432/x"),
            ("postgres://db:5432/x", "postgres://db:5432/x"),
            ("a:SECRET@db/x?sslmode=a://z", "a:***@db/x?sslmode=a://z"),
            ("host=db user=a password=SECRET", "host=db user=a password=***"),
        ] {
            assert_eq!(masked(address), printed);
            // What follows an `@` in a parameter is taken for the host, and is short of the secret.
            assert!(!printed.contains("SECRET"), "{printed}");
        }
    }

    #[test]
    fn what_stands_in_place_of_a_parameter_is_not_printed() {
        for address in [
            "postgres://db/x?SECRET",
            "postgres://db/x?password=a&SECRET=b",
            "postgresql://u:a@db/x?sslmodeql://u:SECRET@db/y=b",
            "postgresql://u:a@db/x?sslmode=dstgresql://u:SECRET@db/y",
            "postgresql://u:a@db:SECRET/x",
        ] {
            let error = check_address(address, true).err().map(|error| error.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains("address") && !error.contains("SECRET"), "{error}");
        }
    }

    #[test]
    fn another_machine_is_reached_by_tls_or_not_at_all() {
        let outcome = |address: &str, plaintext| match check_address(address, plaintext) {
            Ok(()) => "ok",
            Err(StoreError::Plaintext(_)) => "plaintext",
            Err(StoreError::Parameter(_)) => "parameter",
            Err(_) => "error",
        };
        for (address, expected) in [
            ("sqlite:a.sqlite", "ok"),
            ("postgres://localhost/x", "ok"),
            ("postgres://127.0.0.1/x", "ok"),
            ("postgres://127.8.8.8/x?sslmode=disable", "ok"),
            ("postgres://[::1]/x", "ok"),
            ("postgres://a@%2Frun%2Fpostgresql/x", "ok"),
            ("postgres://a@localhost/x?host=/run/postgresql", "ok"),
            ("postgres://a@db/x?host=/run/postgresql", "ok"),
            ("postgres://db/x?sslmode=require", "ok"),
            ("postgres://db/x?sslmode=verify-ca", "ok"),
            ("postgresql://db/x?sslmode=verify-full", "ok"),
            ("postgres://db/x", "plaintext"),
            ("postgresql://db/x", "plaintext"),
            ("postgres://db/x?sslmode=disable", "plaintext"),
            ("postgres://db/x?sslmode=allow", "plaintext"),
            ("postgres://db/x?ssl-mode=prefer", "plaintext"),
            ("postgres://db/x?sslmode=require&sslmode=disable", "plaintext"),
            ("postgres://localhost/x?host=db", "plaintext"),
            ("postgres://localhost/x?hostaddr=192.0.2.1", "plaintext"),
            ("postgres://localhost.example/x", "plaintext"),
            ("postgres://192.0.2.1/x", "plaintext"),
            ("postgres://[2001:db8::1]/x", "plaintext"),
            ("postgres://db/x?sslmode=none", "error"),
            ("postgres://db/x?sslpassword=SECRET", "parameter"),
            ("postgres://db/x?ssl%6Dode=require", "parameter"),
            ("postgres://db/x?sslmode=require&SECRET", "parameter"),
        ] {
            assert_eq!(outcome(address, false), expected, "{address}");
            let allowed = if expected == "plaintext" { "ok" } else { expected };
            assert_eq!(outcome(address, true), allowed, "{address}");
        }
    }
}
