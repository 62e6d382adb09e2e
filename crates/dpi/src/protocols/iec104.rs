//! IEC 60870-5-104 telecontrol: frames, type identifications, common addresses.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "iec104",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[START..=START])],
    ports: &[2404],
    bound: false,
    fields: &["control", "types", "common_addresses"],
    head: SHALLOW,
    inspect,
};

/// What every APDU begins with (s5).
const START: u8 = 0x68;

/// Frames after which a direction has said what it does.
const ENOUGH: usize = 16;

enum Step<'a> {
    Control(&'static str),
    /// Acknowledgement only.
    Supervisory,
    /// Data; `exact` if the length is what type and count of objects make it.
    Data {
        asdu: &'a [u8],
        exact: bool,
    },
    Partial,
    Wrong,
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    // Bits of evidence: what 0x68 0x04 alone says is little.
    let mut evidence = 0;
    while !reader.is_empty() {
        match step(&mut reader) {
            Step::Control(name) => {
                evidence += 3;
                findings.add("control", name.into());
            }
            Step::Supervisory => evidence += 2,
            Step::Data { asdu, exact } => {
                evidence += if exact { 3 } else { u8::from(look.hinted) };
                note(asdu, findings);
            }
            Step::Partial => break,
            // Masters that send noise between frames exist; what was said before stands.
            Step::Wrong if evidence >= 3 => break,
            Step::Wrong => return Verdict::No,
        }
        count += 1;
    }
    let want = if count < ENOUGH { Want::Rest } else { Want::Reply };
    match evidence {
        0 if look.cut => Verdict::No,
        0 => Verdict::NeedMore,
        3.. => Verdict::proven("IEC 104 frames", want),
        2 if look.hinted => Verdict::proven("IEC 104 frame at its port", want),
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

fn step<'a>(reader: &mut Reader<'a>) -> Step<'a> {
    let mut ahead = *reader;
    match (ahead.u8(), ahead.u8()) {
        (Some(START), Some(4..=253)) => {}
        (Some(START), None) => return Step::Partial,
        _ => return Step::Wrong,
    }
    let length = usize::from(reader.rest().get(1).copied().unwrap_or_default());
    let Some(control) = ahead.array::<4>() else { return Step::Partial };
    let asdu_len = length.saturating_sub(4);
    let step = match control {
        // s5.3: numbers of unnumbered functions, one of which is active.
        [function, 0, 0, 0] if function & 3 == 3 => match (control_name(function), asdu_len) {
            (Some(name), 0) => Step::Control(name),
            _ => Step::Wrong,
        },
        [1, 0, low, _] if low & 1 == 0 && asdu_len == 0 => Step::Supervisory,
        [send, _, receive, _] if send & 1 == 0 && receive & 1 == 0 && asdu_len >= 9 => {
            let Some(asdu) = ahead.take(asdu_len) else { return Step::Partial };
            match plausible(asdu) {
                Some(exact) => Step::Data { asdu, exact },
                None => Step::Wrong,
            }
        }
        _ => Step::Wrong,
    };
    *reader = ahead;
    step
}

fn control_name(function: u8) -> Option<&'static str> {
    Some(match function {
        0x07 => "startdt-act",
        0x0b => "startdt-con",
        0x13 => "stopdt-act",
        0x23 => "stopdt-con",
        0x43 => "testfr-act",
        0x83 => "testfr-con",
        _ => return None,
    })
}

/// IEC 60870-5-101 s7.1: type, count of objects with the sequence bit, cause of transmission.
/// Whether the length is exactly theirs, if type and cause exist.
fn plausible(asdu: &[u8]) -> Option<bool> {
    let [kind, qualifier, cause, ..] = asdu else { return None };
    if !(1..=47).contains(&(cause & 0x3f)) {
        return None;
    }
    let size = element_size(*kind);
    if size.is_none() && !(120..=127).contains(kind) {
        return None;
    }
    let count = usize::from(qualifier & 0x7f);
    let expected =
        size.map(|size| if qualifier & 0x80 == 0 { 6 + count * (3 + size) } else { 9 + count * size });
    Some(count > 0 && expected == Some(asdu.len()))
}

/// Bytes of an information object without its address (IEC 60870-5-101 s7.3).
fn element_size(kind: u8) -> Option<usize> {
    Some(match kind {
        102 => 0,
        1 | 3 | 45..=47 | 70 | 100 | 101 | 113 => 1,
        5 | 21 | 104 | 106 => 2,
        9 | 11 | 48 | 49 | 110 | 111 => 3,
        2 | 4 | 51 => 4,
        6 | 7 | 13 | 20 | 50 | 112 => 5,
        10 | 12 | 17 => 6,
        18 | 19 | 103 => 7,
        8 | 14 | 16 | 30 | 31 | 58..=60 => 8,
        15 => 5,
        32 | 107 => 9,
        34 | 35 | 38 | 61 | 62 => 10,
        39 | 40 | 64 => 11,
        33 | 36 | 37 | 63 => 12,
        105 => 1,
        _ => return None,
    })
}

fn note(asdu: &[u8], findings: &mut Findings) {
    if let [kind, _, _, _, low, high, ..] = asdu {
        findings.add("types", type_name(*kind).map_or_else(|| kind.to_string().into(), Box::from));
        findings.add("common_addresses", u16::from_le_bytes([*low, *high]).to_string().into());
    }
}

/// The standard's own labels, for the types in use.
fn type_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "M_SP_NA_1",
        3 => "M_DP_NA_1",
        5 => "M_ST_NA_1",
        7 => "M_BO_NA_1",
        9 => "M_ME_NA_1",
        11 => "M_ME_NB_1",
        13 => "M_ME_NC_1",
        15 => "M_IT_NA_1",
        20 => "M_PS_NA_1",
        21 => "M_ME_ND_1",
        30 => "M_SP_TB_1",
        31 => "M_DP_TB_1",
        32 => "M_ST_TB_1",
        33 => "M_BO_TB_1",
        34 => "M_ME_TD_1",
        35 => "M_ME_TE_1",
        36 => "M_ME_TF_1",
        37 => "M_IT_TB_1",
        45 => "C_SC_NA_1",
        46 => "C_DC_NA_1",
        47 => "C_RC_NA_1",
        48 => "C_SE_NA_1",
        49 => "C_SE_NB_1",
        50 => "C_SE_NC_1",
        51 => "C_BO_NA_1",
        58 => "C_SC_TA_1",
        59 => "C_DC_TA_1",
        70 => "M_EI_NA_1",
        100 => "C_IC_NA_1",
        101 => "C_CI_NA_1",
        102 => "C_RD_NA_1",
        103 => "C_CS_NA_1",
        105 => "C_RP_NA_1",
        107 => "C_TS_TA_1",
        110 => "P_ME_NA_1",
        120 => "F_FR_NA_1",
        121 => "F_SR_NA_1",
        122 => "F_SC_NA_1",
        124 => "F_AF_NA_1",
        125 => "F_SG_NA_1",
        126 => "F_DR_TA_1",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 2404, &[(SRC, b"\x68\x04\x07\0\0\0"), (DST, b"\x68\x04\x0b\0\0\0")]),
        Sample::tcp(50000, 12404, &[(SRC, b"\x68\x0e\0\0\0\0\x64\x01\x06\0\x05\0\0\0\0\x14")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 2404, &[(SRC, b"\x68\x04\x17\0\0\0\x68\x04\x17\0\0\0")]),
        Sample::tcp(50000, 2404, &[(SRC, b"\x68\x0e\0\0\0\0\xc8\x01\x06\0\x05\0\0\0\0\x14")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, TCP};

    #[test]
    fn an_interrogation_in_pieces() {
        let mut flow = Flow::new(TCP, 50000, 2404);
        flow.src(b"\x68\x0e\0\0\0\0\x64\x01");
        flow.src(b"\x06\0\x05\x01\0\0\0\x14");
        assert_eq!(flow.name(), Some("iec104"));
        let details = &flow.inspection.facts().details;
        assert!(details.contains(&("types", Value::List(vec!["C_IC_NA_1".into()]))), "{details:?}");
        assert!(details.contains(&("common_addresses", Value::List(vec!["261".into()]))), "{details:?}");
    }
}
