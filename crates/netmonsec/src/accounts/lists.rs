use std::io::{self, Write};

use access::{Token, User};
use serde_json::{Value, json};
use wire::Timestamp;

use crate::print::{Cell, Column, Kind, Style, Table, Terminal};

/// All users, as a table or as one JSON array.
pub(super) fn users(
    out: &mut impl Write,
    users: &[User],
    as_json: bool,
    terminal: Terminal,
) -> anyhow::Result<()> {
    if as_json {
        let all = users.iter().map(|user| {
            json!({
                "name": user.name,
                "role": user.role.as_str(),
                "created": time(user.created),
                "password_set": time(user.password_set),
                "sessions": user.sessions,
            })
        });
        return array(out, all.collect());
    }
    let row = |user: &User| {
        vec![
            Cell::from(user.name.as_str()).style(Style::Bold),
            user.role.as_str().into(),
            time(user.created).into(),
            time(user.password_set).into(),
            user.sessions.to_string().into(),
        ]
    };
    Ok(table(out, &USERS, &users.iter().map(row).collect::<Vec<_>>(), terminal)?)
}

/// All tokens, as a table or as one JSON array.
pub(super) fn tokens(
    out: &mut impl Write,
    tokens: &[Token],
    now: Timestamp,
    as_json: bool,
    terminal: Terminal,
) -> anyhow::Result<()> {
    if as_json {
        let all = tokens.iter().map(|token| {
            let mut object = json!({
                "name": token.name,
                "role": token.role.as_str(),
                "created": time(token.created),
            });
            for (key, at) in [("expires", token.expires), ("used", token.used)] {
                if let (Some(at), Some(object)) = (at, object.as_object_mut()) {
                    object.insert(key.to_owned(), Value::from(time(at)));
                }
            }
            object
        });
        return array(out, all.collect());
    }
    let row = |token: &Token| {
        let expires = match token.expires {
            Some(end) if end <= now => Cell::from("expired").style(Style::Yellow),
            Some(end) => time(end).into(),
            None => "never".into(),
        };
        vec![
            Cell::from(token.name.as_str()).style(Style::Bold),
            token.role.as_str().into(),
            time(token.created).into(),
            expires,
            token.used.map_or_else(|| "never".to_owned(), time).into(),
        ]
    };
    Ok(table(out, &TOKENS, &tokens.iter().map(row).collect::<Vec<_>>(), terminal)?)
}

/// RFC 3339 in UTC.
pub(super) fn time(time: Timestamp) -> String {
    model::rfc3339_seconds(i64::try_from(time.secs()).unwrap_or(i64::MAX))
}

fn array(out: &mut impl Write, all: Vec<Value>) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &all).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

fn table(out: &mut impl Write, columns: &[Column], rows: &[Vec<Cell>], terminal: Terminal) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let table = Table::of_rows(columns, rows, terminal.width(), terminal.colour);
    table.header(out)?;
    rows.iter().try_for_each(|row| table.row(out, row))?;
    out.flush()
}

const USERS: [Column; 5] = [
    Column { title: "name", kind: Kind::Text, min: 8, max: 64, rank: 0 },
    Column { title: "role", kind: Kind::Text, min: 8, max: 8, rank: 0 },
    Column { title: "added", kind: Kind::Text, min: 20, max: 20, rank: 2 },
    Column { title: "password set", kind: Kind::Text, min: 20, max: 20, rank: 3 },
    Column { title: "sessions", kind: Kind::Number, min: 8, max: 8, rank: 1 },
];

const TOKENS: [Column; 5] = [
    Column { title: "name", kind: Kind::Text, min: 8, max: 64, rank: 0 },
    Column { title: "role", kind: Kind::Text, min: 8, max: 8, rank: 0 },
    Column { title: "added", kind: Kind::Text, min: 20, max: 20, rank: 3 },
    Column { title: "expires", kind: Kind::Text, min: 20, max: 20, rank: 1 },
    Column { title: "last used", kind: Kind::Text, min: 20, max: 20, rank: 2 },
];

#[cfg(test)]
mod tests {
    use access::Role;

    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::new(1_795_000_000 + second, 0)
    }

    #[test]
    fn tokens_for_people_and_programs() {
        let token = |name: &str, expires, used| Token {
            name: name.to_owned(),
            role: Role::Viewer,
            created: at(0),
            expires,
            used,
        };
        let all =
            [token("a", None, None), token("b", Some(at(5)), Some(at(4))), token("c", Some(at(60)), None)];
        let mut out = Vec::new();
        tokens(&mut out, &all, at(5), false, Terminal::default()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\
name  role    added                 expires               last used
a     viewer  2026-11-18T11:06:40Z  never                 never
b     viewer  2026-11-18T11:06:40Z  expired               2026-11-18T11:06:44Z
c     viewer  2026-11-18T11:06:40Z  2026-11-18T11:07:40Z  never
"
        );
        let mut out = Vec::new();
        tokens(&mut out, &all, at(5), true, Terminal::default()).unwrap();
        let json: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json[1]["used"], "2026-11-18T11:06:44Z");
        assert_eq!(json[0].get("expires"), None);
    }
}
