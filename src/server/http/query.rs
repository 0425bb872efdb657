//! Query parameters, read with the error of the API. A parameter whose type is a list may be repeated.

use crate::server::api::error::{Problem, ProblemCode};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
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
        let read =
            read.map_err(|error| Problem::new(ProblemCode::BadQuery).with(error.to_string()));
        ready(Ok(Self(read)))
    }
}
