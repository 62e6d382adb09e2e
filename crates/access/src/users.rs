use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use wire::Timestamp;

use crate::access::{Access, Changing, check_name, seconds, time};
use crate::audit::{Action, Actor, Audit};
use crate::error::AccessError;
use crate::password;
use crate::role::Role;

/// Who may log in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// What they are called; upper and lower case do not matter.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When they were added.
    pub created: Timestamp,
    /// When their password was set last.
    pub password_set: Timestamp,
    /// How many sessions are open.
    pub sessions: u32,
}

const MOST_USERS: u32 = 1024;

impl Access {
    /// Whether anybody could log in.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn has_users(&self) -> Result<bool, AccessError> {
        self.read(|db| db.query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0)))
    }

    /// All users by name.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn users(&self) -> Result<Vec<User>, AccessError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT name, role, created, changed,
                        (SELECT count(*) FROM sessions WHERE sessions.user = users.id)
                 FROM users ORDER BY name",
            )?;
            statement.query_map([], user)?.collect()
        })
    }

    /// Adds a user.
    ///
    /// # Errors
    /// Names that are taken or none, and weak passwords.
    pub fn add_user(
        &self,
        name: &str,
        password: &str,
        role: Role,
        actor: &Actor<'_>,
        now: Timestamp,
    ) -> Result<Audit, AccessError> {
        check_name(name)?;
        password::check(name, password)?;
        let hash = password::hash(password)?;
        self.change(|db| {
            if id_of(db, name)?.is_some() {
                return Err(AccessError::Exists { what: "user", name: name.to_owned() }.into());
            }
            let users: u32 = db.query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
            if users >= MOST_USERS {
                return Err(AccessError::TooMany { what: "user", most: MOST_USERS }.into());
            }
            db.execute(
                "INSERT INTO users(name, role, password, created, changed) VALUES (?1, ?2, ?3, ?4, ?4)",
                params![name, role.as_str(), hash, seconds(now)],
            )?;
            Ok(Audit::new(now, actor, Action::UserAdded, name).with(role.as_str()))
        })
    }

    /// Removes a user, whose sessions are over at once.
    ///
    /// # Errors
    /// Nobody of that name, or the only admin while there are other users.
    pub fn remove_user(&self, name: &str, actor: &Actor<'_>, now: Timestamp) -> Result<Audit, AccessError> {
        self.change(|db| {
            let id = existing(db, name)?;
            keep_an_admin(db, id, name)?;
            db.execute("DELETE FROM users WHERE id = ?1", [id])?;
            Ok(Audit::new(now, actor, Action::UserRemoved, name))
        })
    }

    /// Sets a user's password, and ends all of the user's sessions.
    ///
    /// # Errors
    /// Nobody of that name, or a weak password.
    pub fn set_password(
        &self,
        name: &str,
        password: &str,
        actor: &Actor<'_>,
        now: Timestamp,
    ) -> Result<Audit, AccessError> {
        password::check(name, password)?;
        let hash = password::hash(password)?;
        self.change(|db| {
            let id = existing(db, name)?;
            db.execute(
                "UPDATE users SET password = ?2, changed = ?3 WHERE id = ?1",
                params![id, hash, seconds(now)],
            )?;
            let ended = db.execute("DELETE FROM sessions WHERE user = ?1", [id])?;
            let audit = Audit::new(now, actor, Action::PasswordChanged, name);
            Ok(audit.with(format!("sessions ended: {ended}")))
        })
    }

    /// Sets what a user may do, in open sessions too.
    ///
    /// # Errors
    /// Nobody of that name, or the only admin.
    pub fn set_role(
        &self,
        name: &str,
        role: Role,
        actor: &Actor<'_>,
        now: Timestamp,
    ) -> Result<Audit, AccessError> {
        self.change(|db| {
            let id = existing(db, name)?;
            if role != Role::Admin {
                keep_an_admin(db, id, name)?;
            }
            db.execute("UPDATE users SET role = ?2 WHERE id = ?1", params![id, role.as_str()])?;
            Ok(Audit::new(now, actor, Action::RoleChanged, name).with(role.as_str()))
        })
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        name: row.get(0)?,
        role: role(row, 1)?,
        created: time(row.get(2)?),
        password_set: time(row.get(3)?),
        sessions: row.get(4)?,
    })
}

/// The role in a column.
pub(crate) fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

fn id_of(db: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<i64>> {
    db.query_row("SELECT id FROM users WHERE name = ?1", [name], |row| row.get(0)).optional()
}

fn existing(db: &Transaction<'_>, name: &str) -> Result<i64, Changing> {
    let missing = || {
        let told: String = name.chars().take(80).flat_map(char::escape_debug).collect();
        AccessError::Missing { what: "user", name: told }.into()
    };
    id_of(db, name)?.ok_or_else(missing)
}

/// Refuses what would leave users without anybody who manages them. The last user of all may go.
fn keep_an_admin(db: &Transaction<'_>, id: i64, name: &str) -> Result<(), Changing> {
    let (is_admin, other_admins, others): (bool, i64, i64) = db.query_row(
        "SELECT (SELECT role = 'admin' FROM users WHERE id = ?1),
                (SELECT count(*) FROM users WHERE id <> ?1 AND role = 'admin'),
                (SELECT count(*) FROM users WHERE id <> ?1)",
        [id],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    if is_admin && other_admins == 0 && others > 0 {
        return Err(AccessError::LastAdmin(name.to_owned()).into());
    }
    Ok(())
}
