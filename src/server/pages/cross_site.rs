//! Whether a form was sent by a page of another site.
//!
//! The form has no session and no cookie; still, a page of another site must not make, open or delete a share in
//! the name of its visitor. A browser says where a request comes from: today's in `Sec-Fetch-Site`, older
//! ones, and all of them over plain HTTP, in `Origin`. A client that says neither is no browser.

use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the headers of a POST say that a page of another origin sent it. The form in a frame of another site
/// is a page of this one.
pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    match (text(SITE), text(ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, None) => false,
        (None, Some(origin)) => {
            // The scheme is that of the proxy in front, which this service does not know.
            let host = origin.split_once("://").map(|(_, host)| host);
            !host.zip(text(HOST)).is_some_and(|(from, to)| from.eq_ignore_ascii_case(to))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn what_a_browser_says_of_the_sender_decides() {
        for (site, origin, host, crosses) in [
            ("same-origin", "", "a.example", false),
            ("none", "", "a.example", false),
            ("cross-site", "", "a.example", true),
            ("same-site", "", "a.example", true),
            ("new-word", "", "a.example", true),
            // A proxy that does not pass on `Host` does not matter where the browser is of today.
            ("same-origin", "https://a.example", "127.0.0.1:8080", false),
            ("cross-site", "https://a.example", "a.example", true),
            ("", "https://a.example", "a.example", false),
            ("", "http://a.example:8080", "A.example:8080", false),
            ("", "http://a.example:8080", "a.example", true),
            ("", "https://b.example", "a.example", true),
            ("", "https://a.example.b.example", "a.example", true),
            ("", "https://a.example", "", true),
            ("", "null", "a.example", true),
            ("", "a.example", "a.example", true),
            ("", "", "a.example", false),
            ("", "", "", false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [(SITE, site), (ORIGIN, origin), (HOST, host)] {
                if !value.is_empty() {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            assert_eq!(is_cross_site(&headers), crosses, "{site} {origin} {host}");
        }
    }
}
