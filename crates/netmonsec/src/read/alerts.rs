use std::io;

use crate::census::Census;
use crate::cli::Print;
use crate::print::{JsonLines, Terminal, alert_list};

/// What the detectors found, as JSON Lines or for people.
pub(super) fn print(census: &Census, what: Print, json: bool, terminal: Terminal) -> anyhow::Result<()> {
    let Some(watch) = &census.watch else { return Ok(()) };
    let out = io::stdout().lock();
    if what == Print::Alerts && !json {
        return Ok(alert_list(&mut { out }, watch.book.alerts(), terminal)?);
    }
    let mut lines = JsonLines::new(out);
    if what == Print::Alerts {
        watch.book.alerts().try_for_each(|alert| lines.write(&alert))?;
    } else {
        // There is no shorter way to say it than its alerts.
        watch.book.incidents().iter().try_for_each(|incident| lines.write(incident))?;
    }
    Ok(lines.flush()?)
}
