//! p0f 3's file format (its README, "Modifying the database"): sections, `label`, `sig`.

use std::fmt;

use flow::signature::{kind, quirk};

use super::matching::{Signature, Window};
use super::table::{Label, Table, Way};

/// What is wrong with a file of signatures, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadError {
    file: String,
    line: usize,
    column: usize,
    what: &'static str,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.what)
    }
}

impl std::error::Error for ReadError {}

/// What is wrong, and how many bytes into the text.
type Wrong = (usize, &'static str);

pub(super) fn read(table: &mut Table, text: &str, file: &str) -> Result<(), ReadError> {
    let mut section = None;
    let mut label = None;
    for (number, whole) in text.lines().enumerate() {
        let line = whole.trim();
        let indent = whole.len() - whole.trim_start().len();
        let failed = |(at, what): Wrong| {
            let before = whole.get(..indent + at).unwrap_or(whole);
            ReadError { file: file.to_owned(), line: number + 1, column: before.chars().count() + 1, what }
        };
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        if line.starts_with('[') {
            // Sections about other things than TCP (mtu, http) are left aside.
            section = match line {
                "[tcp:request]" => Some(Way::Request),
                "[tcp:response]" => Some(Way::Response),
                _ => None,
            };
            label = None;
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(|| failed((0, "expected `key = value`")))?;
        let (Some(way), value) = (section, value.trim_start()) else { continue };
        let at = line.len() - value.len();
        match key.trim() {
            "label" => {
                let read =
                    read_label(value).ok_or_else(|| failed((at, "expected `s:class:name:flavour`")))?;
                label = Some(table.add_label(read));
            }
            "sig" => {
                let label = label.ok_or_else(|| failed((0, "a sig without a label")))?;
                let read = read_signature(value, label);
                let (layout, signature) = read.map_err(|(part, what)| failed((at + part, what)))?;
                table.add_signature(way, layout, signature);
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_label(text: &str) -> Option<Label> {
    let mut parts = text.splitn(4, ':').map(str::trim);
    let generic = match parts.next()? {
        "s" => false,
        "g" => true,
        _ => return None,
    };
    let (class, family, flavour) = (parts.next()?, parts.next()?, parts.next()?);
    if family.is_empty() {
        return None;
    }
    let name = if flavour.is_empty() { family.to_owned() } else { format!("{family} {flavour}") };
    Some(Label { text: text.into(), family: family.into(), name: name.into(), generic, tool: class == "!" })
}

fn read_signature(text: &str, label: usize) -> Result<(Vec<u8>, Signature), Wrong> {
    let parts: Vec<_> = text.split(':').collect();
    let &[version, ttl, ip_options, mss, window, layout, quirks, payload] = &parts[..] else {
        let what = "a sig has eight parts: version:ttl:olen:mss:window,scale:options:quirks:payload";
        return Err((0, what));
    };
    // Each part with the colon behind it.
    let wrong = |part: usize, what| (parts.iter().take(part).map(|part| part.len() + 1).sum(), what);
    let version = match version {
        "*" => None,
        "4" => Some(4),
        "6" => Some(6),
        _ => return Err(wrong(0, "the IP version is 4, 6 or *")),
    };
    let (ttl, bad_ttl) =
        read_ttl(ttl).ok_or_else(|| wrong(1, "the TTL is 1 to 255, with +hops or - behind it"))?;
    let (window, scale) = window.split_once(',').ok_or_else(|| wrong(4, "expected window,scale"))?;
    let (layout, eol_padding) =
        read_layout(layout).ok_or_else(|| wrong(5, "unknown option in the layout"))?;
    let window_wrong = || wrong(4, "the window is a number, %N, mss*N, mtu*N or *");
    let signature = Signature {
        label,
        version,
        ttl,
        bad_ttl,
        ip_options_len: ip_options.parse().map_err(|_| wrong(2, "the length of IP options is 0 to 255"))?,
        mss: read_any(mss).ok_or_else(|| wrong(3, "the MSS is 0 to 65535 or *"))?,
        window: read_window(window).ok_or_else(window_wrong)?,
        scale: read_any(scale).ok_or_else(|| wrong(4, "the scale is 0 to 255 or *"))?,
        eol_padding,
        quirks: read_quirks(quirks).ok_or_else(|| wrong(6, "unknown quirk"))?,
        payload: match payload {
            "*" => None,
            "0" => Some(false),
            "+" => Some(true),
            _ => return Err(wrong(7, "the payload is 0, + or *")),
        },
    };
    Ok((layout, signature))
}

fn read_any<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
    if text == "*" { Some(None) } else { text.parse().ok().map(Some) }
}

fn read_ttl(text: &str) -> Option<(u8, bool)> {
    let (ttl, bad_ttl) = match (text.split_once('+'), text.strip_suffix('-')) {
        (Some((ttl, hops)), _) => (ttl.parse::<u8>().ok()?.checked_add(hops.parse().ok()?)?, false),
        (None, Some(ttl)) => (ttl.parse().ok()?, true),
        (None, None) => (text.parse().ok()?, false),
    };
    (ttl > 0).then_some((ttl, bad_ttl))
}

fn read_window(text: &str) -> Option<Window> {
    if text == "*" {
        return Some(Window::Any);
    }
    let number = |text: &str| text.parse::<u16>().ok();
    if let Some(unit) = text.strip_prefix('%') {
        return number(unit).filter(|unit| *unit >= 2).map(Window::MultipleOf);
    }
    if let Some(times) = text.strip_prefix("mss*") {
        return number(times).map(Window::Mss);
    }
    if let Some(times) = text.strip_prefix("mtu*") {
        return number(times).map(Window::Mtu);
    }
    number(text).map(Window::Exactly)
}

fn read_layout(text: &str) -> Option<(Vec<u8>, u8)> {
    let (mut layout, mut eol_padding) = (Vec::new(), 0);
    for option in text.split(',').filter(|_| !text.is_empty()) {
        layout.push(match option {
            "nop" => kind::NOP,
            "mss" => kind::MSS,
            "ws" => kind::WINDOW_SCALE,
            "sok" => kind::SACK_PERMITTED,
            "sack" => kind::SACK,
            "ts" => kind::TIMESTAMPS,
            other => match (other.strip_prefix("eol+"), other.strip_prefix('?')) {
                (Some(padding), _) => {
                    eol_padding = padding.parse().ok()?;
                    kind::EOL
                }
                (None, Some(number)) => number.parse().ok()?,
                (None, None) => return None,
            },
        });
    }
    Some((layout, eol_padding))
}

fn read_quirks(text: &str) -> Option<u32> {
    let mut quirks = 0;
    for name in text.split(',').filter(|_| !text.is_empty()) {
        quirks |= quirk::NAMES.iter().find(|(_, known)| *known == name)?.0;
    }
    Some(quirks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_that_comes_with_the_program_is_read() {
        let text = include_str!("../../../../data/os.fp");
        Table::read(text, "os.fp").unwrap_or_else(|e| panic!("{e}"));
    }

    #[test]
    fn errors_say_where() {
        let bad = |sig: &str| {
            let text = format!("[tcp:request]\nlabel = s:unix:Linux:\nsig = {sig}\n");
            Table::read(&text, "mine.fp").unwrap_err().to_string()
        };
        assert_eq!(bad("*:64:0:*:mss*20,7:mss,what:df:0"), "mine.fp:3:25: unknown option in the layout");
        assert_eq!(bad("*:64:0:*:mss*20,7:mss:df,who:0"), "mine.fp:3:29: unknown quirk");
        assert!(bad("*:64:0:*:mss*20,7:mss").contains("eight parts"));
        assert!(bad("*:0:0:*:1,7:mss:df:0").contains("TTL"));
        let orphan = Table::read("[tcp:request]\nsig = x", "mine.fp").unwrap_err();
        assert_eq!(orphan.to_string(), "mine.fp:2:1: a sig without a label");
    }
}
