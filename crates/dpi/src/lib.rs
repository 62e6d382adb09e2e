//! Payload to protocol.
//!
//! A flow is looked at until its protocol is certain or its allowance is used up (8 payload
//! packets or 4 KiB a direction, 16 KiB for TLS hellos); then it is labelled for good. Nothing
//! here knows the time or keeps state between flows: what a flow needs meanwhile is its
//! [`Inspection`], which the caller pools.
//!
//! The way of a payload: [`Engine::inspect`] puts it into its place in the stream (`stream`),
//! asks the protocols that the flow can still be (`candidates`, `case`), and each of those looks
//! at the bytes alone (`protocols/<name>.rs`) and says yes, no, or not yet (`protocol`). A new
//! protocol is a file there and a line in `registry`.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used))]
#![cfg_attr(test, allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap))]

mod applications;
mod assembly;
mod candidates;
mod case;
mod checksum;
mod dialogue;
mod engine;
mod facts;
mod findings;
mod fingerprints;
mod iana;
mod inner;
mod inspection;
mod intern;
mod json;
mod label;
mod notation;
mod portless;
mod ports;
mod protocol;
mod reader;
mod registry;
mod risk;
mod stream;
#[cfg(test)]
mod testing;
mod text;
mod user;

pub use applications::Application;
pub use engine::{Engine, Progress, Rules, Segment};
pub use facts::{Certificate, Dns, DnsAnswer, Facts, HostnameSource, Http, Tls, Value};
pub use findings::{Announcement, Lookup};
pub use fingerprints::hex;
pub use iana::{cipher_suite_name, group_name};
pub use inspection::Inspection;
pub use json::value as json_value;
pub use label::{Confidence, Label};
pub use reader::Reader;
pub use registry::{ber, walk_dns_name};
pub use risk::{Risk, Risks};
pub use text::{lossy, utf16};
pub use user::{Pattern, UserProtocol};
