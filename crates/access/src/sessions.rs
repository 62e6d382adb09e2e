use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use wire::Timestamp;

use crate::access::{Access, seconds};
use crate::audit::{Action, Actor, Audit};
use crate::error::AccessError;
use crate::role::Role;
use crate::secret::{self, Digest, Secret};
use crate::users::role;

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The user's or token's name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What proves it.
    pub via: Via,
}

/// What proves who asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Via {
    /// A session of a user, by cookie: browsers send it by themselves, so pages of others must be
    /// refused.
    Session,
    /// A token, by an `Authorization` header.
    Token,
    /// That the request came from this machine, where nobody is asked who they are.
    Machine,
}

impl Identity {
    /// Whoever asks from this machine.
    pub fn machine() -> Self {
        Self { name: "local".to_owned(), role: Role::Admin, via: Via::Machine }
    }
}

impl Via {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
            Self::Machine => "machine",
        }
    }
}

/// A session that nobody uses for so long is over.
const IDLE_S: i64 = 12 * 3600;
/// A session is over after so long, used or not.
const ABSOLUTE_S: i64 = 7 * 86_400;
/// Uses are noted at most once in so long: a write for each request would wear out an SD card.
pub(crate) const NOTED_EVERY_S: i64 = 60;
/// Sessions of a user; the oldest ends when there is one more.
const MOST_SESSIONS: i64 = 32;

impl Access {
    /// Who has the session of this cookie; nobody, if there is none or it is over.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn session(&self, cookie: &str, now: Timestamp) -> Result<Option<Identity>, AccessError> {
        let Some(digest) = secret::claimed(cookie, "") else { return Ok(None) };
        let found = self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT users.name, users.role, sessions.created, sessions.seen
                 FROM sessions JOIN users ON users.id = sessions.user WHERE digest = ?1",
            )?;
            let read = |row: &rusqlite::Row<'_>| {
                let identity = Identity { name: row.get(0)?, role: role(row, 1)?, via: Via::Session };
                Ok((identity, row.get(2)?, row.get(3)?))
            };
            statement.query_row([digest], read).optional()
        })?;
        let Some((identity, created, seen)) = found else { return Ok(None) };
        let now = seconds(now);
        if is_over(created, seen, now) {
            self.read(|db| end(db, &digest))?;
            return Ok(None);
        }
        if now.saturating_sub(seen) >= NOTED_EVERY_S {
            // On a full disk sessions last from their last note, and nobody is locked out.
            let _ = self.read(|db| {
                db.execute("UPDATE sessions SET seen = ?2 WHERE digest = ?1", params![digest, now])
            });
        }
        Ok(Some(identity))
    }

    /// Ends the session of this cookie; what to note, if there was one.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn logout(&self, cookie: &str, now: Timestamp) -> Result<Option<Audit>, AccessError> {
        let Some(digest) = secret::claimed(cookie, "") else { return Ok(None) };
        let Some(identity) = self.session(cookie, now)? else { return Ok(None) };
        self.read(|db| end(db, &digest))?;
        let actor = Actor { name: &identity.name, from: None };
        Ok(Some(Audit::new(now, &actor, Action::Logout, &identity.name)))
    }
}

/// Begins a session of a user whose password still is the one that was checked.
pub(crate) fn begin(
    db: &Transaction<'_>,
    user: i64,
    checked: &str,
    cookie: &Secret,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let now = seconds(now);
    db.execute(
        "DELETE FROM sessions WHERE ?1 - seen >= ?2 OR ?1 - created >= ?3",
        params![now, IDLE_S, ABSOLUTE_S],
    )?;
    db.execute(
        "DELETE FROM sessions WHERE digest IN
            (SELECT digest FROM sessions WHERE user = ?1 ORDER BY created DESC, seen DESC LIMIT -1 OFFSET ?2)",
        params![user, MOST_SESSIONS - 1],
    )?;
    let begun = db.execute(
        "INSERT INTO sessions(digest, user, created, seen)
         SELECT ?1, id, ?3, ?3 FROM users WHERE id = ?2 AND password = ?4",
        params![cookie.digest(), user, now, checked],
    )?;
    Ok(begun == 1)
}

pub(crate) fn end(db: &Connection, digest: &Digest) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM sessions WHERE digest = ?1", [digest])
}

fn is_over(created: i64, seen: i64, now: i64) -> bool {
    now.saturating_sub(seen) >= IDLE_S || now.saturating_sub(created) >= ABSOLUTE_S
}
