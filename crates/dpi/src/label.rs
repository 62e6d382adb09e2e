/// What a flow was found to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label {
    /// The wire protocol's usual short name, lower case with hyphens.
    pub protocol: &'static str,
    /// What kind of thing it is: `web`, `network`, `mail` ...
    pub category: &'static str,
    /// The payload is encrypted.
    pub encrypted: bool,
    /// How sure this is.
    pub confidence: Confidence,
    /// Why, in words.
    pub evidence: &'static str,
}

/// How sure a label is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Confidence {
    /// Only the port speaks; such a label is never a flow's protocol, only its port hint.
    Port,
    /// The bytes fit, but other protocols could look the same.
    Likely,
    /// The bytes could hardly be anything else, or both sides agree.
    Proven,
}

impl Confidence {
    /// The name that records carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Port => "port",
            Self::Likely => "likely",
            Self::Proven => "proven",
        }
    }
}
