//! p0f 3's rules of what fits (its README): exactly and specific, else exactly and generic, else
//! nearly.

use flow::signature::{MOST_HOPS, Multiple, Observation, quirk};

/// One `sig` line, its option layout aside.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    /// Place of its label.
    pub(super) label: usize,
    /// `None` is any.
    pub(super) version: Option<u8>,
    pub(super) ttl: u8,
    pub(super) bad_ttl: bool,
    pub(super) ip_options_len: u8,
    pub(super) mss: Option<u16>,
    pub(super) window: Window,
    pub(super) scale: Option<u8>,
    pub(super) eol_padding: u8,
    pub(super) quirks: u32,
    pub(super) payload: Option<bool>,
}

/// What the window must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Window {
    Any,
    Exactly(u16),
    MultipleOf(u16),
    Mss(u16),
    Mtu(u16),
}

pub(super) struct Found<'a> {
    pub(super) signature: &'a Signature,
    pub(super) fuzzy: bool,
    pub(super) distance: u8,
}

/// The one of `candidates`, all of the observation's option layout, that fits best.
pub(super) fn best<'a>(
    candidates: &'a [Signature],
    seen: &Observation,
    is_generic: impl Fn(usize) -> bool,
    is_tool: impl Fn(usize) -> bool,
) -> Option<Found<'a>> {
    let multiple = seen.multiple();
    let (mut generic, mut near) = (None, None);
    for signature in candidates {
        match signature.fit(seen, multiple) {
            Fit::Exact if !is_generic(signature.label) => return Some(signature.found(seen, false)),
            Fit::Exact => generic = generic.or(Some(signature)),
            Fit::Near => near = near.or(Some(signature)),
            Fit::No => {}
        }
    }
    if let Some(signature) = generic {
        return Some(signature.found(seen, false));
    }
    // A tool writes its packets byte by byte: nearly is not.
    near.filter(|signature| !is_tool(signature.label)).map(|signature| signature.found(seen, true))
}

enum Fit {
    Exact,
    Near,
    No,
}

impl Signature {
    fn fit(&self, seen: &Observation, multiple: Option<Multiple>) -> Fit {
        let same = |mine: Option<u16>, theirs: u16| mine.is_none_or(|mine| mine == theirs);
        let fits = self.version.is_none_or(|version| version == seen.version)
            && self.ip_options_len == seen.ip_options_len
            && self.eol_padding == seen.eol_padding
            && same(self.mss, seen.mss)
            && same(self.scale.map(u16::from), seen.scale.into())
            && self.payload.is_none_or(|payload| payload == seen.payload)
            && self.window.fits(seen.window, multiple);
        if !fits || self.bad_ttl && self.ttl < seen.ttl {
            return Fit::No;
        }
        let near_ttl = self.bad_ttl || self.ttl.checked_sub(seen.ttl).is_some_and(|hops| hops <= MOST_HOPS);
        match self.fit_quirks(seen) {
            Fit::Exact if near_ttl => Fit::Exact,
            Fit::No => Fit::No,
            _ => Fit::Near,
        }
    }

    fn fit_quirks(&self, seen: &Observation) -> Fit {
        // What the other IP version has says nothing about this one.
        let foreign = match (self.version, seen.version) {
            (None, 4) => quirk::FLOW,
            (None, _) => quirk::DF | quirk::NONZERO_ID | quirk::ZERO_ID,
            _ => 0,
        };
        let mine = self.quirks & !foreign;
        let (gone, come) = (mine & !seen.quirks, seen.quirks & !mine);
        if gone | come == 0 {
            return Fit::Exact;
        }
        // Routers and scrubbers take DF and identifications away and set congestion bits.
        let tolerable =
            gone & !(quirk::DF | quirk::NONZERO_ID) == 0 && come & !(quirk::ZERO_ID | quirk::ECN) == 0;
        if tolerable { Fit::Near } else { Fit::No }
    }

    fn found(&self, seen: &Observation, fuzzy: bool) -> Found<'_> {
        let distance = match self.ttl.checked_sub(seen.ttl) {
            Some(hops) if self.bad_ttl || hops <= MOST_HOPS => hops,
            _ => seen.distance(),
        };
        Found { signature: self, fuzzy, distance }
    }
}

impl Window {
    fn fits(self, window: u16, multiple: Option<Multiple>) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(exactly) => exactly == window,
            Self::MultipleOf(unit) => unit > 0 && window.is_multiple_of(unit),
            Self::Mss(times) => multiple == Some(Multiple::Mss(times)),
            Self::Mtu(times) => multiple == Some(Multiple::Mtu(times)),
        }
    }
}
