//! What signs say of a device: own tables, each entry with how often it is right.

pub(crate) mod agent;
mod apple;
pub(crate) mod apple_models;
pub(crate) mod dhcp;
pub(crate) mod distribution;
pub(crate) mod dns_sd;
pub(crate) mod habits;
pub(crate) mod host_names;
pub(crate) mod openssh;
pub(crate) mod product;
pub(crate) mod signs;
pub(crate) mod snmp;
pub(crate) mod system;
pub(crate) mod upnp;
pub(crate) mod windows;
