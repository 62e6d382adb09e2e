//! What of a filter a day's file can answer by itself.

use filter::{Atom, Expr, Literal, Operator, Path};
use model::Direction;
use rusqlite::types::Value;

/// SQL over a day's tables that holds for everything a filter takes, and perhaps for more.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Condition {
    /// With `?` for each value.
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
    /// It holds for nothing else, so that nobody has to look at whole records.
    pub(super) is_exact: bool,
}

impl Condition {
    /// For a day that begins at these milliseconds since 1970.
    pub(super) fn of(expr: &Expr, begin_ms: i64) -> Self {
        translate(expr, begin_ms).unwrap_or_else(|| Self::new("1", Vec::new(), false))
    }

    fn new(sql: impl Into<String>, values: Vec<Value>, is_exact: bool) -> Self {
        Self { sql: sql.into(), values, is_exact }
    }

    fn within(self, before: &str, behind: &str) -> Self {
        Self { sql: format!("{before}{}{behind}", self.sql), ..self }
    }

    /// What is not known is not true, and its opposite is.
    fn opposite(self) -> Option<Self> {
        self.is_exact.then(|| Self { sql: format!("(({}) IS NOT TRUE)", self.sql), ..self })
    }
}

fn translate(expr: &Expr, begin_ms: i64) -> Option<Condition> {
    match expr {
        Expr::And(parts) => {
            let all: Vec<_> = parts.iter().map(|part| translate(part, begin_ms)).collect();
            let is_exact = all.iter().all(|one| one.as_ref().is_some_and(|one| one.is_exact));
            joined(all.into_iter().flatten().collect(), " AND ", "1", is_exact)
        }
        Expr::Or(parts) => {
            let all: Option<Vec<_>> = parts.iter().map(|part| translate(part, begin_ms)).collect();
            let all = all?;
            let is_exact = all.iter().all(|one| one.is_exact);
            joined(all, " OR ", "0", is_exact)
        }
        Expr::Not(part) => translate(part, begin_ms)?.opposite(),
        Expr::Search(_) => None,
        Expr::Is(atom) => comparison(atom, begin_ms),
    }
}

fn joined(parts: Vec<Condition>, between: &str, none: &str, is_exact: bool) -> Option<Condition> {
    let sql: Vec<_> = parts.iter().map(|part| format!("({})", part.sql)).collect();
    let sql = if sql.is_empty() { none.to_owned() } else { sql.join(between) };
    Some(Condition::new(sql, parts.into_iter().flat_map(|part| part.values).collect(), is_exact))
}

fn comparison(atom: &Atom, begin_ms: i64) -> Option<Condition> {
    if atom.operator == Operator::Unequal {
        let equal = Atom { operator: Operator::Equal, ..atom.clone() };
        return comparison(&equal, begin_ms)?.opposite();
    }
    let parts: Option<Vec<_>> =
        atom.literals.iter().map(|literal| one(&atom.path, atom.operator, literal, begin_ms)).collect();
    let parts = parts?;
    let is_exact = parts.iter().all(|part| part.is_exact);
    joined(parts, " OR ", "0", is_exact)
}

fn one(path: &Path, operator: Operator, literal: &Literal, begin_ms: i64) -> Option<Condition> {
    let Path::Known(field) = path else { return None };
    let either = |columns: [&str; 2], of: &dyn Fn(&str) -> Option<Condition>| {
        let parts = vec![of(columns[0])?, of(columns[1])?];
        let is_exact = parts.iter().all(|part| part.is_exact);
        joined(parts, " OR ", "0", is_exact)
    };
    match field.name {
        "transport" => text("f.transport", operator, literal),
        "protocol" => text("f.protocol", operator, literal),
        "application" => text("f.application", operator, literal),
        "hostname" => text("f.host", operator, literal),
        "risks" => risk(operator, literal),
        "direction" => direction(operator, literal),
        "src_ip" => address(literal).map(|who| who.at("f.src")),
        "dst_ip" => address(literal).map(|who| who.at("f.dst")),
        "ip" => address(literal).map(Parties::at_either),
        "src_device" => device(operator, literal).map(|who| who.at("f.src")),
        "dst_device" => device(operator, literal).map(|who| who.at("f.dst")),
        "device" => device(operator, literal).map(Parties::at_either),
        "src_port" => number("f.src_port", operator, literal),
        "dst_port" => number("f.dst_port", operator, literal),
        "port" => either(["f.src_port", "f.dst_port"], &|column| number(column, operator, literal)),
        "src_bytes" => number("f.src_bytes", operator, literal),
        "dst_bytes" => number("f.dst_bytes", operator, literal),
        "bytes" => number("(f.src_bytes + f.dst_bytes)", operator, literal),
        "src_packets" => number("f.src_packets", operator, literal),
        "dst_packets" => number("f.dst_packets", operator, literal),
        "packets" => number("(f.src_packets + f.dst_packets)", operator, literal),
        "duration_ms" => match literal {
            Literal::Number(ms) => about("f.duration_ms", operator, *ms),
            _ => None,
        },
        "start" => match literal {
            Literal::Time(time) => {
                let time: jiff::Timestamp = time.parse().ok()?;
                #[allow(clippy::cast_precision_loss, reason = "days have fewer milliseconds than that")]
                let ms = time.as_millisecond().saturating_sub(begin_ms) as f64;
                about("f.start_ms", operator, ms)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Some ends of flows: what holds for their rows in `party`.
struct Parties {
    holds: String,
    value: Value,
}

impl Parties {
    /// Flows that have one of them at this end.
    fn at(self, column: &str) -> Condition {
        let sql = format!("{column} IN (SELECT id FROM party WHERE {})", self.holds);
        Condition::new(sql, vec![self.value], true)
    }

    /// Flows that have one of them at either end.
    fn at_either(self) -> Condition {
        self.at("party").within("f.id IN (SELECT flow FROM by_party WHERE ", ")")
    }
}

/// SQL knows letter case for ASCII alone.
fn plain(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::Text(text) if text.is_ascii() => Some(text),
        _ => None,
    }
}

fn text(column: &str, operator: Operator, literal: &Literal) -> Option<Condition> {
    let (comparison, value) = as_text(operator, literal)?;
    Some(Condition::new(
        format!("{column} IN (SELECT id FROM name WHERE text {comparison})"),
        vec![value],
        true,
    ))
}

fn as_text(operator: Operator, literal: &Literal) -> Option<(&'static str, Value)> {
    let text = plain(literal)?;
    match operator {
        Operator::Equal | Operator::In => Some(("= ? COLLATE NOCASE", text.to_owned().into())),
        Operator::Like => Some(("LIKE ? ESCAPE '\\'", pattern(text).into())),
        _ => None,
    }
}

/// As `LIKE` has it.
fn pattern(text: &str) -> String {
    let mut sql = String::new();
    for c in text.chars() {
        match c {
            '*' => sql.push('%'),
            '?' => sql.push('_'),
            '%' | '_' | '\\' => sql.extend(['\\', c]),
            c => sql.push(c),
        }
    }
    if text.contains(['*', '?']) { sql } else { format!("%{sql}%") }
}

fn risk(operator: Operator, literal: &Literal) -> Option<Condition> {
    let text = plain(literal)?;
    if !matches!(operator, Operator::Has | Operator::In) {
        return None;
    }
    let value = pattern(&format!("* {text} *").replace('?', "\u{1}")).replace('\u{1}', "?");
    let sql = "f.risks IN (SELECT id FROM name WHERE ' ' || text || ' ' LIKE ? ESCAPE '\\')";
    Some(Condition::new(sql, vec![value.into()], !text.contains('*')))
}

fn direction(operator: Operator, literal: &Literal) -> Option<Condition> {
    use Direction::{External, Inbound, Lateral, Multicast, Outbound};
    if !matches!(operator, Operator::Equal | Operator::In) {
        return None;
    }
    let text = plain(literal)?.to_ascii_lowercase();
    let name = |direction: &Direction| serde_json::to_value(direction).ok();
    let all = [Inbound, Outbound, Lateral, External, Multicast];
    let found = all.into_iter().find(|direction| name(direction).is_some_and(|name| name == *text));
    let number = found.map_or(-1, |direction| direction as i64);
    Some(Condition::new("f.direction = ?", vec![number.into()], true))
}

fn address(literal: &Literal) -> Option<Parties> {
    let Literal::Network(address, bits) = literal else { return None };
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let (comparison, value) = match address {
        _ if *bits == whole => ("= ?", address.to_string()),
        std::net::IpAddr::V4(v4) if bits.is_multiple_of(8) && *bits > 0 => {
            let bytes = v4.octets();
            let kept = bytes.iter().take(usize::from(bits / 8)).map(u8::to_string).collect::<Vec<_>>();
            ("LIKE ?", format!("{}.%", kept.join(".")))
        }
        _ => return None,
    };
    Some(Parties { holds: format!("address {comparison}"), value: value.into() })
}

fn device(operator: Operator, literal: &Literal) -> Option<Parties> {
    let (comparison, value) = as_text(operator, literal)?;
    // Nobody's id is empty.
    Some(Parties { holds: format!("device <> '' AND device {comparison}"), value })
}

fn number(column: &str, operator: Operator, literal: &Literal) -> Option<Condition> {
    let Literal::Number(number) = literal else { return None };
    let sign = sign(operator)?;
    Some(Condition::new(format!("{column} {sign} ?"), vec![(*number).into()], true))
}

/// For columns that have lost what is behind the point.
fn about(column: &str, operator: Operator, ms: f64) -> Option<Condition> {
    let (sql, values): (_, Vec<Value>) = match operator {
        Operator::More | Operator::AtLeast => (format!("{column} >= ?"), vec![(ms - 1.0).into()]),
        Operator::Less | Operator::AtMost => (format!("{column} <= ?"), vec![(ms + 1.0).into()]),
        Operator::Equal | Operator::In => {
            (format!("{column} BETWEEN ? AND ?"), vec![(ms - 1.0).into(), (ms + 1.0).into()])
        }
        _ => return None,
    };
    Some(Condition::new(sql, values, false))
}

fn sign(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::Equal | Operator::In => "=",
        Operator::Less => "<",
        Operator::AtMost => "<=",
        Operator::More => ">",
        Operator::AtLeast => ">=",
        _ => return None,
    })
}
