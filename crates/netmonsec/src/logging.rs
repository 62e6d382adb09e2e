mod held;

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::Context as _;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::{Layer, Layered, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

use crate::config::Config;

pub(crate) use held::{hold, release};

/// Where messages go beside standard error.
type File = Option<Box<dyn Layer<Filtered> + Send + Sync>>;
type Filtered = Layered<reload::Layer<EnvFilter, Registry>, Registry>;

/// Which messages are written.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();
static FILE: OnceLock<reload::Handle<File, Filtered>> = OnceLock::new();

/// Messages about the program itself go to standard error, from `log.level` on or as many `-v` say.
pub(crate) fn start(config: &Config, verbose: u8) {
    let colour = crate::print::Terminal::of(&io::stderr()).colour;
    let (filter, handle) = reload::Layer::new(filter(config, verbose));
    let (file, file_handle) = reload::Layer::new(None::<Box<dyn Layer<Filtered> + Send + Sync>>);
    let messages = fmt::layer().with_writer(|| held::Messages).with_ansi(colour).with_target(false);
    // A second call (in tests) changes nothing.
    if FILTER.set(handle).is_ok() && FILE.set(file_handle).is_ok() {
        let _ = tracing_subscriber::registry().with(filter).with(file).with(messages).try_init();
    }
}

/// Messages go to a file a day, too: `netmonsec.DATE.log` in `folder`, of which `netmonsec.log` is the
/// newest. They do so until what is returned is dropped; a slow disk holds up nobody.
///
/// # Errors
/// A folder that cannot be written.
pub(crate) fn keep(folder: &Path, days: u32) -> anyhow::Result<Option<WorkerGuard>> {
    let Some(handle) = FILE.get().filter(|_| days > 0) else { return Ok(None) };
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("netmonsec")
        .filename_suffix("log")
        .latest_symlink("netmonsec.log")
        .max_log_files(usize::try_from(days).unwrap_or(usize::MAX))
        .build(folder)
        .with_context(|| format!("the log in {}", crate::print::safe(&folder.to_string_lossy())))?;
    let (writer, guard) = tracing_appender::non_blocking(appender);
    let layer = fmt::layer().with_writer(writer).with_ansi(false).with_target(false);
    handle.reload(Some(layer.boxed()))?;
    Ok(Some(guard))
}

/// Another level from now on.
pub(crate) fn change(config: &Config, verbose: u8) {
    if let Some(handle) = FILTER.get() {
        let _ = handle.reload(filter(config, verbose));
    }
}

fn filter(config: &Config, verbose: u8) -> EnvFilter {
    let level = match verbose {
        0 => config.log.level.to_string(),
        1 => "debug".to_owned(),
        _ => "trace".to_owned(),
    };
    // What the HTTP client tells then is every header and address, and with them secrets.
    let quiet = if ["debug", "trace"].contains(&level.as_str()) {
        ",ureq=info,ureq_proto=info,rustls=info"
    } else {
        ""
    };
    EnvFilter::try_new(level + quiet).unwrap_or_else(|_| EnvFilter::new("info"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_http_client_never_tells_what_it_sends() {
        for verbose in [1, 2] {
            let filter = filter(&Config::default(), verbose).to_string();
            assert!(["ureq=info", "ureq_proto=info"].iter().all(|part| filter.contains(part)), "{filter}");
        }
        assert_eq!(filter(&Config::default(), 0).to_string(), "info");
    }
}
