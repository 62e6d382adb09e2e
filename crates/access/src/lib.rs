//! Who may ask, and for what.
//!
//! [`Access`] keeps users, sessions and tokens in `access.db` of the data folder. [`guard`] refuses
//! requests that a foreign page made before anybody looks at who asks. [`tls`] has the certificate.
//! None of it knows a web framework, and time is an argument.

#![forbid(unsafe_code)]

mod access;
mod audit;
mod database;
mod error;
pub mod guard;
mod log;
mod login;
mod password;
mod role;
mod secret;
mod sessions;
mod throttle;
pub mod tls;
mod tokens;
mod users;

pub use access::Access;
pub use audit::{Action, Actor, Audit};
pub use error::{AccessError, WeakPassword};
pub use log::{AuditEntry, AuditLog};
pub use login::{LoginError, Refusal, Session};
pub use role::{NoSuchRole, Role};
pub use secret::Secret;
pub use sessions::{Identity, Via};
pub use tokens::{NewToken, Token};
pub use users::User;
