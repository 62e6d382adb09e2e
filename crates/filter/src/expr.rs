use std::fmt;

use crate::field::Field;
use crate::literal::Literal;

/// What a filter says.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// All of them; everything if there is none.
    And(Vec<Self>),
    /// One of them at least.
    Or(Vec<Self>),
    /// The opposite.
    Not(Box<Self>),
    /// One comparison.
    Is(Atom),
    /// The text is in a name, an address or the like.
    Search(String),
}

/// One comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct Atom {
    /// What is compared.
    pub path: Path,
    /// How.
    pub operator: Operator,
    /// With what: one literal, or several for [`Operator::In`].
    pub literals: Vec<Literal>,
}

/// Where a record has what is compared.
#[derive(Clone, PartialEq, Debug)]
pub enum Path {
    /// A field that is known here.
    Known(&'static Field),
    /// Another, by its parts: `tls.version`.
    Other(Vec<String>),
}

/// How something is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// `=`: it is this, or lies in this network.
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `~`: a pattern with `*` and `?`, or a part of the text.
    Like,
    /// `in`: one of these.
    In,
    /// `has`: the list has it.
    Has,
}

impl Operator {
    /// As it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Like => "~",
            Self::In => "in",
            Self::Has => "has",
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(field) => f.write_str(field.name),
            Self::Other(parts) => f.write_str(&parts.join(".")),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, parts: &[Self], between: &str| {
            f.write_str("(")?;
            for (place, part) in parts.iter().enumerate() {
                if place > 0 {
                    f.write_str(between)?;
                }
                write!(f, "{part}")?;
            }
            f.write_str(")")
        };
        match self {
            Self::And(parts) if parts.is_empty() => Ok(()),
            Self::And(parts) => list(f, parts, " and "),
            Self::Or(parts) => list(f, parts, " or "),
            Self::Not(part) => write!(f, "not {part}"),
            Self::Search(text) => write!(f, "{}", Literal::Text(text.clone())),
            Self::Is(Atom { path, operator, literals }) => {
                write!(f, "{path} {} ", operator.text())?;
                match literals.as_slice() {
                    [one] if *operator != Operator::In => write!(f, "{one}"),
                    many => {
                        let texts: Vec<_> = many.iter().map(ToString::to_string).collect();
                        write!(f, "({})", texts.join(", "))
                    }
                }
            }
        }
    }
}
