//! The dashboard in the terminal: of another instance, or of this one.

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use anyhow::Context as _;

use crate::cli::TopArguments;
use crate::config::Config;
use crate::logging;
use crate::print::Terminal;

/// Of the instance that is named.
///
/// # Errors
/// An address that cannot be used, or no terminal.
pub(crate) fn top(arguments: &TopArguments) -> anyhow::Result<ExitCode> {
    let stop = Arc::default();
    let TopArguments { url, token, certificate } = arguments.clone();
    let certificate = certificate.map(|path| {
        std::fs::read(&path).with_context(|| format!("--certificate: {} cannot be read", path.display()))
    });
    let certificate = certificate.transpose()?;
    show(Target { url, token, certificate }, &stop, true)?;
    Ok(ExitCode::SUCCESS)
}

/// Why `--tui` cannot work, before anything is begun.
///
/// # Errors
/// See above.
pub(crate) fn check(config: &Config) -> anyhow::Result<()> {
    if !cfg!(feature = "tui") {
        anyhow::bail!("{WITHOUT}; without --tui there is a live table");
    }
    if config.api.listen.is_empty() {
        anyhow::bail!(
            "--tui asks the API of this instance, and api.listen is empty: set it, for example with \
             --set 'api.listen=\"127.0.0.1:8080\"', or leave --tui out for the live table"
        );
    }
    if Terminal::of(&io::stdout()).size.is_none() {
        anyhow::bail!("--tui needs a terminal to draw on");
    }
    Ok(())
}

const WITHOUT: &str = "this netmonsec was built without the terminal dashboard (Cargo feature `tui`)";

/// Beside a live capture. Dropping it gives the terminal back.
pub(crate) struct Dashboard {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Dashboard {
    /// Asks whoever listens at `url`, which is this instance; `own` is where the certificate is that it made.
    pub(crate) fn start(url: &str, own: Option<&Path>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (url, seen) = (reachable(url), Arc::clone(&stop));
        logging::hold();
        let certificate = own.filter(|_| url.starts_with("https:")).and_then(|path| std::fs::read(path).ok());
        let thread = thread::spawn(move || show(Target { url, token: None, certificate }, &seen, false));
        Self { stop, thread: Some(thread) }
    }

    /// The user is done with it, or it could not go on.
    pub(crate) fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Why it could not go on, if it could not.
    pub(crate) fn close(mut self) -> anyhow::Result<()> {
        self.end()
    }

    fn end(&mut self) -> anyhow::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        logging::release();
        match ended {
            Some(Err(_)) => anyhow::bail!("the dashboard ended unexpectedly; please report this"),
            Some(Ok(result)) => result,
            None => Ok(()),
        }
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!("the terminal dashboard: {error:#}");
        }
    }
}

/// Who listens on all addresses does so on the loopback.
fn reachable(url: &str) -> String {
    url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
}

/// Whom to ask, and how.
#[cfg_attr(not(feature = "tui"), allow(dead_code, reason = "nobody is asked"))]
struct Target {
    url: String,
    token: Option<String>,
    certificate: Option<Vec<u8>>,
}

#[cfg(feature = "tui")]
fn show(
    Target { url, token, certificate }: Target,
    stop: &Arc<AtomicBool>,
    by_signals: bool,
) -> anyhow::Result<()> {
    let token = token.or_else(|| std::env::var("NETMONSEC_TOKEN").ok()).filter(|token| !token.is_empty());
    let colour = Terminal::of(&io::stdout()).colour;
    if by_signals {
        tui::stop_on_signals(stop)?;
    }
    // As a text: a pipe that is closed is an end in good order elsewhere, and none here.
    tui::run(&tui::Options { url, token, certificate, colour }, stop)
        .map_err(|error| anyhow::anyhow!("{error}"))
}

#[cfg(not(feature = "tui"))]
fn show(_: Target, _: &Arc<AtomicBool>, _: bool) -> anyhow::Result<()> {
    anyhow::bail!("{WITHOUT}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_are_asked_on_the_loopback() {
        assert_eq!(reachable("https://0.0.0.0:8443"), "https://127.0.0.1:8443");
        assert_eq!(reachable("http://[::]:8080"), "http://[::1]:8080");
        assert_eq!(reachable("http://192.0.2.1:8080"), "http://192.0.2.1:8080");
    }

    #[test]
    fn without_an_address_nothing_is_begun() {
        let mut config = Config::default();
        config.api.listen = String::new();
        let error = check(&config).unwrap_err().to_string();
        assert!(
            error.contains(if cfg!(feature = "tui") { "api.listen is empty" } else { "built without" }),
            "{error}"
        );
    }
}
