//! Payload to protocol.
//!
//! A flow is looked at until its protocol is certain or its allowance is used up (8 payload
//! packets or 4 KiB a direction, 16 KiB for TLS hellos); then it is labelled for good. Nothing
//! here knows the time or keeps state between flows: what a flow needs meanwhile is its
//! [`Inspection`], which the caller pools.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used))]

mod engine;
mod facts;
mod label;

pub use engine::{Engine, Inspection, Progress, Segment};
pub use facts::{Dns, DnsAnswer, Facts, HostnameSource, Http, Tls};
pub use label::{Confidence, Label};
