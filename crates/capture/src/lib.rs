//! Where packets come from: capture files, standard input and live rings.
//!
//! Every source hands over the same thing, a [`Block`] of bytes and [`Record`]s that say where in
//! it each frame lies. Frames are looked at where they are; nobody copies them.

mod block;
pub mod file;
pub mod live;

pub use block::{Block, Record};
