//! What of a filter a day's file can answer by itself.

use filter::{Atom, Expr, Literal, Operator, Path, Pattern};
use model::Direction;
use rusqlite::types::Value;

use super::sets::{Need, Wanted};
use super::texts::How;

/// SQL over a day's tables that holds for everything a filter takes, and perhaps for more.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Condition {
    /// With `?` for each value.
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
    /// It holds for nothing else, so that nobody has to look at whole records.
    pub(super) is_exact: bool,
    /// What there must be among the texts.
    pub(super) need: Need,
    /// Parties are named: the file has a list of the flows of each.
    pub(super) is_of_party: bool,
}

impl Condition {
    /// For a day that begins at these milliseconds since 1970. Sets that it needs are put into `wanted`.
    pub(super) fn of(expr: &Expr, begin_ms: i64, wanted: &mut Vec<Wanted>) -> Self {
        translate(expr, begin_ms, wanted).unwrap_or_else(|| Self::new("1", Vec::new(), false))
    }

    /// Looks at whole records for words, too: then the SQL holds whichever block a flow is in.
    pub(super) fn without_words(self) -> Self {
        if self.sql.contains("beside(") {
            Self { sql: "1".into(), values: Vec::new(), is_exact: false, ..self }
        } else {
            self
        }
    }

    fn new(sql: impl Into<String>, values: Vec<Value>, is_exact: bool) -> Self {
        Self { sql: sql.into(), values, is_exact, need: Need::Nothing, is_of_party: false }
    }

    fn needing(self, need: Need) -> Self {
        Self { need, ..self }
    }

    /// What is not known is not true, and its opposite is.
    fn opposite(self) -> Option<Self> {
        self.is_exact.then(|| Self::new(format!("(({}) IS NOT TRUE)", self.sql), self.values, true))
    }
}

fn translate(expr: &Expr, begin_ms: i64, wanted: &mut Vec<Wanted>) -> Option<Condition> {
    match expr {
        Expr::And(parts) => {
            let all: Vec<_> = parts.iter().map(|part| translate(part, begin_ms, wanted)).collect();
            let is_exact = all.iter().all(|one| one.as_ref().is_some_and(|one| one.is_exact));
            Some(all_of(all.into_iter().flatten().collect(), is_exact))
        }
        Expr::Or(parts) => {
            let all: Option<Vec<_>> = parts.iter().map(|part| translate(part, begin_ms, wanted)).collect();
            Some(one_of(all?))
        }
        Expr::Not(part) => translate(part, begin_ms, wanted)?.opposite(),
        Expr::Search(text) => word(text, wanted),
        Expr::Is(atom) => comparison(atom, begin_ms, wanted),
    }
}

fn all_of(parts: Vec<Condition>, is_exact: bool) -> Condition {
    let is_of_party = parts.iter().any(|part| part.is_of_party);
    let need = Need::All(parts.iter().map(|part| part.need.clone()).collect());
    Condition { need, is_of_party, ..joined(parts, " AND ", "1", is_exact) }
}

fn one_of(parts: Vec<Condition>) -> Condition {
    let is_exact = parts.iter().all(|part| part.is_exact);
    let is_of_party = !parts.is_empty() && parts.iter().all(|part| part.is_of_party);
    let need = Need::One(parts.iter().map(|part| part.need.clone()).collect());
    Condition { need, is_of_party, ..joined(parts, " OR ", "0", is_exact) }
}

fn joined(parts: Vec<Condition>, between: &str, none: &str, is_exact: bool) -> Condition {
    let sql: Vec<_> = parts.iter().map(|part| format!("({})", part.sql)).collect();
    let sql = if sql.is_empty() { none.to_owned() } else { sql.join(between) };
    Condition::new(sql, parts.into_iter().flat_map(|part| part.values).collect(), is_exact)
}

/// A word may be in any text. What rows do not have is asked block by block, with `beside`.
fn word(text: &str, wanted: &mut Vec<Wanted>) -> Option<Condition> {
    // Identifiers and JA3 are not among the texts.
    if matches!(text.len(), 16 | 32) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let set = wanted.len();
    wanted.push(Wanted::Word(text.to_owned()));
    let names = ["host", "protocol", "application"].map(|column| format!("named({set}, f.{column})"));
    let sql =
        format!("{} OR at({set}, f.src) OR at({set}, f.dst) OR beside({set}, f.id)", names.join(" OR "));
    Some(Condition::new(sql, Vec::new(), true).needing(Need::Word(set)))
}

fn comparison(atom: &Atom, begin_ms: i64, wanted: &mut Vec<Wanted>) -> Option<Condition> {
    if atom.operator == Operator::Unequal {
        let equal = Atom { operator: Operator::Equal, ..atom.clone() };
        return comparison(&equal, begin_ms, wanted)?.opposite();
    }
    let mut of = |literal| one(&atom.path, atom.operator, literal, begin_ms, wanted);
    let parts: Option<Vec<_>> = atom.literals.iter().map(&mut of).collect();
    Some(one_of(parts?))
}

fn one(
    path: &Path,
    operator: Operator,
    literal: &Literal,
    begin_ms: i64,
    wanted: &mut Vec<Wanted>,
) -> Option<Condition> {
    let Path::Known(field) = path else { return None };
    let either = |columns: [&str; 2], of: &dyn Fn(&str) -> Option<Condition>| {
        Some(one_of(vec![of(columns[0])?, of(columns[1])?]))
    };
    match field.name {
        "transport" => text("f.transport", operator, literal, wanted),
        "protocol" => text("f.protocol", operator, literal, wanted),
        "application" => text("f.application", operator, literal, wanted),
        "hostname" => text("f.host", operator, literal, wanted),
        "risks" => risk(operator, literal, wanted),
        "direction" => direction(operator, literal),
        "src_ip" => address(literal, &["f.src"], wanted),
        "dst_ip" => address(literal, &["f.dst"], wanted),
        "ip" => address(literal, &["f.src", "f.dst"], wanted),
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
    fn flows(&self) -> String {
        format!("f.id IN (SELECT flow FROM by_party WHERE party IN ({}))", self.ids())
    }

    fn ids(&self) -> String {
        format!("SELECT id FROM party WHERE {}", self.holds)
    }

    /// Flows that have one of them at this end.
    fn at(self, column: &str) -> Condition {
        let sql = format!("{} AND {column} IN ({})", self.flows(), self.ids());
        let condition = Condition::new(sql, vec![self.value.clone(), self.value], true);
        Condition { is_of_party: true, ..condition }
    }

    /// Flows that have one of them at either end.
    fn at_either(self) -> Condition {
        Condition { is_of_party: true, ..Condition::new(self.flows(), vec![self.value], true) }
    }
}

/// SQL knows letter case for ASCII alone.
fn plain(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::Text(text) if text.is_ascii() => Some(text),
        _ => None,
    }
}

fn text(column: &str, operator: Operator, literal: &Literal, wanted: &mut Vec<Wanted>) -> Option<Condition> {
    let Literal::Text(text) = literal else { return None };
    let how = match operator {
        Operator::Equal | Operator::In => How::whole(text),
        Operator::Like => How::Like(Pattern::new(text)),
        _ => return None,
    };
    Some(named(column, how, wanted))
}

fn named(column: &str, how: How, wanted: &mut Vec<Wanted>) -> Condition {
    let set = wanted.len();
    wanted.push(Wanted::Names(how));
    Condition::new(format!("named({set}, {column})"), Vec::new(), true).needing(Need::Name(set))
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

fn risk(operator: Operator, literal: &Literal, wanted: &mut Vec<Wanted>) -> Option<Condition> {
    let Literal::Text(text) = literal else { return None };
    if !matches!(operator, Operator::Has | Operator::In | Operator::Equal) || text.contains(' ') {
        return None;
    }
    Some(named("f.risks", How::Listed(text.to_lowercase()), wanted))
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

fn address(literal: &Literal, columns: &[&str], wanted: &mut Vec<Wanted>) -> Option<Condition> {
    let Literal::Network(address, bits) = literal else { return None };
    let whole = if address.is_ipv4() { 32 } else { 128 };
    if *bits == whole {
        let who = Parties { holds: "address = ?".into(), value: address.to_string().into() };
        return Some(match columns {
            [column] => who.at(column),
            _ => who.at_either(),
        });
    }
    let set = wanted.len();
    wanted.push(Wanted::Network(*address, *bits));
    let sql: Vec<_> = columns.iter().map(|column| format!("at({set}, {column})")).collect();
    Some(Condition::new(sql.join(" OR "), Vec::new(), true).needing(Need::Party(set)))
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
