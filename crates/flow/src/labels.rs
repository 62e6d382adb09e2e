use dpi::Label;

/// The labels that flows have got. They are few and static, so a flow holds a number.
///
/// Bounded by the numbers there are; beyond them flows have no label.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    labels: Vec<Label>,
    /// Where a label was found last, by where its evidence lies: a search would cost more than
    /// all else that is done with a label.
    recent: [u16; RECENT],
}

/// Labels of which the place is remembered.
const RECENT: usize = 32;

impl Labels {
    /// The number of a label, from 1; 0 if there is none left.
    pub(crate) fn number(&mut self, label: Label) -> u16 {
        let slot = self.recent.get_mut(label.evidence.as_ptr().addr() / 8 % RECENT);
        if let Some(place) = slot.as_deref()
            && self.labels.get(usize::from(*place)).is_some_and(|known| is_same(known, &label))
        {
            return place.saturating_add(1);
        }
        let i = self.labels.iter().position(|known| *known == label).unwrap_or(self.labels.len());
        let Ok(place) = u16::try_from(i) else { return 0 };
        let Some(number) = place.checked_add(1) else { return 0 };
        if i == self.labels.len() {
            self.labels.push(label);
        }
        if let Some(slot) = slot {
            *slot = place;
        }
        number
    }

    /// The label of a number.
    pub(crate) fn get(&self, number: u16) -> Option<Label> {
        self.labels.get(usize::from(number).checked_sub(1)?).copied()
    }
}

/// Nearly always equal labels are the same strings; looking at those would cost more than the rest.
fn is_same(a: &Label, b: &Label) -> bool {
    std::ptr::eq(a.evidence, b.evidence)
        && std::ptr::eq(a.protocol, b.protocol)
        && std::ptr::eq(a.category, b.category)
        && (a.encrypted, a.confidence) == (b.encrypted, b.confidence)
}

#[cfg(test)]
mod tests {
    use dpi::Confidence;

    use super::*;

    fn label(protocol: &'static str) -> Label {
        let confidence = Confidence::Likely;
        Label { protocol, category: "media", encrypted: false, confidence, evidence: "test" }
    }

    #[test]
    fn a_label_keeps_its_number() {
        let mut labels = Labels::default();
        assert_eq!((labels.number(label("rtp")), labels.number(label("dns"))), (1, 2));
        let elsewhere: &'static str = String::from("rtp").leak();
        assert_eq!(labels.number(label(elsewhere)), 1);
        assert_eq!(labels.get(2).map(|l| l.protocol), Some("dns"));
        assert_eq!((labels.get(0), labels.get(3)), (None, None));
    }

    #[test]
    fn numbers_run_out() {
        let mut labels = Labels { labels: vec![label("a"); usize::from(u16::MAX)], ..Labels::default() };
        assert_eq!(labels.number(label("b")), 0);
        assert_eq!(labels.labels.len(), usize::from(u16::MAX));
    }
}
