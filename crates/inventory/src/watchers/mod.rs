//! One file per protocol that devices say something of themselves in.

// Link and network layer.
pub(crate) mod arp;
// Datagrams.
// Flows.
pub(crate) mod directory;
pub(crate) mod dns;
pub(crate) mod greetings;
pub(crate) mod hosts;
pub(crate) mod http;
pub(crate) mod industrial;
pub(crate) mod remote;
pub(crate) mod services;
pub(crate) mod smb;
pub(crate) mod ssh;
pub(crate) mod tls;
pub(crate) mod voice;
