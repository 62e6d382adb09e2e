//! Packets as records.

/// One packet.
#[derive(serde::Serialize, Debug)]
pub struct PacketRecord {
    number: u64,
    time: String,
}

impl PacketRecord {
    /// The record of a frame.
    pub fn new(number: u64, time: String, _interface: Option<String>, _frame: &wire::Frame<'_>) -> Self {
        Self { number, time }
    }
}
