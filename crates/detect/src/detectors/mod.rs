//! One detector a file.

pub(crate) mod arp_scan;
pub(crate) mod certificate_problem;
pub(crate) mod cleartext_credentials;
pub(crate) mod host_scan;
pub(crate) mod port_scan;
pub(crate) mod smb1;
pub(crate) mod stealth_scan;
pub(crate) mod weak_tls;
pub(crate) mod web_attack;
