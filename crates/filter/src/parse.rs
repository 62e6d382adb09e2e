use crate::error::FilterError;
use crate::expr::{Atom, Expr, Operator, Path};
use crate::field::{Field, Kind, Subject};
use crate::literal::{self, Literal};
use crate::token::{Token, What, tokens};

/// Parentheses and negations in one another.
const DEEPEST: usize = 64;

pub(crate) fn parse(subject: Subject, text: &str) -> Result<Expr, FilterError> {
    if text.len() > crate::MOST_BYTES {
        return Err(FilterError::new(1, format!("the filter is longer than {} bytes", crate::MOST_BYTES)));
    }
    let tokens = tokens(text)?;
    let end = text.chars().count() + 1;
    let mut parser = Parser { subject, tokens: &tokens, place: 0, end, depth: 0 };
    if tokens.is_empty() {
        return Ok(Expr::And(Vec::new()));
    }
    let expr = parser.any()?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(FilterError::new(token.column, "expected `and`, `or` or the end here")),
    }
}

struct Parser<'a> {
    subject: Subject,
    tokens: &'a [Token],
    place: usize,
    /// The column behind the last.
    end: usize,
    depth: usize,
}

impl Parser<'_> {
    /// One of several.
    fn any(&mut self) -> Result<Expr, FilterError> {
        let mut parts = vec![self.all()?];
        while self.takes_word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expr::Or))
    }

    /// Several at once; `and` between them may be left out.
    fn all(&mut self) -> Result<Expr, FilterError> {
        let mut parts = vec![self.not()?];
        loop {
            let goes_on = self.takes_word("and")
                || match self.peek().map(|token| &token.what) {
                    Some(What::Word(word)) => word != "or",
                    Some(What::Quoted(_) | What::Open) => true,
                    _ => false,
                };
            if !goes_on {
                return Ok(one_or(parts, Expr::And));
            }
            parts.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Expr, FilterError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong(format!("more than {DEEPEST} parentheses in one another")));
        }
        let expr = if self.takes_word("not") {
            Expr::Not(Box::new(self.not()?))
        } else if self.takes(&What::Open) {
            let inner = self.any()?;
            if !self.takes(&What::Close) {
                return Err(self.wrong("expected `)` here"));
            }
            inner
        } else {
            self.term()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn term(&mut self) -> Result<Expr, FilterError> {
        let Some(token) = self.next() else {
            return Err(self.wrong("expected a field, a word to look for, or `(` here"));
        };
        let column = token.column;
        let word = match &token.what {
            What::Quoted(text) => return Ok(Expr::Search(text.clone())),
            What::Word(word) => word.clone(),
            _ => return Err(FilterError::new(column, "expected a field, a word to look for, or `(` here")),
        };
        let Some((operator, negated)) = self.operator() else { return Ok(Expr::Search(word)) };
        let path = self.path(&word, column)?;
        let at = self.peek().map_or(self.end, |token| token.column);
        let literals = self.literals(&path, operator)?;
        let operator = check(&path, operator, &literals, at)?;
        let atom = Expr::Is(Atom { path, operator, literals });
        Ok(if negated { Expr::Not(Box::new(atom)) } else { atom })
    }

    /// What follows a field, and whether its opposite is meant.
    fn operator(&mut self) -> Option<(Operator, bool)> {
        let found = match &self.peek()?.what {
            What::Sign("=") => (Operator::Equal, false),
            What::Sign("!=") => (Operator::Unequal, false),
            What::Sign("<") => (Operator::Less, false),
            What::Sign("<=") => (Operator::AtMost, false),
            What::Sign(">") => (Operator::More, false),
            What::Sign(">=") => (Operator::AtLeast, false),
            What::Sign("~") => (Operator::Like, false),
            What::Sign("!~") => (Operator::Like, true),
            What::Word(word) if word.eq_ignore_ascii_case("in") => (Operator::In, false),
            What::Word(word) if word.eq_ignore_ascii_case("has") => (Operator::Has, false),
            What::Word(word) if word.eq_ignore_ascii_case("not") => {
                let next = self.tokens.get(self.place + 1).map(|token| &token.what);
                if !matches!(next, Some(What::Word(word)) if word.eq_ignore_ascii_case("in")) {
                    return None;
                }
                self.place += 1;
                (Operator::In, true)
            }
            _ => return None,
        };
        self.place += 1;
        Some(found)
    }

    fn path(&self, word: &str, column: usize) -> Result<Path, FilterError> {
        if let Some(field) = self.subject.field(word) {
            return Ok(Path::Known(field));
        }
        if word.contains('.') && word.split('.').all(|part| !part.is_empty()) {
            return Ok(Path::Other(word.split('.').map(str::to_owned).collect()));
        }
        let near = self.subject.nearest(word);
        let hint = near.map_or_else(
            || "the fields are listed in docs/filters.md".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let word: String = word.chars().take(40).collect();
        Err(FilterError::new(column, format!("there is no field `{}`; {hint}", word.escape_debug())))
    }

    fn literals(&mut self, path: &Path, operator: Operator) -> Result<Vec<Literal>, FilterError> {
        if operator != Operator::In || !self.takes(&What::Open) {
            return Ok(vec![self.literal(path, operator)?]);
        }
        let mut literals = Vec::new();
        loop {
            literals.push(self.literal(path, operator)?);
            if self.takes(&What::Close) {
                return Ok(literals);
            }
            if !self.takes(&What::Comma) {
                return Err(self.wrong("expected `,` or `)` here"));
            }
        }
    }

    fn literal(&mut self, path: &Path, operator: Operator) -> Result<Literal, FilterError> {
        let Some(token) = self.next() else { return Err(self.wrong("expected a value here")) };
        let (column, word, quoted) = match &token.what {
            What::Word(word) => (token.column, word.clone(), false),
            What::Quoted(word) => (token.column, word.clone(), true),
            _ => return Err(FilterError::new(token.column, "expected a value here")),
        };
        match path {
            Path::Known(field) if operator != Operator::Like => literal::read(field.kind, &word)
                .map_err(|expected| FilterError::new(column, format!("{} is {expected}", field.name))),
            Path::Other(_) if operator != Operator::Like && !quoted => Ok(literal::guess(&word)),
            _ => Ok(Literal::Text(word)),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.place)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek()?.clone();
        self.place += 1;
        Some(token)
    }

    fn takes(&mut self, what: &What) -> bool {
        let is_it = self.peek().is_some_and(|token| token.what == *what);
        self.place += usize::from(is_it);
        is_it
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_it = matches!(self.peek().map(|token| &token.what), Some(What::Word(w)) if w.eq_ignore_ascii_case(word));
        self.place += usize::from(is_it);
        is_it
    }

    fn wrong(&self, what: impl Into<String>) -> FilterError {
        FilterError::new(self.peek().map_or(self.end, |token| token.column), what)
    }
}

fn one_or(mut parts: Vec<Expr>, all: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(one)) => one,
        (_, Some(last)) => {
            parts.push(last);
            all(parts)
        }
        (_, None) => all(parts),
    }
}

/// Whether the operator is one for such a field.
fn check(path: &Path, operator: Operator, literals: &[Literal], at: usize) -> Result<Operator, FilterError> {
    let Path::Known(Field { name, kind, .. }) = path else { return Ok(operator) };
    let ordered = matches!(kind, Kind::Number | Kind::Bytes | Kind::Duration | Kind::Time | Kind::Severity);
    match operator {
        Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast if !ordered => {
            Err(FilterError::new(at, format!("{name} has no order; compare it with =, !=, ~ or in")))
        }
        // A list is asked for what is in it, however that is written.
        Operator::Equal | Operator::Has if *kind == Kind::List => Ok(Operator::Has),
        Operator::Has => Err(FilterError::new(at, format!("{name} is no list; use ="))),
        Operator::Like
            if literals.iter().any(|one| matches!(one, Literal::Text(text) if text.is_empty())) =>
        {
            Err(FilterError::new(at, "an empty pattern is in everything"))
        }
        _ => Ok(operator),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "protocol = tls and hostname ~ \"*.example.com\" and src_bytes > 10M",
            "src_ip in 10.0.0.0/8 and not dst_port in (80, 443)",
            "risks has weak-cipher or risks = self-signed",
            "duration_ms > 5s start >= 2026-11-01",
            "not (ip = 192.0.2.7 || port != 53) && \"a \\\"b\\\" c\"",
            "tls.version = \"TLS 1.3\" http.status >= 400 printer",
            "dst_port not in (1, 2) hostname !~ x",
            "",
        ] {
            let expr = parse(Subject::Flows, text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let again = parse(Subject::Flows, &expr.to_string());
            assert_eq!(again.as_ref(), Ok(&expr), "{text} became {expr}");
        }
    }

    #[test]
    fn errors_point_at_the_column() {
        for (text, column, what) in [
            ("protocl = tls", 1, "`protocol`"),
            ("protocol = tls and", 19, "expected a field"),
            ("dst_port = http", 12, "a number"),
            ("src_ip in (10.0.0.1 10.0.0.2)", 21, "`,`"),
            ("(protocol = tls", 16, "`)`"),
            ("protocol = tls)", 15, "the end"),
            ("hostname > a", 12, "no order"),
            ("é = 1", 1, "no field"),
            ("é \"x", 3, "at its end"),
            ("src_ip = example.com", 10, "an address"),
            ("protocol has tls", 14, "no list"),
        ] {
            let error = parse(Subject::Flows, text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(error.what.contains(what), "{text}: {error}");
        }
        assert!(parse(Subject::Flows, &"(".repeat(1000)).is_err());
        assert!(parse(Subject::Flows, &"not ".repeat(1000)).is_err());
        assert!(parse(Subject::Flows, &"x ".repeat(5000)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC*") {
            let _ = parse(Subject::Flows, &text);
        }

        #[test]
        fn no_order_of_pieces_is_too_strange(
            pieces in proptest::collection::vec(
                prop_oneof!["and", "or", "not", "in", "has", "\\(", "\\)", ",", "=", "!=", "~", "<", "ip", "tls.x",
                    "src_bytes", "10M", "10.0.0.0/8", "\"q\"", "é"], 0..24)
        ) {
            if let Ok(expr) = parse(Subject::Flows, &pieces.join(" ")) {
                let again = parse(Subject::Flows, &expr.to_string());
                prop_assert_eq!(again.map(|again| again.to_string()), Ok(expr.to_string()));
            }
        }
    }
}
