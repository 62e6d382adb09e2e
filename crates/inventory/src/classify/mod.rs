//! From what software says of itself to what runs it.

pub(crate) mod agent;
mod apple;
pub(crate) mod distribution;
pub(crate) mod habits;
pub(crate) mod openssh;
pub(crate) mod product;
pub(crate) mod signs;
pub(crate) mod windows;
