//! GigE Vision control protocol: commands, and the camera that answers a discovery.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "gvcp",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[3956],
    bound: true,
    fields: &["commands", "manufacturer", "model", "version", "serial", "user_name"],
    head: SHALLOW,
    inspect,
};

/// A key of 0x42 and flags, or an acknowledgement's status; command, length, number.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((&[first, second, command_high, command, high, low, _, _], body)) =
        look.bytes.split_first_chunk()
    else {
        return Verdict::No;
    };
    let asks = first == 0x42;
    let statuses = matches!((first, second), (0x00, 0x00) | (0x80, _) | (0x90, _));
    let Some(name) = command_name(u16::from_be_bytes([command_high, command])) else { return Verdict::No };
    // Commands have even numbers, their acknowledgements the odd ones after them.
    if asks == (command & 1 != 0) || !(asks || statuses) {
        return Verdict::No;
    }
    if usize::from(u16::from_be_bytes([high, low])) != body.len() {
        return Verdict::No;
    }
    findings.add("commands", name.into());
    if (command_high, command) == (0, 3) {
        for (field, from, to) in [
            ("manufacturer", 0x48, 0x68),
            ("model", 0x68, 0x88),
            ("version", 0x88, 0xa8),
            ("serial", 0xd8, 0xe8),
            ("user_name", 0xe8, 0xf8),
        ] {
            let text = body.get(from..to).unwrap_or_default();
            let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
            if end > 0 {
                findings.note(field, lossy(text.get(..end).unwrap_or_default(), NAME_MAX));
            }
        }
    }
    Verdict::proven("GigE Vision control header and its length", Want::Reply)
}

fn command_name(command: u16) -> Option<&'static str> {
    Some(match command & !1 {
        0x02 => "discovery",
        0x04 => "force-ip",
        0x40 => "packet-resend",
        0x80 => "read-register",
        0x82 => "write-register",
        0x84 => "read-memory",
        0x86 => "write-memory",
        0x88 => "pending",
        0xc0 => "event",
        0xc2 => "event-data",
        0x100 => "action",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        3956,
        &[(SRC, b"\x42\x01\0\x80\0\x04\0\x01\0\0\x0a\0"), (DST, b"\0\0\0\x81\0\x04\0\x01\0\0\0\x02")],
    )],
    near_miss: &[Sample::udp(50000, 3956, &[(SRC, b"\x42\x01\0\x80\0\x05\0\x01\0\0\x0a\0")])],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn actions_have_a_high_byte() {
        let mut flow = Flow::new(UDP, 50000, 3956);
        flow.src(b"\x42\0\x01\0\0\x0c\0\x01\0\0\0\x01\0\0\0\x02\xff\xff\xff\xff");
        assert_eq!(flow.inspection.facts().details, [("commands", Value::List(vec!["action".into()]))]);
    }
}
