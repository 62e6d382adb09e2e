//! `netmonsec query`: flows of the history, from the command line.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use filter::{Filter, Subject};
use serde_json::Value;
use store::flows::{Search, Texts};
use store::sinks::csv_cell;

use crate::cli::{QueryArguments, QueryFormat};
use crate::config::Config;
use crate::print::safe;

/// Columns of a table, with how wide they are.
const TABLE: [(&str, usize); 10] = [
    ("start", 19),
    ("src_ip", 24),
    ("src_port", 8),
    ("dst_ip", 24),
    ("dst_port", 8),
    ("transport", 9),
    ("protocol", 12),
    ("src_bytes", 12),
    ("dst_bytes", 12),
    ("hostname", 0),
];
/// Columns of CSV.
const CSV: [&str; 24] = [
    "ref",
    "start",
    "end",
    "duration_ms",
    "src_ip",
    "src_port",
    "src_device",
    "dst_ip",
    "dst_port",
    "dst_device",
    "transport",
    "direction",
    "protocol",
    "application",
    "hostname",
    "src_packets",
    "dst_packets",
    "src_bytes",
    "dst_bytes",
    "src_country",
    "dst_country",
    "src_org",
    "dst_org",
    "risks",
];
/// Records that are fetched at once.
const PAGE: usize = 1000;
/// Nobody waits for a page here.
const PATIENCE: Duration = Duration::from_secs(3600);

pub(crate) fn run(arguments: &QueryArguments, config: &Config) -> anyhow::Result<ExitCode> {
    let text = arguments.filter.join(" ");
    let filter = match Filter::parse(Subject::Flows, &text) {
        Ok(filter) => filter,
        Err(error) => {
            let shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let pointer = " ".repeat(error.column.saturating_sub(1));
            anyhow::bail!("in the filter, {error}\n  {shown}\n  {pointer}^");
        }
    };
    let folder = arguments.data.clone().unwrap_or_else(|| config.store.path.clone().into());
    let days = folder.join("flows");
    if !days.is_dir() {
        anyhow::bail!(
            "there is no history in {}: --data or store.path must name the folder of one",
            safe(&folder.to_string_lossy())
        );
    }
    let now = jiff::Timestamp::now().as_second();
    let time = |text: &Option<String>, usual: i64| match text {
        Some(text) => api::seconds(text, now).map_err(anyhow::Error::msg),
        None => Ok(usual),
    };
    let (from, to) = (time(&arguments.from, 0)?, time(&arguments.to, i64::from(u32::MAX))?);
    let mut search = Search {
        filter,
        from,
        to,
        device: None,
        before: None,
        limit: PAGE,
        brief: false,
        patience: PATIENCE,
    };
    let texts = Texts::default();
    let mut out = BufWriter::new(io::stdout().lock());
    heading(&mut out, arguments.format)?;
    let mut left = arguments.limit;
    while left > 0 {
        search.limit = left.min(PAGE);
        let found = search.run(&days, &texts).context("the history cannot be read")?;
        left -= found.records.len().min(left);
        for record in &found.records {
            line(&mut out, arguments.format, record)?;
        }
        let Some(next) = found.next else { break };
        search.before = Some(next);
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn heading(out: &mut impl Write, format: QueryFormat) -> io::Result<()> {
    match format {
        QueryFormat::Json => Ok(()),
        QueryFormat::Csv => writeln!(out, "{}", CSV.join(",")),
        QueryFormat::Table => row(out, TABLE.map(|(name, _)| name.to_owned())),
    }
}

fn line(out: &mut impl Write, format: QueryFormat, record: &Value) -> io::Result<()> {
    match format {
        QueryFormat::Json => writeln!(out, "{record}"),
        QueryFormat::Csv => {
            let cells: Vec<_> = CSV.iter().map(|name| csv_cell(&text(record.get(*name)))).collect();
            writeln!(out, "{}", cells.join(","))
        }
        QueryFormat::Table => row(
            out,
            TABLE.map(|(name, width)| {
                let text = safe(&text(record.get(name))).to_string();
                if name == "start" { text.chars().take(width).collect() } else { text }
            }),
        ),
    }
}

fn row(out: &mut impl Write, cells: [String; TABLE.len()]) -> io::Result<()> {
    let padded = cells.iter().zip(TABLE).map(|(cell, (_, width))| format!("{cell:width$}"));
    writeln!(out, "{}", padded.collect::<Vec<_>>().join(" ").trim_end())
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(many)) => many.iter().map(|one| text(Some(one))).collect::<Vec<_>>().join(" "),
        Some(other) => other.to_string(),
    }
}
