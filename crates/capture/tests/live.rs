//! Live capture against the kernel, in network namespaces that the tests make. Needs root.

// Test code: a panic is a failure with a place in it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod lab;

mod live {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use capture::live::{
        Event, Fanout, LinkState, LiveError, Ring, RingConfig, default_interface, interfaces, tuning, wait,
    };
    use wire::{LinkType, VlanTag};

    use crate::lab::frames::{self, KINDS, conversation, ethernet, flow_of};
    use crate::lab::{self, FAR, Lab, NEAR, Seen, Sender, collect, config};

    #[test]
    fn vlan_tags_leave_the_frame_once() {
        let Some(lab) = Lab::new("vlan_tags_leave_the_frame_once") else { return };
        lab.enter(|| {
            let mut rings = [Ring::open(&RingConfig { id: 7, ..config(FAR) }).unwrap()];
            let sender = Sender::new(NEAR);
            let body = [0x5a; 60];
            /// What is sent, the tag that is taken out, what is left.
            type Case = (&'static [u16], Option<(u16, u16)>, &'static [u16]);
            let cases: [Case; 7] = [
                (&[0x0800], None, &[0x0800]),
                (&[0x8100, 0xb064, 0x0800], Some((0x8100, 0xb064)), &[0x0800]),
                (&[0x8100, 0, 0x0800], Some((0x8100, 0)), &[0x0800]),
                (&[0x88a8, 200, 0x0800], Some((0x88a8, 200)), &[0x0800]),
                (&[0x88a8, 200, 0x8100, 100, 0x0800], Some((0x88a8, 200)), &[0x8100, 100, 0x0800]),
                (&[0x8100, 200, 0x8100, 100, 0x0800], Some((0x8100, 200)), &[0x8100, 100, 0x0800]),
                (&[0x9100, 200, 0x8100, 100, 0x0800], None, &[0x9100, 200, 0x8100, 100, 0x0800]),
            ];
            cases.iter().for_each(|(sent, ..)| sender.send(&ethernet(false, sent, &body)));
            let seen = collect(&mut rings, cases.len());
            assert_eq!(seen.len(), cases.len());
            for (seen, (sent, tag, left)) in seen.iter().zip(cases) {
                assert_eq!(seen.vlan(), tag.map(|(tpid, tci)| VlanTag { tpid, tci }), "{sent:04x?}");
                let expected = ethernet(false, left, &body);
                assert_eq!(seen.bytes, expected, "{sent:04x?}");
                assert_eq!(seen.record.wire_len as usize, expected.len());
                assert_eq!((seen.record.interface, seen.record.link), (7, LinkType::Ethernet));
            }
            assert!(seen.is_sorted_by_key(|s| s.record.time));
        });
    }

    #[test]
    fn snap_length_cuts_bytes_but_not_lengths() {
        let Some(lab) = Lab::new("snap_length_cuts_bytes_but_not_lengths") else { return };
        lab.enter(|| {
            let mut rings = [Ring::open(&RingConfig { snaplen: Some(96), ..config(FAR) }).unwrap()];
            let sender = Sender::new(NEAR);
            for len in [46, 1400] {
                sender.send(&ethernet(false, &[0x8100, 5, 0x0800], &vec![1; len]));
            }
            let lengths: Vec<_> =
                collect(&mut rings, 2).iter().map(|s| (s.record.captured, s.record.wire_len)).collect();
            assert_eq!(lengths, [(60, 60), (96, 1414)]);
        });
    }

    #[test]
    fn promiscuous_as_long_as_it_lives() {
        let Some(lab) = Lab::new("promiscuous_as_long_as_it_lives") else { return };
        let promiscuity = |n| {
            let text = lab.ip(&format!("-d link show {FAR}")).unwrap();
            assert!(text.contains(&format!("promiscuity {n} ")), "{text}");
        };
        lab.enter(|| {
            promiscuity(0);
            let ring = Ring::open(&config(FAR)).unwrap();
            promiscuity(1);
            drop(ring);
            promiscuity(0);
            let _ring = Ring::open(&RingConfig { promiscuous: false, ..config(FAR) }).unwrap();
            promiscuity(0);
        });
    }

    #[test]
    fn every_packet_is_received_or_counted() {
        let Some(lab) = Lab::new("every_packet_is_received_or_counted") else { return };
        lab.enter(|| {
            let small = RingConfig { block_bytes: 128 << 10, blocks: 2, ..config(FAR) };
            let mut ring = Ring::open(&small).unwrap();
            let sender = Sender::new(NEAR);
            let mut seen = Vec::new();
            for _ in 0..2 {
                // 560 kB into 256 KiB.
                (0..400).for_each(|_| sender.send(&ethernet(false, &[0x0800], &[0; 1386])));
                seen.append(&mut collect(std::slice::from_mut(&mut ring), 1));
            }
            assert_eq!(ring.stats().packets, 800);
            ring.drain(|block| lab::frames_of(&block, 0, &mut seen)).unwrap();
            let stats = ring.stats();
            assert_eq!((stats.packets, stats.received()), (800, seen.len() as u64));
            assert!(stats.drops > 0 && stats.freezes > 0, "{stats:?}");
            assert!(stats.losing_blocks > 0 && stats.losing_blocks <= stats.blocks, "{stats:?}");
            assert_eq!(stats, ring.stats());
        });
    }

    #[test]
    fn a_block_may_be_kept_while_others_come() {
        let Some(lab) = Lab::new("a_block_may_be_kept_while_others_come") else { return };
        lab.enter(|| {
            let small = RingConfig { block_bytes: 128 << 10, blocks: 3, ..config(FAR) };
            let mut rings = [Ring::open(&small).unwrap()];
            let sender = Sender::new(NEAR);
            let next = |rings: &mut [Ring], number: u8| {
                sender.send(&ethernet(false, &[0x0800], &[number; 100]));
                while !wait(rings, Duration::from_millis(100)).unwrap().blocks {}
                rings[0].next_block().unwrap()
            };
            let frame = |block: &capture::live::RingBlock| {
                let mut seen = Vec::new();
                lab::frames_of(block, 0, &mut seen);
                seen.iter().map(|s| s.bytes[14]).collect::<Vec<_>>()
            };
            let kept: Vec<_> = (0..3).map(|n| next(&mut rings, n)).collect();
            // The ring has come round to a block that is still out: it is not handed out again.
            assert!(rings[0].next_block().is_none());
            assert!(!wait(&mut rings, Duration::from_millis(1)).unwrap().blocks);
            assert_eq!(kept.iter().flat_map(frame).collect::<Vec<_>>(), [0, 1, 2]);
            std::thread::spawn(move || drop(kept)).join().unwrap();
            assert_eq!(frame(&next(&mut rings, 3)), [3]);
            // A block outlives its ring.
            let last = next(&mut rings, 4);
            drop(rings);
            assert_eq!(frame(&last), [4]);
        });
    }

    #[test]
    fn the_open_block_comes_out_at_the_end() {
        let Some(lab) = Lab::new("the_open_block_comes_out_at_the_end") else { return };
        lab.enter(|| {
            let mut ring = Ring::open(&RingConfig { retire_ms: 200, ..config(FAR) }).unwrap();
            let sender = Sender::new(NEAR);
            let mut seen = Vec::new();
            (0..10).for_each(|n| sender.send(&ethernet(false, &[0x0800], &[n; 60])));
            ring.drain(|block| {
                // Too late to be captured.
                sender.send(&ethernet(false, &[0x0800], &[99; 60]));
                lab::frames_of(&block, 0, &mut seen);
            })
            .unwrap();
            assert_eq!(seen.iter().map(|s| s.bytes[14]).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());

            // It also ends if the blocks are kept.
            let mut ring = Ring::open(&config(FAR)).unwrap();
            sender.send(&ethernet(false, &[0x0800], &[7; 60]));
            let mut kept = Vec::new();
            ring.drain(|block| kept.push(block)).unwrap();
            assert_eq!(kept.len(), 1);
        });
    }

    /// Sends 40 conversations in both directions past a group of `count` rings; the first direction
    /// leaves the device `forth`, the other the device `back`. The rings of each conversation.
    fn rings_by_flow(kind: &str, rings: &mut [Ring], forth: &str, back: &str) -> BTreeMap<u16, Vec<usize>> {
        let ends = [Sender::new(forth), Sender::new(back)];
        let mut sent = 0;
        for flow in 0..40 {
            for (back, sender) in [false, true].into_iter().zip(&ends) {
                for frame in conversation(kind, flow, back) {
                    sender.send(&frame);
                    sent += 1;
                }
            }
        }
        let seen = collect(rings, sent);
        assert_eq!(seen.len(), sent, "{kind}");
        let mut flows = BTreeMap::new();
        for Seen { ring, bytes, .. } in seen {
            let rings: &mut Vec<usize> = flows.entry(flow_of(&bytes)).or_default();
            rings.push(ring);
        }
        flows.values_mut().for_each(|rings| {
            rings.sort_unstable();
            rings.dedup();
        });
        assert_eq!(flows.len(), 40, "{kind}");
        flows
    }

    #[test]
    fn rings_by_address_keep_conversations_together() {
        let Some(lab) = Lab::new("rings_by_address_keep_conversations_together") else { return };
        lab.enter(|| {
            // A mirror port, where all is received, and a host's own device, where one direction is sent.
            for (place, device, forth, back) in [("mirror", FAR, NEAR, NEAR), ("host", NEAR, NEAR, FAR)] {
                for (kind, count) in KINDS.into_iter().flat_map(|kind| [(kind, 2), (kind, 3)]) {
                    let mut rings = Ring::open_group(&config(device), count, Fanout::Addresses).unwrap();
                    let flows = rings_by_flow(kind, &mut rings, forth, back);
                    let split = flows.values().filter(|rings| rings.len() > 1).count();
                    let mut load = vec![0; count];
                    flows.values().for_each(|rings| load[rings[0]] += 1);
                    println!("{place}, {kind}: {split} of 40 split, load {load:?}");
                    assert_eq!(split, 0, "{place}, {kind}: {flows:?}");
                    assert!(load.iter().all(|&n| n >= 40 / count / 3), "{place}, {kind}: {load:?}");
                }
            }
        });
    }

    #[test]
    fn rings_by_flow_keep_whole_received_flows_together() {
        let Some(lab) = Lab::new("rings_by_flow_keep_whole_received_flows_together") else { return };
        lab.enter(|| {
            for kind in ["plain", "vlan", "asymmetric vlan", "qinq", "ipv6", "sctp", "icmp"] {
                let mut rings = Ring::open_group(&config(FAR), 2, Fanout::Flows).unwrap();
                let flows = rings_by_flow(kind, &mut rings, NEAR, NEAR);
                assert!(flows.values().all(|rings| rings.len() == 1), "{kind}: {flows:?}");
            }
        });
    }

    #[test]
    fn ring_and_function_agree() {
        let Some(lab) = Lab::new("ring_and_function_agree") else { return };
        lab.enter(|| {
            let mut rings = Ring::open_group(&config(FAR), 3, Fanout::Addresses).unwrap();
            let sender = Sender::new(NEAR);
            let pair = |n: u8| [[10, n, 1, 1].into(), [172, 16, n, 200 - n].into()];
            for n in 0..100 {
                let [from, to] = pair(n);
                let packet = frames::ip(from, to, frames::UDP, &[n; 50]);
                sender.send(&ethernet(false, &[0x0800], &packet));
            }
            let seen = collect(&mut rings, 100);
            assert_eq!(seen.len(), 100);
            for frame in seen {
                let [from, to] = pair(frame.bytes[40]);
                assert_eq!(frame.ring, capture::live::address_hash(to, from) as usize % 3);
            }
        });
    }

    #[test]
    fn groups_do_not_mix() {
        let Some(lab) = Lab::new("groups_do_not_mix") else { return };
        lab.enter(|| {
            // Two on one device, one on another: each group gets every packet of its device once.
            let mut groups = [(FAR, Fanout::Addresses), (FAR, Fanout::Flows), (NEAR, Fanout::Addresses)]
                .map(|(device, fanout)| Ring::open_group(&config(device), 2, fanout).unwrap());
            let sender = Sender::new(NEAR);
            (0..40).flat_map(|flow| conversation("plain", flow, false)).for_each(|f| sender.send(&f));
            for group in &mut groups {
                assert_eq!(collect(group, 40).len(), 40);
                assert!(wait(group, Duration::from_millis(100)).unwrap().timed_out);
            }
        });
    }

    /// Waits for an event of ring 0.
    fn await_event(rings: &mut [Ring], wanted: Event) {
        for _ in 0..50 {
            let ready = wait(rings, Duration::from_millis(100)).unwrap();
            if ready.events.contains(&(0, wanted)) {
                return;
            }
            assert!(ready.events.is_empty(), "{:?} instead of {wanted:?}", ready.events);
            lab::take(rings, &mut Vec::new());
        }
        panic!("no {wanted:?}");
    }

    /// Sends until a frame arrives: after `up` the carrier takes its time.
    fn hears_again(rings: &mut [Ring], sender: &Sender) {
        for _ in 0..100 {
            let _ = sender.try_send(&ethernet(false, &[0x0800], &[1; 60]));
            wait(rings, Duration::from_millis(100)).unwrap();
            let mut seen = Vec::new();
            lab::take(rings, &mut seen);
            if !seen.is_empty() {
                return;
            }
        }
        panic!("nothing received");
    }

    #[test]
    fn a_link_that_goes_down_comes_back() {
        let Some(lab) = Lab::new("a_link_that_goes_down_comes_back") else { return };
        lab.enter(|| {
            let mut rings = [Ring::open(&config(FAR)).unwrap()];
            let sender = Sender::new(NEAR);
            for _ in 0..2 {
                lab.ip(&format!("link set {FAR} down")).unwrap();
                await_event(&mut rings, Event::LinkDown);
                assert_eq!(rings[0].link_state(), LinkState::Down);
                // Poll sleeps: an error that stayed would bring it back at once.
                for _ in 0..3 {
                    assert!(wait(&mut rings, Duration::from_millis(20)).unwrap().timed_out);
                }
                assert!(matches!(Ring::open(&config(FAR)), Err(LiveError::Down { .. })));
                lab.ip(&format!("link set {FAR} up")).unwrap();
                await_event(&mut rings, Event::LinkUp);
                hears_again(&mut rings, &sender);
            }
        });
    }

    #[test]
    fn a_group_survives_a_link_that_goes_down() {
        let Some(lab) = Lab::new("a_group_survives_a_link_that_goes_down") else { return };
        lab.enter(|| {
            let mut rings = Ring::open_group(&config(FAR), 2, Fanout::Addresses).unwrap();
            lab.ip(&format!("link set {FAR} down")).unwrap();
            while rings.iter().any(|r| r.link_state() == LinkState::Up) {
                wait(&mut rings, Duration::from_millis(100)).unwrap();
            }
            lab.ip(&format!("link set {FAR} up")).unwrap();
            let sender = Sender::new(NEAR);
            hears_again(&mut rings, &sender);
            (0..40).flat_map(|flow| conversation("fragments", flow, false)).for_each(|f| sender.send(&f));
            let seen = collect(&mut rings, 120);
            let load = |n| seen.iter().filter(|s| s.ring == n).count();
            assert!(seen.len() >= 120 && load(0) > 0 && load(1) > 0);
        });
    }

    #[test]
    fn a_device_that_goes_is_found_again() {
        let Some(lab) = Lab::new("a_device_that_goes_is_found_again") else { return };
        lab.enter(|| {
            let mut rings = Ring::open_group(&config(FAR), 2, Fanout::Addresses).unwrap();
            Sender::new(NEAR).send(&ethernet(false, &[0x0800], &[1; 60]));
            collect(&mut rings, 1);
            lab.ip(&format!("link del {FAR}")).unwrap();
            while rings.iter().any(|r| r.link_state() != LinkState::Gone) {
                wait(&mut rings, Duration::from_millis(100)).unwrap();
            }
            // Gone is said once, and waiting for nothing sleeps.
            let ready = wait(&mut rings, Duration::from_millis(10)).unwrap();
            assert!(ready.timed_out && ready.events.is_empty());
            let error = rings[0].reopen().unwrap_err();
            let LiveError::NoSuchInterface { name, nearest } = &error else { panic!("{error}") };
            assert_eq!((name.as_str(), nearest.as_slice()), (FAR, &["lo".to_owned()][..]));

            lab.add_pair().unwrap();
            rings.iter_mut().for_each(|ring| ring.reopen().unwrap());
            let sender = Sender::new(NEAR);
            hears_again(&mut rings, &sender);
            (0..40).flat_map(|flow| conversation("vlan", flow, false)).for_each(|f| sender.send(&f));
            let seen = collect(&mut rings, 40);
            assert!(seen.len() >= 40);
            assert!((0..2).all(|n| seen.iter().any(|s| s.ring == n)), "one ring gets all");
            let packets: u64 = rings.iter_mut().map(|r| r.stats().packets).sum();
            assert!(packets > 41, "statistics go on: {packets}");
        });
    }

    #[test]
    fn a_device_that_moves_away_is_gone() {
        let Some(lab) = Lab::new("a_device_that_moves_away_is_gone") else { return };
        let Some(other) = Lab::new("a_device_that_moves_away_is_gone") else { return };
        lab.ip(&format!("link set {NEAR} name moving0")).unwrap();
        lab.enter(|| {
            let mut rings = [Ring::open(&config("moving0")).unwrap()];
            // The name may change.
            lab.ip("link set moving0 down").unwrap();
            lab.ip("link set moving0 name moved0").unwrap();
            lab.ip("link set moved0 up").unwrap();
            wait(&mut rings, Duration::from_millis(100)).unwrap();
            hears_again(&mut rings, &Sender::new(FAR));
            let id = std::fs::read_link("/proc/thread-self/ns/net").unwrap();
            other.enter(|| assert_ne!(id, std::fs::read_link("/proc/thread-self/ns/net").unwrap()));
            lab.ip(&format!("link set moved0 netns {}", other.name())).unwrap();
            while rings[0].link_state() != LinkState::Gone {
                wait(&mut rings, Duration::from_millis(100)).unwrap();
            }
        });
    }

    #[test]
    fn loopback_with_and_without_what_is_sent() {
        let Some(lab) = Lab::new("loopback_with_and_without_what_is_sent") else { return };
        lab.enter(|| {
            for (ignore_outgoing, times) in [(false, 2), (true, 1)] {
                let mut rings = [Ring::open(&RingConfig { ignore_outgoing, ..config("lo") }).unwrap()];
                lab::send_over_loopback(b"datagram");
                let seen = collect(&mut rings, times);
                assert_eq!(seen.len(), times);
                assert!(wait(&mut rings, Duration::from_millis(100)).unwrap().timed_out);
                for frame in seen {
                    assert_eq!(frame.record.link, LinkType::Ethernet);
                    assert_eq!((frame.bytes.len(), &frame.bytes[42..]), (50, &b"datagram"[..]));
                }
            }
        });
    }

    #[test]
    fn tunnel_devices_give_bare_ip() {
        let Some(lab) = Lab::new("tunnel_devices_give_bare_ip") else { return };
        if !std::path::Path::new("/dev/net/tun").exists() {
            println!("SKIPPED live::tunnel_devices_give_bare_ip: needs /dev/net/tun");
            return;
        }
        lab.enter(|| {
            use std::io::Write;
            let mut tun = lab::open_tun("tun7");
            lab.ip("link set tun7 up").unwrap();
            let mut rings = Ring::open_group(&config("tun7"), 2, Fanout::Addresses).unwrap();
            for n in 0..20 {
                let packet = frames::ip([10, 0, 0, n].into(), [10, 1, 0, 3].into(), frames::UDP, &[n; 30]);
                tun.write_all(&packet).unwrap();
            }
            let seen = collect(&mut rings, 20);
            assert_eq!(seen.len(), 20);
            for frame in seen {
                assert_eq!((frame.record.link, frame.bytes[0], frame.bytes.len()), (LinkType::Raw, 0x45, 50));
                let hash =
                    capture::live::address_hash([10, 0, 0, frame.bytes[20]].into(), [10, 1, 0, 3].into());
                assert_eq!(frame.ring, hash as usize % 2);
            }
        });
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let Some(lab) = Lab::new("errors_say_what_is_wrong") else { return };
        lab.enter(|| {
            let Err(LiveError::NoSuchInterface { nearest, .. }) = Ring::open(&config("far1")) else {
                panic!()
            };
            assert_eq!(nearest.first().map(String::as_str), Some(FAR));
            assert!(matches!(
                Ring::open(&config("a-name-longer-than-names-are")),
                Err(LiveError::NoSuchInterface { .. })
            ));
            lab.ip(&format!("link set {FAR} down")).unwrap();
            let error = Ring::open(&config(FAR)).unwrap_err().to_string();
            assert_eq!(error, format!("interface {FAR} is down; bring it up: ip link set {FAR} up"));
        });
    }

    #[test]
    fn without_the_capability_it_says_so() {
        let Some(lab) = Lab::new("without_the_capability_it_says_so") else { return };
        lab.enter(|| {
            use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
            assert!(tuning::capabilities().net_raw);
            let mut sets = capabilities(None).unwrap();
            sets.effective.remove(CapabilitySet::NET_RAW | CapabilitySet::NET_ADMIN);
            set_capabilities(None, sets).unwrap();
            assert_eq!(tuning::capabilities(), tuning::Capabilities::default());
            let error = Ring::open(&config(FAR)).unwrap_err();
            assert!(matches!(error, LiveError::NotPermitted { .. }), "{error}");
        });
    }

    #[test]
    fn the_default_is_where_the_route_goes() {
        let Some(lab) = Lab::new("the_default_is_where_the_route_goes") else { return };
        lab.enter(|| {
            assert_eq!(default_interface().as_deref(), Some(FAR), "the first that is up");
            lab.ip(&format!("address add 10.9.0.1/24 dev {NEAR}")).unwrap();
            lab.ip("route add default via 10.9.0.2 metric 50").unwrap();
            assert_eq!(default_interface().as_deref(), Some(NEAR));

            let found = interfaces().unwrap();
            let near = found.iter().find(|i| i.name == NEAR).unwrap();
            assert_eq!(near.addresses, [("10.9.0.1".parse().unwrap(), 24)]);
            assert!(near.up && near.running && !near.loopback && near.mac.is_some());
            assert_eq!((near.mtu, near.link_type), (Some(1500), Some(LinkType::Ethernet)));
        });
    }

    #[test]
    fn offloads_are_read() {
        let Some(lab) = Lab::new("offloads_are_read") else { return };
        lab.enter(|| {
            let offloads = tuning::offloads(FAR);
            assert!(
                offloads.gro.is_some() && offloads.tso.is_some() && offloads.lro.is_some(),
                "{offloads:?}"
            );
        });
    }
}
