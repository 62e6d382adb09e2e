use rusqlite::{OptionalExtension as _, params};
use wire::Timestamp;

use crate::access::{Access, check_name, seconds, time};
use crate::audit::{Action, Actor, Audit};
use crate::error::AccessError;
use crate::role::Role;
use crate::secret::{self, Secret};
use crate::sessions::{Identity, NOTED_EVERY_S, Via};
use crate::users::role;

/// What a program shows instead of a password. It belongs to nobody: it stays when users go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is called.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is refused.
    pub expires: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub used: Option<Timestamp>,
}

/// A token that was made now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewToken {
    /// What to show. Nobody can find it out later.
    pub secret: Secret,
    /// What to note.
    pub audit: Audit,
}

/// What tokens begin with, so that those who search for lost secrets can find them.
const PREFIX: &str = "nms_";
const MOST_TOKENS: u32 = 1024;

impl Access {
    /// Who shows this token (the text behind `Bearer `); nobody, if there is none or it has expired.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn token(&self, bearer: &str, now: Timestamp) -> Result<Option<Identity>, AccessError> {
        let Some(digest) = secret::claimed(bearer, PREFIX) else { return Ok(None) };
        let now = seconds(now);
        let found = self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT name, role, coalesce(used, 0) FROM tokens
                 WHERE digest = ?1 AND (expires IS NULL OR expires > ?2)",
            )?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok((Identity { name: row.get(0)?, role: role(row, 1)?, via: Via::Token }, row.get(2)?))
            };
            statement.query_row(params![digest, now], read).optional()
        })?;
        let Some((identity, used)) = found else { return Ok(None) };
        if now.saturating_sub(used) >= NOTED_EVERY_S {
            // A full disk is no reason to refuse.
            let _ = self
                .read(|db| db.execute("UPDATE tokens SET used = ?2 WHERE digest = ?1", params![digest, now]));
        }
        Ok(Some(identity))
    }

    /// All tokens by name, also those that have expired.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn tokens(&self) -> Result<Vec<Token>, AccessError> {
        self.read(|db| {
            let mut statement =
                db.prepare_cached("SELECT name, role, created, expires, used FROM tokens ORDER BY name")?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok(Token {
                    name: row.get(0)?,
                    role: role(row, 1)?,
                    created: time(row.get(2)?),
                    expires: row.get::<_, Option<i64>>(3)?.map(time),
                    used: row.get::<_, Option<i64>>(4)?.map(time),
                })
            };
            statement.query_map([], read)?.collect()
        })
    }

    /// Makes a token.
    ///
    /// # Errors
    /// Names that are taken or none, and an end that is past.
    pub fn create_token(
        &self,
        name: &str,
        role: Role,
        expires: Option<Timestamp>,
        actor: &Actor<'_>,
        now: Timestamp,
    ) -> Result<NewToken, AccessError> {
        check_name(name)?;
        if expires.is_some_and(|end| end.secs() <= now.secs()) {
            return Err(AccessError::Expired);
        }
        let secret = Secret::random(PREFIX)?;
        self.change(|db| {
            let count = |sql, parameters: &[&dyn rusqlite::ToSql]| -> rusqlite::Result<u32> {
                db.query_row(sql, parameters, |row| row.get(0))
            };
            if count("SELECT count(*) FROM tokens WHERE name = ?1", &[&name])? > 0 {
                return Err(AccessError::Exists { what: "token", name: name.to_owned() }.into());
            }
            if count("SELECT count(*) FROM tokens", &[])? >= MOST_TOKENS {
                return Err(AccessError::TooMany { what: "token", most: MOST_TOKENS }.into());
            }
            db.execute(
                "INSERT INTO tokens(digest, name, role, created, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![secret.digest(), name, role.as_str(), seconds(now), expires.map(seconds)],
            )?;
            Ok(())
        })?;
        Ok(NewToken { secret, audit: Audit::new(now, actor, Action::TokenCreated, name).with(role.as_str()) })
    }

    /// Revokes a token at once.
    ///
    /// # Errors
    /// None of that name.
    pub fn revoke_token(&self, name: &str, actor: &Actor<'_>, now: Timestamp) -> Result<Audit, AccessError> {
        if self.read(|db| db.execute("DELETE FROM tokens WHERE name = ?1", [name]))? == 0 {
            let told: String = name.chars().take(80).flat_map(char::escape_debug).collect();
            return Err(AccessError::Missing { what: "token", name: told });
        }
        Ok(Audit::new(now, actor, Action::TokenRevoked, name))
    }
}
