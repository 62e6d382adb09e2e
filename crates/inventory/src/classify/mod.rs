//! What signs say of a device: own tables, each entry with how often it is right.

pub(crate) mod apple_models;
pub(crate) mod dhcp;
pub(crate) mod dns_sd;
pub(crate) mod host_names;
pub(crate) mod snmp;
pub(crate) mod system;
pub(crate) mod upnp;
