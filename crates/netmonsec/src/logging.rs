use std::io;
use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

use crate::config::Config;

/// Which messages are written.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Messages about the program itself go to standard error, from `log.level` on or as many `-v` say.
pub(crate) fn start(config: &Config, verbose: u8) {
    let colour = crate::print::Terminal::of(&io::stderr()).colour;
    let (filter, handle) = reload::Layer::new(filter(config, verbose));
    let messages = fmt::layer().with_writer(io::stderr).with_ansi(colour).with_target(false);
    // A second call (in tests) changes nothing.
    if FILTER.set(handle).is_ok() {
        let _ = tracing_subscriber::registry().with(filter).with(messages).try_init();
    }
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
