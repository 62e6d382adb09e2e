use std::fmt;
use std::net::IpAddr;

use wire::Timestamp;

/// Who does something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Actor<'a> {
    /// The user's or token's name, or what else it is.
    pub name: &'a str,
    /// Where from, if over the network.
    pub from: Option<IpAddr>,
}

impl Actor<'_> {
    /// Whoever may write to the data folder.
    pub const COMMAND_LINE: Self = Self { name: "command line", from: None };
}

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Action {
    /// Somebody logged in.
    Login,
    /// A login was refused: wrong name or password.
    LoginRefused,
    /// A login was not even looked at: too many of them.
    LoginThrottled,
    /// Somebody logged out.
    Logout,
    /// A user was added.
    UserAdded,
    /// A user was removed.
    UserRemoved,
    /// A user's password was changed.
    PasswordChanged,
    /// A user's role was changed.
    RoleChanged,
    /// A token was made.
    TokenCreated,
    /// A token was revoked.
    TokenRevoked,
    /// Somebody judged an alert.
    AlertJudged,
    /// A capture was handed in to be analysed.
    AnalysisAdded,
    /// What was found in a capture was deleted.
    AnalysisRemoved,
    /// The configuration was read again.
    ConfigurationReloaded,
}

impl Action {
    /// Its name, for records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginRefused => "login-refused",
            Self::LoginThrottled => "login-throttled",
            Self::Logout => "logout",
            Self::UserAdded => "user-added",
            Self::UserRemoved => "user-removed",
            Self::PasswordChanged => "password-changed",
            Self::RoleChanged => "role-changed",
            Self::TokenCreated => "token-created",
            Self::TokenRevoked => "token-revoked",
            Self::AlertJudged => "alert-judged",
            Self::AnalysisAdded => "analysis-added",
            Self::AnalysisRemoved => "analysis-removed",
            Self::ConfigurationReloaded => "configuration-reloaded",
        }
    }
}

/// Who did what to whom, and when. Holds no secrets. Whoever is handed one keeps it.
#[must_use = "whoever is handed an audit entry keeps it"]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Audit {
    /// When.
    pub time: Timestamp,
    /// What.
    pub action: Action,
    /// Who.
    pub actor: String,
    /// Where from, if over the network.
    pub from: Option<IpAddr>,
    /// To which user or token.
    pub subject: String,
    /// What else there is to say: the role, mostly.
    pub detail: String,
}

impl Audit {
    /// Who did what to whom.
    pub fn new(time: Timestamp, actor: &Actor<'_>, action: Action, subject: &str) -> Self {
        Self {
            time,
            action,
            actor: actor.name.to_owned(),
            from: actor.from,
            subject: subject.to_owned(),
            detail: String::new(),
        }
    }

    /// The same with more to say.
    pub fn with(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action.as_str(), self.subject)?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        write!(f, " by {}", self.actor)?;
        self.from.map_or(Ok(()), |from| write!(f, " from {from}"))
    }
}
