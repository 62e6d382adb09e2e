use model::{Severity, Value};
use wire::Timestamp;

use crate::actor::Actor;

/// What a detector found, as it stands now. Reports of the same actor about the same thing become one
/// alert.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Report {
    /// How bad it is, if not as bad as the detector's findings usually are.
    pub severity: Option<Severity>,
    /// Who does it, or who is concerned.
    pub actor: Actor,
    /// Whom it is done to, if that is one.
    pub target: Option<Actor>,
    /// Tells what one actor does apart: a domain, a peer; empty if there is nothing to tell apart.
    pub about: String,
    /// How often it happened so far, in this incident: ports, probes, attempts.
    pub count: u64,
    /// When it began.
    pub first: Timestamp,
    /// When it was last seen.
    pub last: Timestamp,
    /// What happens, in a line; who does it is said elsewhere, and nowhere if the actor is nobody.
    pub title: String,
    /// What was measured and the limit, in a sentence or two.
    pub measured: String,
    /// What is usual here, if that has been learnt.
    pub usual: Option<String>,
    /// The numbers.
    pub evidence: Vec<(&'static str, Value)>,
    /// The port concerned, for exclusions.
    pub port: Option<u16>,
    /// The protocol concerned.
    pub protocol: Option<&'static str>,
    /// The host name or domain concerned.
    pub name: Option<String>,
}
