use inventory::Network;
use wire::{MacAddr, Timestamp};

use crate::detector::Spec;
use crate::report::Report;

/// What nobody wants to hear of. Every field that is set must match.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Exclusion {
    /// Names of detectors; none stands for all.
    pub detectors: Vec<String>,
    /// The actor's or the target's address lies here.
    pub networks: Vec<Network>,
    /// The actor's address lies here.
    pub sources: Vec<Network>,
    /// The target's address lies here.
    pub destinations: Vec<Network>,
    /// The actor's or the target's hardware address.
    pub macs: Vec<MacAddr>,
    /// Names or ids of devices that the actor or the target is.
    pub devices: Vec<String>,
    /// The port concerned.
    pub ports: Vec<u16>,
    /// The protocol concerned.
    pub protocols: Vec<String>,
    /// The name concerned, or the domain that it ends in.
    pub names: Vec<String>,
    /// Why.
    pub comment: String,
    /// From then on it is void.
    pub until: Option<Timestamp>,
}

impl Exclusion {
    /// It covers this report, of devices that are called `called`.
    pub(crate) fn covers(&self, spec: &Spec, report: &Report, called: &[String], now: Timestamp) -> bool {
        let ends = [Some(report.actor), report.target];
        let ip = |end: usize| ends.get(end).copied().flatten().and_then(|end| end.ip);
        let within = |networks: &[Network], end: usize| {
            ip(end).is_some_and(|ip| networks.iter().any(|network| network.contains(ip)))
        };
        let mut macs = ends.iter().flatten().filter_map(|end| end.mac);
        self.until.is_none_or(|until| now < until)
            && (self.detectors.is_empty() || self.detectors.iter().any(|id| id == spec.id))
            && (self.networks.is_empty() || within(&self.networks, 0) || within(&self.networks, 1))
            && (self.sources.is_empty() || within(&self.sources, 0))
            && (self.destinations.is_empty() || within(&self.destinations, 1))
            && (self.macs.is_empty() || macs.any(|mac| self.macs.contains(&mac)))
            && (self.devices.is_empty()
                || called.iter().any(|name| self.devices.iter().any(|one| one.eq_ignore_ascii_case(name))))
            && (self.ports.is_empty() || report.port.is_some_and(|port| self.ports.contains(&port)))
            && (self.protocols.is_empty()
                || report.protocol.is_some_and(|name| self.protocols.iter().any(|one| one == name)))
            && (self.names.is_empty() || report.name.as_deref().is_some_and(|name| self.has_name(name)))
    }

    fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|domain| {
            let domain = domain.trim_start_matches("*.");
            let head = name.len().checked_sub(domain.len());
            let tail = head.and_then(|at| name.get(at..));
            let whole = head.is_some_and(|at| at == 0 || name.as_bytes().get(at - 1) == Some(&b'.'));
            whole && tail.is_some_and(|tail| tail.eq_ignore_ascii_case(domain))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_covers_what_ends_in_it() {
        let exclusion = Exclusion { names: vec!["*.Example.org".into()], ..Exclusion::default() };
        for (name, covered) in
            [("example.org", true), ("a.b.EXAMPLE.org", true), ("notexample.org", false), ("org", false)]
        {
            assert_eq!(exclusion.has_name(name), covered, "{name}");
        }
    }
}
