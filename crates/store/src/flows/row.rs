//! The columns of a flow.

use model::Direction;
use rusqlite::Row;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::day::Day;

/// A flow as a list shows it; the whole record is behind its id.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FlowRow {
    /// `20261122-1234`: names it for [`super::DayReader::record`].
    pub id: String,
    /// First packet, in milliseconds since 1970.
    pub start_ms: i64,
    /// From the first to the last packet.
    pub duration_ms: i64,
    /// Who opened it.
    pub src_ip: String,
    /// The device that it is.
    pub src_device: Option<String>,
    /// The other side.
    pub dst_ip: String,
    /// The device that it is.
    pub dst_device: Option<String>,
    /// Port of the opener.
    pub src_port: Option<u16>,
    /// Port of the other side.
    pub dst_port: Option<u16>,
    /// `tcp`, `udp` ...
    pub transport: String,
    /// The wire protocol.
    pub protocol: String,
    /// What runs on it.
    pub application: Option<String>,
    /// The name that was asked for.
    pub hostname: Option<String>,
    /// Country of the remote side.
    pub country: Option<String>,
    /// Bytes sent by the opener.
    pub src_bytes: i64,
    /// Bytes sent by the other side.
    pub dst_bytes: i64,
    /// Packets sent by the opener.
    pub src_packets: i64,
    /// Packets sent by the other side.
    pub dst_packets: i64,
    /// What its owner should know.
    pub risks: Vec<String>,
    #[serde(skip)]
    pub(super) direction: i64,
    /// Its number in the day's file.
    #[serde(skip)]
    pub(super) number: i64,
}

pub(super) const SELECT: &str = "
SELECT f.id, f.start_ms, f.duration_ms, s.address, s.device, d.address, d.device, f.src_port, f.dst_port,
    (SELECT text FROM name WHERE id = f.transport), (SELECT text FROM name WHERE id = f.protocol),
    (SELECT text FROM name WHERE id = f.application), (SELECT text FROM name WHERE id = f.host),
    (SELECT text FROM name WHERE id = f.country), f.src_bytes, f.dst_bytes, f.src_packets, f.dst_packets,
    (SELECT text FROM name WHERE id = f.risks), f.direction
FROM flow f JOIN party s ON s.id = f.src JOIN party d ON d.id = f.dst";

impl FlowRow {
    /// From a row of [`SELECT`].
    pub(super) fn read(day: Day, row: &Row<'_>) -> rusqlite::Result<Self> {
        let begin_ms = i64::from(day.0) * 86_400_000;
        let device = |text: String| Some(text).filter(|text| !text.is_empty());
        let number: i64 = row.get(0)?;
        let risks: Option<String> = row.get(18)?;
        Ok(Self {
            id: format!("{day}-{number}"),
            start_ms: begin_ms.saturating_add(row.get(1)?),
            duration_ms: row.get(2)?,
            src_ip: row.get(3)?,
            src_device: device(row.get(4)?),
            dst_ip: row.get(5)?,
            dst_device: device(row.get(6)?),
            src_port: row.get(7)?,
            dst_port: row.get(8)?,
            transport: row.get(9)?,
            protocol: row.get(10)?,
            application: row.get(11)?,
            hostname: row.get(12)?,
            country: row.get(13)?,
            src_bytes: row.get(14)?,
            dst_bytes: row.get(15)?,
            src_packets: row.get(16)?,
            dst_packets: row.get(17)?,
            risks: risks.map(|text| text.split(' ').map(str::to_owned).collect()).unwrap_or_default(),
            direction: row.get(19)?,
            number,
        })
    }

    /// The fields of a record that are kept in the row.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("transport", self.transport.clone().into());
        put("src_ip", self.src_ip.clone().into());
        put("dst_ip", self.dst_ip.clone().into());
        put("protocol", self.protocol.clone().into());
        put("direction", direction(self.direction));
        put("src_bytes", self.src_bytes.into());
        put("dst_bytes", self.dst_bytes.into());
        put("src_packets", self.src_packets.into());
        put("dst_packets", self.dst_packets.into());
        for (name, port) in [("src_port", self.src_port), ("dst_port", self.dst_port)] {
            if let Some(port) = port {
                put(name, port.into());
            }
        }
        for (name, text) in [("application", &self.application), ("hostname", &self.hostname)] {
            if let Some(text) = text {
                put(name, text.clone().into());
            }
        }
        fields
    }

    /// What a list shows of a record, without looking it up. Times are in milliseconds.
    pub(super) fn brief(&self) -> Map<String, Value> {
        let mut fields = self.fields();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        let end_ms = self.start_ms.saturating_add(self.duration_ms);
        put("start", time(self.start_ms).into());
        put("end", time(end_ms).into());
        put("duration_ms", self.duration_ms.into());
        if let Some(country) = &self.country {
            put("country", country.clone().into());
        }
        if !self.risks.is_empty() {
            put("risks", self.risks.clone().into());
        }
        fields
    }
}

/// As the row has it, back to the name.
pub(super) fn direction(number: i64) -> Value {
    use Direction::{External, Inbound, Lateral, Multicast, Outbound};
    let all = [Inbound, Outbound, Lateral, External, Multicast];
    let found = all.into_iter().find(|direction| *direction as i64 == number);
    serde_json::to_value(found).unwrap_or_default()
}

fn time(ms: i64) -> String {
    let ms = u64::try_from(ms).unwrap_or_default();
    model::rfc3339(wire::Timestamp(ms.saturating_mul(1_000_000)))
}
