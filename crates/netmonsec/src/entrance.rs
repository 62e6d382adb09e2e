//! Who may ask, and by what certificate: the part of serving that is about others than this machine.

use std::path::Path;
use std::sync::Arc;

use access::tls::{self, Tls};
use access::{Access, AuditLog, Role};
use anyhow::{Context as _, bail};
use api::{Door, Settings};
use engine::wall_clock;

use crate::config;
use crate::print::safe;

/// Who may come in.
///
/// # Errors
/// Others could come in, and there is nowhere to keep users.
pub(crate) fn door(config: &config::Api, settings: &Settings, users: Option<&Path>) -> anyhow::Result<Door> {
    let closed = settings.is_exposed() || config.login.holds(false);
    let mut door = Door { closed, ..Door::open(wall_clock) };
    let Some(folder) = users else {
        if closed {
            bail!("api.listen: others must log in, and users are kept in store.path, which is empty");
        }
        return Ok(door);
    };
    // Where nobody has to log in, a folder is not made only to hold no users.
    if !closed && !folder.exists() {
        return Ok(door);
    }
    match Access::open(folder) {
        Ok(access) => {
            if closed && !access.users()?.iter().any(|user| user.role == Role::Admin) {
                tracing::warn!(
                    "nobody can log in who manages users: `netmonsec user add NAME --role admin --data {}`",
                    safe(&folder.to_string_lossy())
                );
            }
            door.access = Some((Arc::new(access), AuditLog::new(folder)));
        }
        Err(error) if closed => return Err(error).context("users cannot be read, so nobody is let in"),
        Err(error) => tracing::warn!("users cannot be managed: {error}"),
    }
    Ok(door)
}

/// What TLS is spoken with, if it is.
///
/// # Errors
/// A certificate that cannot be used, or made.
pub(crate) fn tls(
    config: &config::Api,
    settings: &Settings,
    folder: Option<&Path>,
) -> anyhow::Result<Option<Arc<rustls::ServerConfig>>> {
    if !config.tls.holds(settings.is_exposed()) {
        if settings.is_exposed() {
            tracing::warn!("api.tls is off: passwords and all that is seen go over the network in clear");
        }
        return Ok(None);
    }
    let made = match (config.certificate.as_str(), config.key.as_str()) {
        ("", "") => {
            let folder = folder.context(
                "api.tls: a certificate is made in store.path, which is empty; \
                 set it, or api.certificate and api.key",
            )?;
            tls::own(folder, &names(settings), wall_clock())?
        }
        (certificate, key) => tls::load(Path::new(certificate), Path::new(key))?,
    };
    let Tls { config, fingerprint, is_new } = made;
    let new = if is_new { "a new certificate" } else { "the certificate" };
    tracing::info!("TLS with {new} whose SHA-256 fingerprint is {fingerprint}");
    Ok(Some(config))
}

/// What clients may call this machine.
fn names(settings: &Settings) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    // Origins are the proxy's, which has a certificate of its own.
    names.extend(settings.names.iter().filter(|name| !name.contains("://")).cloned());
    let listen = settings.listen.ip();
    if !listen.is_unspecified() {
        names.push(listen.to_string());
    } else if let Ok(interfaces) = capture::live::interfaces() {
        let addresses = interfaces.iter().filter(|i| !i.loopback).flat_map(|i| &i.addresses);
        names.extend(addresses.map(|(address, _)| address.to_string()));
    }
    for name in &mut names {
        *name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
    }
    names.sort();
    names.dedup();
    names
}
