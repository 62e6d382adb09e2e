use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::Config;

/// Messages about the program itself go to standard error, from `log.level` on or as many `-v` say.
pub(crate) fn start(config: &Config, verbose: u8) {
    let level = match verbose {
        0 => config.log.level.to_string(),
        1 => "debug".to_owned(),
        _ => "trace".to_owned(),
    };
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let colour = crate::print::Terminal::of(&io::stderr()).colour;
    // A second call (in tests) changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .try_init();
}
