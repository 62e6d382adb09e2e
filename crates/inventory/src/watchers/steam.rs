//! Steam's in-home discovery: the name and system of computers that can stream games.

use dpi::{Reader, lossy};

use crate::classify::host_names;
use crate::sighting::About::{Os, Type};
use crate::sighting::NameSource;
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const STEAM: Watcher = Watcher {
    name: "steam",
    on: &[On::Udp(PORT)],
    notes: &[("steam", &["host_name"])],
    read: Read::Frame(read),
};

const PORT: u16 = 27036;

/// What every message begins with.
const MAGIC: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0x21, 0x4c, 0x5f, 0xa0];

/// The header's field with the kind of message, and the kind that tells a host's state.
const KIND: u64 = 2;
const STATUS: u64 = 1;

/// Fields of such a message.
const HOST_NAME: u64 = 4;
const SYSTEM: u64 = 7;

/// The value of a Protocol Buffers field.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some((header, body)) = parts(look.payload) else { return };
    let is_status = fields(header).is_some_and(|fields| {
        fields.iter().any(|(number, value)| matches!((*number, value), (KIND, Field::Number(STATUS))))
    });
    let Some(fields) = fields(body).filter(|_| is_status) else { return };
    heard.about(look.sender());
    for (number, value) in fields {
        match (number, value) {
            (HOST_NAME, Field::Bytes(name)) => {
                let name = lossy(name, 64);
                heard.text("steam", "host_name", &name).name(&name, NameSource::Banner);
                heard.vote(Type, "computer", 60, "steam", "offers to stream games");
                host_names::votes(&name, heard);
            }
            (SYSTEM, Field::Number(number)) => {
                if let Some(os) = system(number) {
                    heard.vote(
                        Os,
                        os,
                        88,
                        "steam",
                        &format!("Steam's number of its system is {}", signed(number)),
                    );
                }
            }
            _ => {}
        }
    }
}

/// Header and body, each behind its length.
fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(bytes.strip_prefix(&MAGIC)?);
    let mut block = || {
        let len = reader.array().map(u32::from_le_bytes)?;
        reader.take(usize::try_from(len).ok()?)
    };
    let parts = (block()?, block()?);
    reader.is_empty().then_some(parts)
}

/// All fields, at most 64; nothing if one does not end.
fn fields(bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut reader = Reader::new(bytes);
    let mut fields = Vec::new();
    while !reader.is_empty() && fields.len() < 64 {
        let key = varint(&mut reader)?;
        let value = match key & 7 {
            0 => Field::Number(varint(&mut reader)?),
            1 => Field::Bytes(reader.take(8)?),
            2 => {
                let len = varint(&mut reader)?;
                Field::Bytes(reader.take(usize::try_from(len).ok()?)?)
            }
            5 => Field::Bytes(reader.take(4)?),
            _ => return None,
        };
        fields.push((key >> 3, value));
    }
    Some(fields)
}

fn varint(reader: &mut Reader<'_>) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = reader.u8()?;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Negative numbers are written in 64 bits.
fn signed(number: u64) -> i64 {
    i64::from_ne_bytes(number.to_ne_bytes())
}

/// Valve's numbers of systems.
fn system(number: u64) -> Option<&'static str> {
    Some(match signed(number) {
        10 => "Windows 7",
        13 => "Windows 8",
        14 => "Windows 8.1",
        16 => "Windows 10",
        20 => "Windows 11",
        1..=30 => "Windows",
        -203..=-180 => "Linux",
        -102..=-80 => "macOS",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::Fact;
    use crate::testing::{SRC, facts, noted, sightings, udp};
    use dpi::Value;

    fn message(kind: u8) -> Vec<u8> {
        let body = [&[8, 8, 0x22, 5][..], b"desk7", &[0x38, 16]].concat();
        [&MAGIC[..], &[4, 0, 0, 0, 8, 9, 0x10, kind], &[body.len() as u8, 0, 0, 0], &body].concat()
    }

    #[test]
    fn a_host_tells_its_name_and_system() {
        let from =
            |bytes: &[u8]| sightings(&udp((SRC.into(), 27036), ([255, 255, 255, 255].into(), 27036), bytes));
        let heard = from(&message(1));
        assert_eq!(noted(&heard, "steam", "host_name"), Some(Value::Text("desk7".into())));
        assert!(
            facts(&heard).iter().any(|fact| matches!(fact, Fact::Vote(vote) if &*vote.value == "Windows 10"))
        );
        assert_eq!(from(&message(0)), [], "a search");
        let whole = message(1);
        for end in 0..whole.len() {
            assert_eq!(from(&whole[..end]), [], "{end}");
        }
        assert_eq!(system(u64::MAX - 202), Some("Linux"));
        assert_eq!(system(u64::MAX), None);
    }
}
