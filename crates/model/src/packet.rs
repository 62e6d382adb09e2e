//! Packets as records.
