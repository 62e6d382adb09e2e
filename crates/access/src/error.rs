use std::io;
use std::path::PathBuf;

/// Why users, sessions or tokens could not be read or changed.
#[derive(thiserror::Error, Debug)]
#[non_exhaustive]
pub enum AccessError {
    /// SQLite refused.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file was written by a later version of the program.
    #[error("{}: was written by a later version of the program (schema {found}, this one knows {known})", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// The system has no randomness.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// A password could not be hashed, or what is kept of one is damaged.
    #[error("a password cannot be checked: {0}")]
    Hash(argon2::password_hash::Error),
    /// Nothing can be called so.
    #[error(
        "`{0}` is no name; names have 1 to 64 characters out of a-z, A-Z, 0-9 and . _ @ -, and begin with none of the last four"
    )]
    BadName(String),
    /// The password is too weak.
    #[error(transparent)]
    Password(#[from] WeakPassword),
    /// The name is taken.
    #[error("there is a {what} `{name}` already")]
    Exists {
        /// User or token.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Nobody is called so.
    #[error("there is no {what} `{name}`")]
    Missing {
        /// User or token.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Nobody could manage users any more.
    #[error("`{0}` is the only admin; make another user admin first")]
    LastAdmin(String),
    /// There is no room for more.
    #[error("there are {most} {what}s, which is the most; remove one first")]
    TooMany {
        /// User or token.
        what: &'static str,
        /// How many there may be.
        most: u32,
    },
    /// It would be over before it begins.
    #[error("the token would have expired already")]
    Expired,
}

/// Why a password is not taken.
#[derive(thiserror::Error, Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum WeakPassword {
    /// Too short.
    #[error("the password has {0} characters; it needs at least 10")]
    Short(usize),
    /// Longer than anybody types.
    #[error("the password has {0} bytes; at most 1024 are taken")]
    Long(usize),
    /// A few characters over and over.
    #[error("the password is made of fewer than 4 different characters")]
    Monotonous,
    /// Who knows the name would try it.
    #[error("the password is hardly more than the name")]
    Name,
}
