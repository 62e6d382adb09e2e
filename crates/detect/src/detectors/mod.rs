//! One detector a file.

pub(crate) mod port_scan;
