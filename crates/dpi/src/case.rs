use crate::candidates::{Index, Iter, Set};
use crate::label::{Confidence, Label};
use crate::protocol::{Findings, Look, Verdict, Want};
use crate::registry::PROTOCOLS;

/// What a flow can still be, and what it was found to be.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) label: Option<Label>,
    /// Who gave the label, and whose the findings are.
    owner: Option<usize>,
    pub(crate) candidates: Set,
    pub(crate) findings: Findings,
    /// Its owner wants to see every datagram.
    pub(crate) every: bool,
    /// A protocol of the user's may yet be found.
    pub(crate) user: bool,
    /// Those that may take the label from its owner, whatever its confidence.
    heirs: &'static [&'static str],
}

impl Case {
    /// Ready for another flow. Most flows leave no findings, and those are large.
    pub(crate) fn reset(&mut self) {
        if self.owner.is_some() || !self.findings.is_empty() {
            self.findings = Findings::default();
        }
        (self.label, self.owner, self.candidates) = (None, None, Set::EMPTY);
        (self.every, self.user, self.heirs) = (false, false, &[]);
    }

    /// Other protocols may take the flow over.
    pub(crate) fn has_heirs(&self) -> bool {
        !self.heirs.is_empty()
    }

    /// Something may yet be found out.
    pub(crate) fn is_open(&self) -> bool {
        !self.candidates.is_empty() || self.user
    }

    /// Asks every candidate about `look`, those at their usual port first. True if the only one
    /// left needs nothing more of this direction.
    pub(crate) fn ask(&mut self, index: &Index, look: &Look<'_>) -> bool {
        let at_port = index.at(look.transport, look.ports);
        let mut settled = None;
        let mut spare = None;
        for (set, hinted) in [(self.candidates.and(at_port), true), (self.candidates.without(at_port), false)]
        {
            if set.is_empty() {
                continue;
            }
            let look = Look { hinted, ..*look };
            let mut left = set.into_iter();
            while let Some((id, verdict)) = self.next_answer(&mut left, index, &look, &mut spare) {
                let heir = self.is_heir(id);
                match verdict {
                    Verdict::No if heir => {}
                    Verdict::No => self.candidates.remove(id),
                    Verdict::NeedMore => {}
                    Verdict::Match { sure, want, .. } if sure == Confidence::Proven || heir => {
                        (self.heirs, self.candidates) = match want {
                            Want::HandOver(names) => (names, index.named(names).or(Set::only(id))),
                            Want::Nothing => (&[][..], Set::EMPTY),
                            _ => (&[][..], Set::only(id)),
                        };
                        self.every = want == Want::Every;
                        return !matches!(want, Want::Rest | Want::Every | Want::HandOver(_));
                    }
                    Verdict::Match { want: Want::Nothing, .. } => self.candidates.remove(id),
                    Verdict::Match { want: Want::Reply, .. } => settled = Some(id),
                    Verdict::Match { .. } => {}
                }
            }
        }
        settled.is_some_and(|id| self.candidates == Set::only(id))
    }

    /// Asks the candidates that are left until one does not refuse while nothing is known: nearly
    /// all of them do, and this loop is what a flow costs that nobody knows.
    fn next_answer(
        &mut self,
        left: &mut Iter,
        index: &Index,
        look: &Look<'_>,
        spare: &mut Option<Findings>,
    ) -> Option<(usize, Verdict)> {
        if self.owner.is_some() {
            let id = left.next()?;
            return Some((id, self.ask_again(id, index, look, spare)));
        }
        loop {
            let id = left.next()?;
            let verdict = index.inspector(id)(look, &mut self.findings);
            match verdict {
                Verdict::No => self.candidates.remove(id),
                Verdict::NeedMore => {}
                Verdict::Match { sure, evidence, .. } => {
                    self.give(id, sure, evidence);
                    return Some((id, verdict));
                }
            }
            if !self.findings.facts.details.is_empty() {
                // What was noted on the way to "no" is nobody's.
                self.findings = Findings::default();
            }
        }
    }

    /// Asks one candidate when another one has matched; it gets the label if it is surer.
    ///
    /// It must not inherit the other's findings: it writes to `spare`, which is empty before and
    /// after.
    fn ask_again(
        &mut self,
        id: usize,
        index: &Index,
        look: &Look<'_>,
        spare: &mut Option<Findings>,
    ) -> Verdict {
        let foreign = self.owner.is_some_and(|owner| owner != id);
        let findings = if foreign { spare.get_or_insert_default() } else { &mut self.findings };
        let verdict = index.inspector(id)(look, findings);
        let won = match verdict {
            Verdict::Match { sure, evidence, .. }
                if self.is_heir(id) || self.label.is_none_or(|known| known.confidence < sure) =>
            {
                self.give(id, sure, evidence);
                true
            }
            _ => false,
        };
        if foreign && let Some(findings) = spare {
            if won {
                self.findings = std::mem::take(findings);
            } else if !findings.is_empty() {
                *findings = Findings::default();
            }
        }
        verdict
    }

    fn give(&mut self, id: usize, sure: Confidence, evidence: &'static str) {
        let Some(protocol) = PROTOCOLS.get(id) else { return };
        self.owner = Some(id);
        self.label = Some(Label {
            protocol: protocol.name,
            category: protocol.category,
            encrypted: protocol.encrypted,
            confidence: sure,
            evidence,
        });
    }

    fn is_heir(&self, id: usize) -> bool {
        !self.heirs.is_empty()
            && PROTOCOLS.get(id).is_some_and(|protocol| self.heirs.contains(&protocol.name))
    }
}
