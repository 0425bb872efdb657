//! What a route requires of its caller: the scopes of API keys, and where a key is needed.

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Assessments, one or a batch.
    Assess,
    /// Screening of lists.
    Screen,
    /// Share links.
    Share,
    /// Running the service.
    Admin,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 4] = [Self::Assess, Self::Screen, Self::Share, Self::Admin];

    /// Its name, as commands, keys and the API description write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assess => "assess",
            Self::Screen => "screen",
            Self::Share => "share",
            Self::Admin => "admin",
        }
    }

    /// The scope that a name stands for.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// What a route requires. The route table states it for each route; there is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing, not even a rate limit: the operator's probes, and small files that are compressed once.
    Nothing,
    /// A rate limit. A key is not needed; one that is sent must be valid.
    RateLimit,
    /// A rate limit. A key that is sent must have this scope.
    ScopeOfKey(Scope),
    /// A key with this scope, unless the server is local.
    KeyUnlessLocal(Scope),
    /// A key with this scope.
    Key(Scope),
}

impl Requirement {
    /// The scope that a key must have.
    pub(crate) fn scope(self) -> Option<Scope> {
        match self {
            Self::Nothing | Self::RateLimit => None,
            Self::ScopeOfKey(scope) | Self::KeyUnlessLocal(scope) | Self::Key(scope) => Some(scope),
        }
    }

    /// Whether a request without a key is refused, at least from another machine.
    pub(crate) fn needs_key(self) -> bool {
        matches!(self, Self::KeyUnlessLocal(_) | Self::Key(_))
    }

    /// What a method requires that the resource does not take. It is refused after the guard; what only the
    /// operator may reach answers nobody else, not even with a list of its methods.
    pub(crate) fn of_other_methods(self) -> Self {
        match self {
            Self::ScopeOfKey(_) | Self::KeyUnlessLocal(_) => Self::RateLimit,
            same => same,
        }
    }
}
