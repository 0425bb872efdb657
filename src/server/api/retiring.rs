//! What of the API will end: one table, told by each answer (`Deprecation`, RFC 9745; `Sunset`, RFC 8594)
//! and in the description. A route stands in it for at least a year before it goes.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, LINK};

/// A route that will end.
#[derive(Debug)]
pub(super) struct Retiring {
    method: &'static str,
    route: &'static str,
    /// Since when it is not to be used any more, in seconds since 1970.
    since: i64,
    /// When it ends, as an HTTP date.
    ends: &'static str,
    /// What to use instead.
    instead: &'static str,
}

/// The routes that will end; none so far.
pub(super) const RETIRING: &[Retiring] = &[];

/// The entry of a route.
pub(super) fn find<'a>(all: &'a [Retiring], method: &str, route: &str) -> Option<&'a Retiring> {
    all.iter().find(|it| it.method == method && it.route == route)
}

impl Retiring {
    /// Tells a client.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let link = format!("<{}>; rel=\"successor-version\"", self.instead);
        let told = [
            (HeaderName::from_static("deprecation"), format!("@{}", self.since)),
            (HeaderName::from_static("sunset"), self.ends.to_owned()),
            (LINK, link),
        ];
        for (name, value) in told {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_ends_says_since_when_until_when_and_what_instead() {
        let all = [Retiring {
            method: "GET",
            route: "/api/v1/old",
            since: 1_767_225_600,
            ends: "Fri, 01 Jan 2027 00:00:00 GMT",
            instead: "/api/v1/new",
        }];
        let mut headers = HeaderMap::new();
        assert!(find(&all, "POST", "/api/v1/old").is_none());
        if let Some(entry) = find(&all, "GET", "/api/v1/old") {
            entry.tell(&mut headers);
        }
        let told = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        assert_eq!(told("deprecation"), Some("@1767225600"));
        assert_eq!(told("sunset"), Some("Fri, 01 Jan 2027 00:00:00 GMT"));
        assert_eq!(told("link"), Some("</api/v1/new>; rel=\"successor-version\""));
    }
}
