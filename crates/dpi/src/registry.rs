use crate::protocol::Protocol;

/// Declares the modules and lists their `PROTOCOL`s, so that a protocol is one line here.
///
/// `cargo fmt` does not see modules declared by a macro: `rustfmt crates/dpi/src/protocols/*.rs`.
macro_rules! protocols {
    ($($module:ident,)*) => {
        #[path = "protocols"]
        mod protocols {
            $(pub(super) mod $module;)*
        }

        /// Every protocol, the more exacting before the more lenient: of two that are as sure as
        /// each other, and of which neither is at its port, the first wins.
        pub(crate) static PROTOCOLS: &[&Protocol] = &[$(&protocols::$module::PROTOCOL,)*];

        #[cfg(test)]
        static SAMPLES: &[&crate::protocol::Samples] = &[$(&protocols::$module::SAMPLES,)*];
    };
}

protocols! {
    // Fingerprinted and encrypted.
    tls,
    ssh,

    // Web.
    http,

    // Industry and things.
    s7comm,
    s7comm_plus,
    mms,
    dnp3,
    synchrophasor,
    trdp,
    ether_s_bus,
    fins,
    opc_ua,
    enip,
    iec62056,
    iec104,
    ads,
    knxnet_ip,
    bacnet,
    hart_ip,
    cip,
    egd,
    ether_s_io,
    c1222,
    modbus,
    uftp,
    cnp_ip,
    rtps,
    tuya,
    tplink_shp,
    xiaomi,
    meraki_cloud,
    nest_logsink,
    dicom,
    someip,
    ubiquiti_discovery,
    ptp,
    coap,
    sonos,
    artnet,
    sacn,
    osc,
    lifx,
    wiz,
    mndp,
    mavlink,
    nmea,
    fox,
    nbd,
    iscsi,
    ndmp,
    gdb_remote,
    codesys,
    melsec,
    ge_srtp,
    pcworx,
    wdb,
    gvcp,
    ethercat,
    asterix,

    // Databases, messages, files, directories.

    // Text: mail, chat, news, administration.

    // Networks: addresses, names, routing, management.
    netbios_ns,
    dnscrypt,
    mdns,
    llmnr,
    dns,

    // Remote desktops, tunnels.

    // Games.

    // Voice, media.
    rtp,

    // Peers, messengers, vendors' own.
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{PROTOCOLS, SAMPLES};
    use crate::candidates::Set;
    use crate::protocol::{DEEP, SHALLOW, Sample, Transport};
    use crate::testing::{Flow, Noise, TCP, UDP};

    #[test]
    fn entries_are_well_formed() {
        assert!(PROTOCOLS.len() <= Set::CAPACITY);
        let mut names = HashSet::new();
        for protocol in PROTOCOLS {
            let name = protocol.name;
            assert!(names.insert(name), "{name} twice");
            assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{name}");
            assert!(!protocol.category.is_empty() && !protocol.over.is_empty(), "{name}");
            assert!(!protocol.bound || !protocol.ports.is_empty(), "{name}");
            assert!([SHALLOW, DEEP].contains(&protocol.head), "{name}");
            let snake = |field: &str| field.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
            assert!(protocol.fields.iter().all(|field| snake(field)), "{name}");
        }
    }

    #[test]
    fn samples_are_told_from_near_misses() {
        let mut failures = Vec::new();
        for (protocol, samples) in PROTOCOLS.iter().zip(SAMPLES) {
            let name = protocol.name;
            assert!(!samples.positive.is_empty(), "{name} has no sample");
            assert!(!samples.near_miss.is_empty(), "{name} has no near miss");
            for (number, sample) in samples.positive.iter().enumerate() {
                let label = play(sample);
                if label != Some(name) {
                    failures.push(format!("{name}: sample {number} became {label:?}"));
                }
            }
            for (number, sample) in samples.near_miss.iter().enumerate() {
                if play(sample) == Some(name) {
                    failures.push(format!("{name}: near miss {number} was taken for it"));
                }
            }
        }
        assert!(failures.is_empty(), "{failures:#?}");
    }

    /// Fields that are noted are those that the protocol lists.
    #[test]
    fn noted_fields_are_listed() {
        for (protocol, samples) in PROTOCOLS.iter().zip(SAMPLES) {
            for sample in samples.positive {
                for (field, _) in &played(sample).inspection.facts().details {
                    assert!(protocol.fields.contains(field), "{} does not list {field}", protocol.name);
                }
            }
        }
    }

    /// No answer matters here, only that there is one: what parsers make of anything at all.
    #[test]
    fn samples_survive_mutation() {
        let mut noise = Noise(7);
        for samples in SAMPLES {
            for sample in samples.positive.iter().chain(samples.near_miss) {
                for _ in 0..50 {
                    let mut flow = flow(sample);
                    for (from_src, payload) in sample.said {
                        let mut payload = payload.to_vec();
                        for _ in 0..1 + noise.next() % 3 {
                            let at = noise.next() as usize % payload.len();
                            payload[at] = noise.next() as u8;
                        }
                        payload.truncate(1 + noise.next() as usize % (payload.len() * 2));
                        if *from_src {
                            flow.src(&payload)
                        } else {
                            flow.dst(&payload)
                        };
                    }
                }
            }
        }
    }

    fn flow(sample: &Sample) -> Flow {
        let transport = if sample.transport == Transport::Tcp { TCP } else { UDP };
        Flow::new(transport, sample.ports.0, sample.ports.1)
    }

    fn played(sample: &Sample) -> Flow {
        let mut flow = flow(sample);
        for (from_src, payload) in sample.said {
            if *from_src {
                flow.src(payload)
            } else {
                flow.dst(payload)
            };
        }
        flow
    }

    fn play(sample: &Sample) -> Option<&'static str> {
        played(sample).name()
    }
}
