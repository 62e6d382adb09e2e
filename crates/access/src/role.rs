use std::fmt;
use std::str::FromStr;

/// What somebody may do; each may do all that those before it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Looks.
    Viewer,
    /// Judges alerts, and whatever else changes records.
    Operator,
    /// Manages users, tokens and the configuration.
    Admin,
}

/// No role is called so.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
#[error("there is no role `{0}`; there are viewer, operator and admin")]
pub struct NoSuchRole(String);

impl Role {
    /// All of them, from the least.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// It is enough for what needs `needed`.
    pub fn may(self, needed: Self) -> bool {
        self >= needed
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = NoSuchRole;

    fn from_str(text: &str) -> Result<Self, NoSuchRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| NoSuchRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_may_what_those_below_may() {
        for (i, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role.as_str().parse(), Ok(role));
            for (j, needed) in Role::ALL.into_iter().enumerate() {
                assert_eq!(role.may(needed), i >= j);
            }
        }
        for text in ["", "Admin", "root", "admin "] {
            assert!(text.parse::<Role>().is_err(), "{text}");
        }
    }
}
