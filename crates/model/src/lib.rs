//! The records that leave the engine: what a reader of netmonsec's output relies on.
//!
//! Fields are snake_case with their unit in the name; an absent field is not known. Times are
//! RFC 3339 in UTC. Fields may be added, never renamed or given another meaning.

#![forbid(unsafe_code)]

mod alert;
mod device;
mod flow;
mod stats;
mod time;
mod topology;

pub mod packet;

pub use alert::{Alert, Evidence, Incident, Severity, Step};
pub use device::{
    Address, Connection, Device, Finding, Hardware, Hostname, Join, Objects, OfferedService, Os, Presence,
    SwitchPort, Use, Volume,
};
pub use flow::{Certificate, Details, Direction, Dns, Flow, Http, Tls, Value};
pub use stats::{Drops, InterfaceStats, LiveFlow, Share, Stats, Summary};
pub use time::{rfc3339, rfc3339_seconds};
pub use topology::{Neighbour, Subnet, Topology};
