//! Query parameters, read with the error of the API. A parameter whose type is a list may be repeated.

use crate::server::api::error::{Problem, ProblemCode};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use export_advisor_core::diagnostic::nearest;
use export_advisor_core::wording::shown;
use serde::de::DeserializeOwned;
use std::future::{Ready, ready};

/// The parameters of a request, or what is wrong with them. The handler asks for them after the body, so
/// that a body that cannot be read is reported first.
pub(crate) struct Query<T>(Result<T, Problem>);

impl<T> Query<T> {
    /// The parameters.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn parsed(self) -> Result<T, Problem> {
        self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = serde_html_form::from_str(request.query_string());
        let read = read.map_err(|error| {
            let detail = detail::<T>(request.query_string(), &error.to_string());
            Problem::new(ProblemCode::BadQuery).with(detail)
        });
        ready(Ok(Self(read)))
    }
}

/// No parameters: a request with one is refused.
pub(crate) struct NoQuery;

impl FromRequest for NoQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        let query = request.query_string();
        let read = serde_html_form::from_str::<Nothing>(query);
        let read = read.map(|_| Self).map_err(|error| {
            let detail = detail::<Nothing>(query, &error.to_string());
            Problem::new(ProblemCode::BadQuery).with(detail)
        });
        ready(read)
    }
}

/// What is wrong with a query, in own words: which parameter, and what it can be. `message` is that of serde.
fn detail<T: DeserializeOwned>(query: &str, message: &str) -> String {
    let quoted = message.split('`').nth(1).map(shown).unwrap_or_default();
    let expected = message.split_once("expected ").map(|(_, expected)| expected);
    if message.starts_with("missing field") {
        return format!("the parameter `{quoted}` is missing");
    }
    if message.starts_with("duplicate field") {
        return format!("the parameter `{quoted}` is given twice: give it once");
    }
    if message.starts_with("unknown field") {
        let known = expected.map(|known| known.strip_prefix("one of ").unwrap_or(known));
        return match known {
            None => format!("there is no parameter `{quoted}`: this address has none"),
            Some(known) => {
                let names = known.split(", ").map(|name| name.trim_matches('`'));
                let near = nearest(&quoted, names).map(|near| format!("did you mean `{near}`? "));
                let near = near.unwrap_or_default();
                format!("there is no parameter `{quoted}`; {near}there are {known}")
            }
        };
    }
    // The parameter that cannot be read alone either; if all can, one is given twice.
    let name_of = |pair: &str| pair.split('=').next().map(shown).unwrap_or_default();
    let is_wrong = |pair: &&str| {
        let alone = serde_html_form::from_str::<T>(pair).map_err(|error| error.to_string());
        alone.is_err_and(|alone| alone == message)
    };
    let Some(wrong) = query.split('&').find(is_wrong) else {
        let mut names: Vec<String> = query.split('&').map(name_of).collect();
        names.sort();
        let twice = names.windows(2).find(|pair| matches!(pair, [a, b] if a == b));
        let name = twice.and_then(|pair| pair.first()).cloned().unwrap_or_default();
        return format!("the parameter `{name}` is given twice: give it once");
    };
    let name = name_of(wrong);
    let value = wrong.split_once('=').map(|(_, value)| shown(value)).unwrap_or_default();
    match expected {
        Some(known) => {
            let known = known.replace("one of ", "one of: ").replace('"', "`");
            format!("`{name}` is {known}, and not `{value}`")
        }
        None => format!("`{name}` cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[test]
    fn messages_name_the_parameter_and_what_it_can_be() {
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Detail {
            Status,
            Full,
        }
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only read")]
        struct Params {
            detail: Detail,
            #[serde(default)]
            ddl: bool,
            day: Option<String>,
        }
        for (query, expected) in [
            ("ddl=true", "the parameter `detail` is missing"),
            ("detail=full&detail=full", "the parameter `detail` is given twice: give it once"),
            ("detail=full&day=1&day=2", "the parameter `day` is given twice: give it once"),
            ("detail=full&x=1", "there is no parameter `x`; there are `detail`, `ddl`"),
            ("detail=full&days=1", "there is no parameter `days`; did you mean `day`? there are"),
            ("ddl=true&detail=some", "`detail` is `status` or `full`, and not `some`"),
            ("detail=full&ddl=1", "`ddl` is `true`, `on` or `false`, and not `1`"),
        ] {
            let error = serde_html_form::from_str::<Params>(query).unwrap_err().to_string();
            let found = detail::<Params>(query, &error);
            assert!(found.starts_with(expected), "{query}: {found} ({error})");
        }
    }
}
