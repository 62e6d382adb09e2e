use inventory::{Database, Geo};
use wire::Timestamp;

use super::Check;
use crate::config::Config;
use crate::print::safe;

/// The tables that names of vendors and places come from, and of which day they are.
pub(super) fn look(config: &Config, checks: &mut Vec<Check>) {
    checks.push(vendors(inventory::vendors_date()));
    // What cannot be opened was told with the configuration.
    if let Ok(geo) = config.geo.open() {
        checks.push(geography(&geo));
    }
}

fn vendors(date: Option<&str>) -> Check {
    match date {
        Some(date) => Check::ok("vendors", format!("hardware address blocks of {date}")),
        None => Check::warn("vendors", "the built-in table is damaged: no vendor is known").fix(BUILD),
    }
}

const BUILD: &str = "build or install netmonsec again";

fn geography(geo: &Geo) -> Check {
    let mut parts: Vec<_> = geo.databases().iter().map(database).collect();
    if geo.uses_embedded() {
        match Geo::date() {
            Some(date) => parts.push(format!("built-in table of {date}")),
            None => return Check::warn("geography", "the built-in table is damaged").fix(BUILD),
        }
    }
    if parts.is_empty() {
        return Check::warn("geography", "no table: countries and networks of addresses are not known")
            .fix("set geo.embedded to true, or name files in geo.databases");
    }
    Check::ok("geography", parts.join(", then "))
}

fn database(database: &Database) -> String {
    let built = model::rfc3339(Timestamp(database.built().saturating_mul(1_000_000_000)));
    let day = built.get(..10).unwrap_or_default();
    format!("{} ({} of {day})", safe(&database.path().to_string_lossy()), safe(database.kind()))
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn dates_are_told() {
        assert!(vendors(Some("2026-08-26")).what.ends_with("2026-08-26"));
        assert_eq!(vendors(None).state, State::Warn);
        let built_in = geography(&Geo::default());
        assert!(built_in.what.starts_with("built-in table of 20"), "{built_in:?}");
        assert_eq!(geography(&Geo::new(Vec::new(), false)).state, State::Warn);
    }
}
