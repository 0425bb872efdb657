//! The one spelling of a path.
//!
//! Routers, proxies and logs disagree on what an escaped letter, an empty segment or a dot means. Where a path
//! has one spelling only, they cannot: every other spelling is refused before it is routed.
//!
//! INVARIANT: two different paths that pass name two different resources.

/// Bytes that a segment has as they are (RFC 3986, `pchar`), but for `;`, which some take for the end of a
/// path.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@/".contains(&byte)
}

/// Whether a path is in its normal form: absolute, without empty, `.` and `..` segments, its plain characters
/// as they are, all others as the escapes of UTF-8 in capital letters, and no control character, `/`, `\\`,
/// `%` or `;` among them.
pub(super) fn is_normal(path: &str) -> bool {
    let Some(segments) = path.strip_prefix('/') else { return false };
    let last = segments.split('/').count() - 1;
    segments.split('/').enumerate().all(|(at, segment)| match segment {
        // The root, and folders with a slash at their end.
        "" => at == last,
        "." | ".." => false,
        segment => unescape(segment).is_some_and(|bytes| std::str::from_utf8(&bytes).is_ok()),
    })
}

/// The bytes of a segment; nothing if any of them has another spelling.
fn unescape(segment: &str) -> Option<Vec<u8>> {
    let mut rest = segment.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            if !is_plain(byte) {
                return None;
            }
            bytes.push(byte);
            rest = after;
            continue;
        }
        let (&[high, low], after) = after.split_first_chunk::<2>()?;
        let byte = digit(high)? * 16 + digit(low)?;
        if is_plain(byte) || byte.is_ascii_control() || matches!(byte, b'%' | b'\\' | b';') {
            return None;
        }
        bytes.push(byte);
        rest = after;
    }
    Some(bytes)
}

/// A hexadecimal digit in capital letters.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_spelling() {
        for path in [
            "/",
            "/docs/",
            "/docs/swagger-ui.css",
            "/api/v1/assessments:batch",
            "/api/v1/supports/guarantee-small-micro",
            "/api/v1/supports/%E4%BF%9D%E7%A8%8E",
            "/a%20b",
            "/a..b/.c/d.",
        ] {
            assert!(is_normal(path), "{path}");
        }
        for path in [
            "",
            "*",
            "admin",
            "//admin/audit",
            "/admin//audit",
            "/admin/./audit",
            "/admin/../audit",
            "/.",
            "/..",
            "/%61dmin/audit",
            "/admin%2Faudit",
            "/admin%2faudit",
            "/%2561dmin/audit",
            "/admin%",
            "/admin%2",
            "/admin%zz",
            "/admin;a/audit",
            "/admin%3Ba/audit",
            "/admin\\audit",
            "/admin%5Caudit",
            "/admin%00",
            "/admin%0A",
            "/%c3%a4",
            "/%C3%a4",
            "/%C0%AF",
            "/%C1%A1dmin",
            "/%E0%81%A1dmin",
            "/%FF",
            "/ä",
            "/a\"b",
            "/assessments%3Abatch",
        ] {
            assert!(!is_normal(path), "{path}");
        }
    }

    #[test]
    fn every_escape_of_a_plain_byte_is_another_spelling() {
        for byte in 0..=0x7f_u8 {
            let must_be_escaped = b" \"#<>?[]^`{|}".contains(&byte);
            assert_eq!(is_normal(&format!("/%{byte:02X}")), must_be_escaped, "{byte:02X}");
        }
    }
}
