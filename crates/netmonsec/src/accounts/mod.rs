//! `netmonsec user` and `netmonsec token`: who may log in, and what programs show instead.

mod arguments;
mod hidden;
mod lists;
mod password;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use access::{Access, Actor, Audit, AuditLog, Role};
use anyhow::{Context as _, bail};
use engine::wall_clock;

use crate::config::Config;
use crate::print::{Terminal, safe};

pub use arguments::{DataFolder, TokenArguments, TokenCommand, UserArguments, UserCommand};

/// The folder where none is configured.
const FOLDER: &str = "data";

/// Does what `netmonsec user` asks for.
///
/// # Errors
/// What cannot be done, with the reason.
pub(crate) fn user(
    arguments: &UserArguments,
    config: Option<&Path>,
    sets: &[String],
    terminal: Terminal,
) -> anyhow::Result<()> {
    let folder = folder(&arguments.data, config, sets)?;
    let out = &mut io::stdout().lock();
    let actor = &Actor::COMMAND_LINE;
    match &arguments.command {
        UserCommand::Add { name, role } => {
            let access = Access::open(&folder)?;
            if has_user(&access, name)? {
                bail!(
                    "there is a user `{name}` already; `netmonsec user password {name}` sets a new password"
                );
            }
            let password = password::ask(name)?;
            let audit = access.add_user(name, &password, *role, actor, wall_clock())?;
            say(out, &folder, &audit)?;
            if !access.users()?.iter().any(|user| user.role == Role::Admin) {
                tell("nobody is admin: users and tokens can be managed here only");
            }
            Ok(())
        }
        UserCommand::List { json } => {
            let users = if exists(&folder) { Access::open(&folder)?.users()? } else { Vec::new() };
            lists::users(out, &users, *json, terminal)?;
            if users.is_empty() && !json {
                tell(&format!("there are no users in {}", shown(&folder)));
            }
            Ok(())
        }
        UserCommand::Remove { name } => {
            say(out, &folder, &there(&folder)?.remove_user(name, actor, wall_clock())?)
        }
        UserCommand::Password { name } => {
            let access = there(&folder)?;
            if !has_user(&access, name)? {
                bail!("there is no user `{}`; `netmonsec user list` shows them", safe(name));
            }
            let password = password::ask(name)?;
            say(out, &folder, &access.set_password(name, &password, actor, wall_clock())?)
        }
        UserCommand::Role { name, role } => {
            say(out, &folder, &there(&folder)?.set_role(name, *role, actor, wall_clock())?)
        }
    }
}

/// Does what `netmonsec token` asks for.
///
/// # Errors
/// What cannot be done, with the reason.
pub(crate) fn token(
    arguments: &TokenArguments,
    config: Option<&Path>,
    sets: &[String],
    terminal: Terminal,
) -> anyhow::Result<()> {
    let folder = folder(&arguments.data, config, sets)?;
    let out = &mut io::stdout().lock();
    let actor = &Actor::COMMAND_LINE;
    match &arguments.command {
        TokenCommand::Add { name, role, expires } => {
            let now = wall_clock();
            let end = expires.map(|after| now + u64::try_from(after.get().as_nanos()).unwrap_or(u64::MAX));
            let new = Access::open(&folder)?.create_token(name, *role, end, actor, now)?;
            note(&folder, &new.audit)?;
            writeln!(out, "{}", new.secret.expose())?;
            out.flush()?;
            let until = end.map(|end| format!(" until {}", lists::time(end))).unwrap_or_default();
            tell(&format!(
                "this is the token {name}, for a {role}{until}; it is shown this once. \
                 Programs send it as `Authorization: Bearer TOKEN`"
            ));
            Ok(())
        }
        TokenCommand::List { json } => {
            let tokens = if exists(&folder) { Access::open(&folder)?.tokens()? } else { Vec::new() };
            lists::tokens(out, &tokens, wall_clock(), *json, terminal)?;
            if tokens.is_empty() && !json {
                tell(&format!("there are no tokens in {}", shown(&folder)));
            }
            Ok(())
        }
        TokenCommand::Remove { name } => {
            say(out, &folder, &there(&folder)?.revoke_token(name, actor, wall_clock())?)
        }
    }
}

/// The folder that is named, else the one of the history.
fn folder(data: &DataFolder, config: Option<&Path>, sets: &[String]) -> anyhow::Result<PathBuf> {
    if let Some(folder) = &data.data {
        return Ok(folder.clone());
    }
    let path = Config::load(config, sets)?.config.store.path;
    Ok(PathBuf::from(if path.is_empty() { FOLDER } else { &path }))
}

/// Whatever is to be changed must be there: a mistyped folder is not made.
fn there(folder: &Path) -> anyhow::Result<Access> {
    if !exists(folder) {
        bail!(
            "there are neither users nor tokens in {}; --data names the folder of the instance",
            shown(folder)
        );
    }
    Ok(Access::open(folder)?)
}

fn exists(folder: &Path) -> bool {
    folder.join(Access::FILE).exists()
}

fn has_user(access: &Access, name: &str) -> anyhow::Result<bool> {
    Ok(access.users()?.iter().any(|user| user.name.eq_ignore_ascii_case(name)))
}

/// What was done.
fn say(out: &mut impl Write, folder: &Path, audit: &Audit) -> anyhow::Result<()> {
    note(folder, audit)?;
    let detail = if audit.detail.is_empty() { String::new() } else { format!(" ({})", audit.detail) };
    let done = audit.action.as_str().replace('-', " ");
    writeln!(out, "{done}: {}{detail}", safe(&audit.subject)).context("standard output")?;
    Ok(out.flush()?)
}

fn note(folder: &Path, audit: &Audit) -> anyhow::Result<()> {
    let noted = AuditLog::new(folder).note(audit);
    noted.with_context(|| format!("it is done, but not noted: {}/{}", shown(folder), AuditLog::FILE))
}

/// What people should know and programs need not.
fn tell(text: &str) {
    // A terminal that cannot take the message leaves nobody to tell.
    let _ = writeln!(io::stderr(), "netmonsec: {text}");
}

fn shown(folder: &Path) -> String {
    safe(&folder.to_string_lossy()).into_owned()
}
