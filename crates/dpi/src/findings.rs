use std::net::IpAddr;

use arrayvec::ArrayVec;
use wire::Timestamp;

use crate::assembly::Assembly;
use crate::facts::{Facts, Value};
use crate::risk::Risk;

/// What protocols write down, kept with the flow.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) facts: Facts,
    /// A question that waits for its answer.
    pub(crate) asked: Option<Asked>,
    /// A message that was begun in earlier datagrams; whoever makes it drops it when it is done.
    pub(crate) assembly: Option<Box<Assembly>>,
    /// How many bytes were there at each look at a direction whose messages are encrypted: what lies
    /// between is a message, or a few.
    pub(crate) marks: Option<Box<Marks>>,
    /// What other flows should know; whoever drives the inspection takes it after every look.
    pub(crate) announcements: Vec<Announcement>,
}

/// Places in a stream, in order.
pub(crate) type Marks = ArrayVec<u32, 48>;

/// A question that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// What the answer will repeat.
    pub(crate) id: u32,
    pub(crate) from_src: bool,
    pub(crate) time: Timestamp,
}

/// What a flow says about flows to come.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Announcement {
    /// A flow to this endpoint will carry `protocol`: FTP, SIP, RTSP and H.323 say so.
    Flow {
        /// Where the flow will go; absent for the address of the side that spoke.
        address: Option<IpAddr>,
        /// Its port there.
        port: u16,
        /// IP protocol.
        transport: u8,
        /// What it will carry.
        protocol: &'static str,
        /// The side that opened the announcing flow spoke.
        from_src: bool,
    },
    /// A name was resolved for the side that opened the flow.
    Name {
        /// The address ...
        address: IpAddr,
        /// ... that this name has.
        name: Box<str>,
    },
    /// A DNS message, over UDP each of them, over TCP the first of either side.
    Lookup(Lookup),
}

/// A DNS message, as far as its header and first question go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lookup {
    /// Question name, without the final dot, as it was written.
    pub name: Box<str>,
    /// Question type (RFC 1035 s3.2.2).
    pub qtype: u16,
    /// Response code (RFC 1035 s4.1.1), of a response.
    pub rcode: Option<u8>,
    /// Bytes of the message.
    pub bytes: u32,
    /// The side that opened the flow sent it.
    pub from_src: bool,
}

/// Values of one field, and announcements that wait.
const MOST: usize = 32;

/// Fields of one flow.
const MOST_FIELDS: usize = 32;

impl Findings {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { facts, asked, assembly, marks, announcements } = self;
        asked.is_none()
            && assembly.is_none()
            && marks.is_none()
            && announcements.is_empty()
            && facts.is_empty()
    }

    /// Sets a field of the record's object of this protocol (`Protocol::fields` lists it).
    pub(crate) fn note(&mut self, field: &'static str, value: impl Into<Value>) {
        let details = &mut self.facts.details;
        if let Some((_, old)) = details.iter_mut().find(|(known, _)| *known == field) {
            *old = value.into();
        } else if details.len() < MOST_FIELDS {
            details.push((field, value.into()));
        }
    }

    /// Adds to a field that is a list; a value that is there already is not added again.
    pub(crate) fn add(&mut self, field: &'static str, text: Box<str>) {
        let details = &mut self.facts.details;
        if let Some((_, value)) = details.iter_mut().find(|(known, _)| *known == field) {
            if let Value::List(list) = value
                && list.len() < MOST
                && !list.contains(&text)
            {
                list.push(text);
            }
        } else if details.len() < MOST_FIELDS {
            details.push((field, Value::List(vec![text])));
        }
    }

    /// The value of a field, if it is set.
    pub(crate) fn noted(&self, field: &str) -> Option<&Value> {
        self.facts.details.iter().find(|(known, _)| *known == field).map(|(_, value)| value)
    }

    /// Something about the flow that its owner should know.
    pub(crate) fn risk(&mut self, risk: Risk) {
        self.facts.risks.insert(risk);
    }

    pub(crate) fn announce(&mut self, announcement: Announcement) {
        if self.announcements.len() < MOST && !self.announcements.contains(&announcement) {
            self.announcements.push(announcement);
        }
    }
}
