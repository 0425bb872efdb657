//! A row of the route table: all that is known of one method of one resource.
//!
//! The table itself stands in [`routes`](super::routes), which registers the rows. The guard, the audit, the answers
//! to other methods and the description of the API take what they need from the same row. This file knows no handler.

use crate::server::access::Requirement;
use crate::server::audit::AuditAction;
use crate::server::http::limits::Limits;
use actix_web::http::Method;

/// What a route answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Data for programs. Other methods are answered with a problem and `Allow`.
    Api,
    /// A page: it has the headers of pages, and no page of another site may send it a form.
    Page,
    /// A file of the pages.
    Asset,
}

/// How large the body of a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyLimit {
    /// One profile or form.
    Profile,
    /// A batch of profiles.
    Batch,
}

impl BodyLimit {
    pub(crate) fn bytes(self, limits: &Limits) -> usize {
        match self {
            Self::Profile => limits.body_bytes,
            Self::Batch => limits.batch_bytes,
        }
    }
}

/// One method of one resource.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// The path, as a pattern of the router.
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    pub(crate) requirement: Requirement,
    /// As what the audit records it, if it does.
    pub(crate) audit: Option<AuditAction>,
    pub(crate) body: BodyLimit,
    pub(crate) handler: fn() -> actix_web::Route,
}

impl Route {
    pub(crate) const fn get(
        path: &'static str,
        requirement: Requirement,
        handler: fn() -> actix_web::Route,
    ) -> Self {
        let (method, kind, body) = (Method::GET, Kind::Api, BodyLimit::Profile);
        Self { method, path, kind, requirement, audit: None, body, handler }
    }

    pub(crate) const fn post(
        path: &'static str,
        requirement: Requirement,
        handler: fn() -> actix_web::Route,
    ) -> Self {
        let (method, kind, body) = (Method::POST, Kind::Api, BodyLimit::Profile);
        Self { method, path, kind, requirement, audit: None, body, handler }
    }

    pub(crate) const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) const fn audit(mut self, action: AuditAction) -> Self {
        self.audit = Some(action);
        self
    }

    pub(crate) const fn body(mut self, body: BodyLimit) -> Self {
        self.body = body;
        self
    }

    /// Whether it answers a method; GET includes HEAD.
    pub(crate) fn answers(&self, method: &Method) -> bool {
        let head = *method == Method::HEAD && self.method == Method::GET;
        head || self.method == *method
    }
}

/// What a method of a resource requires, `routes` being those of the resource: also of a method that it does not
/// take. Without a route it is the operator's alone.
pub(crate) fn requirement(routes: &[Route], method: &Method) -> Requirement {
    let other = || routes.first().map(|route| route.requirement.of_other_methods());
    let found = routes.iter().find(|route| route.answers(method)).map(|route| route.requirement);
    found.or_else(other).unwrap_or(Requirement::Key(crate::server::access::Scope::Admin))
}
