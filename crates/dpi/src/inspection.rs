use crate::case::Case;
use crate::facts::{Certificate, Dns, DnsAnswer, Facts, Http, Tls, Value};
use crate::findings::{Announcement, Findings};
use crate::label::Label;
use crate::protocol::Glimpse;
use crate::stream::Stream;

/// One flow under inspection. Pool it: [`Inspection::reset`] keeps the buffers.
#[derive(Debug, Default)]
pub struct Inspection {
    pub(crate) case: Case,
    pub(crate) sides: [Side; 2],
    /// Made when a payload has to be kept, which most flows never need.
    pub(crate) buffers: Option<Box<Buffers>>,
}

/// How far one direction was looked at.
#[derive(Debug, Default)]
pub(crate) struct Side {
    /// Sequence number of the first byte of the head.
    pub(crate) begin: Option<u32>,
    /// Where the bytes end for good, because the capture cut the rest off.
    pub(crate) end: Option<usize>,
    /// Payloads seen, and once settled, since then.
    pub(crate) packets: u16,
    /// Nothing more is looked at.
    pub(crate) settled: bool,
    /// Candidates were chosen by this direction's first byte.
    pub(crate) narrowed: bool,
}

/// What is kept of the payloads until they are decided.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    pub(crate) streams: [Stream; 2],
    /// UDP: the datagrams so far, at most [`Buffers::MAX_GLIMPSES`].
    pub(crate) glimpses: Vec<Glimpse>,
}

impl Side {
    pub(crate) fn settle(&mut self, settled: bool) {
        if settled && !self.settled {
            (self.settled, self.packets) = (true, 0);
        }
    }
}

impl Buffers {
    /// As many as a flow's allowance has datagrams.
    pub(crate) const MAX_GLIMPSES: usize = 16;
}

impl Inspection {
    /// Tells where a direction of a TCP flow begins, once its SYN was seen: the SYN's sequence
    /// number plus one.
    ///
    /// Without this the first payload is taken for the first of its stream, and one that was
    /// overtaken by its successor is lost.
    pub fn begins(&mut self, from_src: bool, seq: u32) {
        self.side(from_src).begin.get_or_insert(seq);
    }

    /// What is known so far.
    pub fn label(&self) -> Option<Label> {
        self.case.label
    }

    /// What was learnt so far.
    pub fn facts(&self) -> &Facts {
        &self.case.findings.facts
    }

    /// Something was said about other flows.
    #[inline]
    pub fn has_announcements(&self) -> bool {
        !self.case.findings.announcements.is_empty()
    }

    /// Takes what was said about other flows since the last time; nearly always nothing.
    pub fn take_announcements(&mut self) -> Vec<Announcement> {
        std::mem::take(&mut self.case.findings.announcements)
    }

    /// Takes the facts out, `None` if there are none.
    pub fn take_facts(&mut self) -> Option<Box<Facts>> {
        let facts = &mut self.case.findings.facts;
        // Most flows have none, and there is a lot that they do not have.
        (!facts.is_empty()).then(|| Box::new(std::mem::take(facts)))
    }

    /// Ready for another flow; buffers are kept.
    pub fn reset(&mut self) {
        self.case.reset();
        self.sides = Default::default();
        if let Some(buffers) = &mut self.buffers {
            buffers.streams.iter_mut().for_each(Stream::clear);
            buffers.glimpses.clear();
        }
    }

    /// Bytes held on the heap, for the memory account.
    pub fn heap_bytes(&self) -> usize {
        let buffers = self.buffers.as_ref().map_or(0, |buffers| {
            size_of::<Buffers>()
                + buffers.streams.iter().map(Stream::heap_bytes).sum::<usize>()
                + buffers.glimpses.capacity() * size_of::<Glimpse>()
        });
        let Findings { facts, assembly, marks, .. } = &self.case.findings;
        let marks = marks.as_ref().map_or(0, |marks| size_of_val(&**marks));
        buffers + facts.heap_bytes() + assembly.as_ref().map_or(0, |assembly| assembly.heap_bytes()) + marks
    }

    pub(crate) fn side(&mut self, from_src: bool) -> &mut Side {
        let [src, dst] = &mut self.sides;
        if from_src { src } else { dst }
    }
}

impl Buffers {
    /// A direction's stream, and the other one's.
    pub(crate) fn both(&mut self, from_src: bool) -> (&mut Stream, &Stream) {
        let [src, dst] = &mut self.streams;
        if from_src { (src, dst) } else { (dst, src) }
    }

    /// What is kept of a direction from its first byte on.
    pub(crate) fn head(&self, from_src: bool) -> &[u8] {
        let [src, dst] = &self.streams;
        if from_src { src.head() } else { dst.head() }
    }

    pub(crate) fn stream(&mut self, from_src: bool) -> &mut Stream {
        let [src, dst] = &mut self.streams;
        if from_src { src } else { dst }
    }
}

impl Facts {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { hostname, hostname_source, dns, http, tls, ja3, ja3s, ja4, details, risks } = self;
        hostname.is_none()
            && hostname_source.is_none()
            && (dns.is_none() && http.is_none() && tls.is_none())
            && (ja3.is_none() && ja3s.is_none() && ja4.is_none())
            && details.is_empty()
            && risks.is_empty()
    }

    fn heap_bytes(&self) -> usize {
        let details = self.details.capacity() * size_of::<(&str, Value)>();
        let values = self.details.iter().map(|(_, value)| value.heap_bytes()).sum::<usize>();
        [&self.hostname, &self.ja3, &self.ja3s, &self.ja4].into_iter().map(text).sum::<usize>()
            + details
            + values
            + self.dns.as_ref().map_or(0, |dns| size_of::<Dns>() + dns.heap_bytes())
            + self.http.as_ref().map_or(0, |http| size_of::<Http>() + http.heap_bytes())
            + self.tls.as_ref().map_or(0, |tls| size_of::<Tls>() + tls.heap_bytes())
    }
}

impl Value {
    fn heap_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::List(list) => list.iter().map(|text| size_of::<Box<str>>() + text.len()).sum(),
            Self::Number(_) | Self::Flag(_) => 0,
        }
    }
}

impl Tls {
    fn heap_bytes(&self) -> usize {
        text(&self.alpn)
            + self.certificate.as_ref().map_or(0, |known| size_of::<Certificate>() + known.heap_bytes())
    }
}

impl Certificate {
    fn heap_bytes(&self) -> usize {
        let names = self.san.iter().map(|name| size_of::<Box<str>>() + name.len()).sum::<usize>();
        names
            + [&self.subject, &self.issuer, &self.serial, &self.signature]
                .map(|text| text.len())
                .iter()
                .sum::<usize>()
            + [&self.sha1, &self.sha256, &self.key].map(text).iter().sum::<usize>()
    }
}

impl Dns {
    fn heap_bytes(&self) -> usize {
        let texts = self.answers.iter().map(|answer| match answer {
            DnsAnswer::Address(_) => 0,
            DnsAnswer::Name(text) | DnsAnswer::Text(text) => text.len(),
        });
        self.query.len() + self.answers.capacity() * size_of::<DnsAnswer>() + texts.sum::<usize>()
    }
}

impl Http {
    fn heap_bytes(&self) -> usize {
        [&self.method, &self.host, &self.uri, &self.user_agent, &self.server, &self.content_type]
            .into_iter()
            .map(text)
            .sum()
    }
}

fn text(text: &Option<Box<str>>) -> usize {
    text.as_ref().map_or(0, |text| text.len())
}
