use std::fmt;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::{OptionalExtension as _, Row};
use wire::Timestamp;

use crate::access::{Access, check_name, locked};
use crate::audit::{Action, Actor, Audit};
use crate::error::AccessError;
use crate::password;
use crate::role::Role;
use crate::secret::{self, Secret};
use crate::sessions::{self, Identity, Via};
use crate::users::role;

/// A session that began now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// The value of the cookie. Nobody can find it out later.
    pub cookie: Secret,
    /// Whose it is.
    pub identity: Identity,
    /// What to note.
    pub audit: Audit,
}

/// Why nobody is logged in, and what to note of it.
#[derive(Debug)]
pub struct LoginError {
    /// Why.
    pub refusal: Refusal,
    /// What to note.
    pub audit: Box<Audit>,
}

/// Why nobody is logged in.
#[derive(thiserror::Error, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody has that name and password. Which of them is wrong is not told.
    #[error("wrong name or password")]
    Wrong,
    /// Too many tries.
    #[error("too many logins; try again in {after_s} seconds")]
    Throttled {
        /// Seconds after which one may be tried.
        after_s: u64,
    },
    /// Others are being checked, as many as the machine should.
    #[error("too many logins at once; try again in a second")]
    Busy,
    /// The file cannot be read or written.
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal.fmt(f)
    }
}

impl std::error::Error for LoginError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.refusal)
    }
}

impl Access {
    /// Begins a session for who knows name and password.
    ///
    /// Takes tens of milliseconds of computing on purpose, as long for names that nobody has; not for a
    /// thread that others wait for. The session is always a new one: a cookie that somebody planted
    /// before never becomes valid. A session that the browser had before goes with
    /// [`Access::login_again`].
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn login(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Session, LoginError> {
        self.login_again(None, name, password, from, now)
    }

    /// The same, and ends the session that came with the request.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn login_again(
        &self,
        cookie: Option<&str>,
        name: &str,
        password: &str,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Session, LoginError> {
        self.try_login(cookie, name, password, from, now).map_err(|refusal| {
            // What cannot be a name may be a password in the wrong field.
            let name = if check_name(name).is_ok() { name } else { "?" };
            let action = match refusal {
                Refusal::Throttled { .. } | Refusal::Busy => Action::LoginThrottled,
                Refusal::Wrong | Refusal::Access(_) => Action::LoginRefused,
            };
            let actor = Actor { name, from: Some(from) };
            let audit = Audit::new(now, &actor, action, name).with(refusal.to_string());
            LoginError { refusal, audit: Box::new(audit) }
        })
    }

    fn try_login(
        &self,
        old: Option<&str>,
        name: &str,
        password: &str,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Session, Refusal> {
        let attempt =
            locked(&self.throttle).take(name, from, now).map_err(|after_s| Refusal::Throttled { after_s })?;
        let Some(checked) = self.hashing.one(|| self.check(name, password)) else {
            locked(&self.throttle).give_back(attempt);
            return Err(Refusal::Busy);
        };
        let user = checked?.ok_or(Refusal::Wrong)?;
        let cookie = Secret::random("")?;
        let begun = self.change(|db| {
            if let Some(old) = old.and_then(|old| secret::claimed(old, "")) {
                sessions::end(db, &old)?;
            }
            Ok(sessions::begin(db, user.id, &user.hash, &cookie, now)?)
        })?;
        if !begun {
            return Err(Refusal::Wrong);
        }
        locked(&self.throttle).succeeded(attempt, now);
        let actor = Actor { name: &user.name, from: Some(from) };
        let audit = Audit::new(now, &actor, Action::Login, &user.name);
        let identity = Identity { name: user.name, role: user.role, via: Via::Session };
        Ok(Session { cookie, identity, audit })
    }

    /// Who has that name and password. What is done does not depend on whether there is the name.
    fn check(&self, name: &str, password: &str) -> Result<Option<Known>, AccessError> {
        let known = self.read(|db| {
            let mut statement =
                db.prepare_cached("SELECT id, name, role, password FROM users WHERE name = ?1")?;
            statement.query_row([name], Known::read).optional()
        })?;
        let right = password::verify(password, known.as_ref().map(|user| user.hash.as_str()))?;
        Ok(known.filter(|_| right))
    }
}

/// A user as the table has it.
struct Known {
    id: i64,
    name: String,
    role: Role,
    hash: String,
}

impl Known {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, name: row.get(1)?, role: role(row, 2)?, hash: row.get(3)? })
    }
}

/// Passwords are checked one at a time, so that a flood of logins takes one core and 19 MiB of memory
/// from the capture, and no more.
#[derive(Debug, Default)]
pub(crate) struct Hashing {
    here: AtomicUsize,
    turn: Mutex<()>,
}

/// Logins that wait or are checked.
const MOST_AT_ONCE: usize = 4;

impl Hashing {
    /// Does it when it is its turn; `None` if too many wait.
    fn one<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let here = Here::enter(&self.here)?;
        let turn = locked(&self.turn);
        let done = work();
        drop((turn, here));
        Some(done)
    }
}

/// One of those who wait; also when it panics, it leaves.
struct Here<'a>(&'a AtomicUsize);

impl<'a> Here<'a> {
    fn enter(count: &'a AtomicUsize) -> Option<Self> {
        let here = Self(count);
        (count.fetch_add(1, Ordering::AcqRel) < MOST_AT_ONCE).then_some(here)
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn so_many_wait_and_no_more() {
        let hashing = Hashing::default();
        let barrier = Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| hashing.one(|| (barrier.wait(), barrier.wait())));
            barrier.wait();
            let others: Vec<_> = (1..MOST_AT_ONCE).map(|_| scope.spawn(|| hashing.one(|| ()))).collect();
            while hashing.here.load(Ordering::Acquire) < MOST_AT_ONCE {
                std::thread::yield_now();
            }
            assert_eq!(hashing.one(|| ()), None);
            barrier.wait();
            assert!(others.into_iter().all(|other| other.join().unwrap().is_some()));
        });
        assert_eq!(hashing.one(|| 7), Some(7));
        assert_eq!(hashing.here.load(Ordering::Acquire), 0);
    }
}
