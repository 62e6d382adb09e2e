use crate::error::FilterError;

/// A piece of a filter, and where it begins.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Token {
    pub(crate) column: usize,
    pub(crate) what: What,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum What {
    /// A name, a number, an address: whatever stands without quotes.
    Word(String),
    /// What stood in quotes.
    Quoted(String),
    Open,
    Close,
    Comma,
    /// `=`, `!=`, `<` and so on.
    Sign(&'static str),
}

const SIGNS: [(&str, &str); 12] = [
    ("==", "="),
    ("!=", "!="),
    ("!~", "!~"),
    ("<=", "<="),
    (">=", ">="),
    ("&&", "and"),
    ("||", "or"),
    ("=", "="),
    ("<", "<"),
    (">", ">"),
    ("~", "~"),
    ("!", "not"),
];

pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut column = 1;
    while let Some(first) = rest.chars().next() {
        let (what, len) = match first {
            c if c.is_whitespace() => {
                column += 1;
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                continue;
            }
            '(' => (What::Open, 1),
            ')' => (What::Close, 1),
            ',' => (What::Comma, 1),
            '"' | '\'' => quoted(rest, first, column)?,
            _ => match SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
                Some((sign, "and" | "or" | "not")) => {
                    let word = SIGNS.iter().find(|(one, _)| one == sign).map_or("", |(_, word)| word);
                    (What::Word(word.to_owned()), sign.len())
                }
                Some((sign, meaning)) => (What::Sign(meaning), sign.len()),
                None => word(rest),
            },
        };
        let (taken, left) = rest.split_at_checked(len).unwrap_or((rest, ""));
        tokens.push(Token { column, what });
        column += taken.chars().count();
        rest = left;
    }
    Ok(tokens)
}

fn word(rest: &str) -> (What, usize) {
    let ends = |c: char| c.is_whitespace() || "()=!<>~,\"'&|".contains(c);
    let len = rest.find(ends).unwrap_or(rest.len()).max(rest.chars().next().map_or(0, char::len_utf8));
    (What::Word(rest.get(..len).unwrap_or_default().to_owned()), len)
}

fn quoted(rest: &str, quote: char, column: usize) -> Result<(What, usize), FilterError> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, escaped)) => text.push(escaped),
                None => break,
            },
            c if c == quote => return Ok((What::Quoted(text), place + c.len_utf8())),
            c => text.push(c),
        }
    }
    Err(FilterError::new(column, format!("the text that begins here has no {quote} at its end")))
}
