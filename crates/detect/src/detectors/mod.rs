//! One detector a file.

pub(crate) mod port_scan;
pub(crate) mod stealth_scan;
