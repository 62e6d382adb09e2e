//! Packets with errors in them: whatever comes off the wire is counted, never a panic.
//!
//! Packets of this project's captures are damaged by chance, always the same chance, and must pass
//! what the fuzz targets check (`fuzz/README.md`), which use the same modules. `MUTATIONS=10000000
//! cargo test --release -p netmonsec-engine --test mutations -- --nocapture` tries more.

#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a panic is a finding here")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bases;
mod capture_file;
mod chance;
mod decode;
mod devices;
mod dpi;
mod fields;
mod flows;

use bases::Base;
use chance::Chance;

#[test]
fn decode_ethernet() {
    mutate("decode, ethernet", &bases::links(&["ethernet"]), decode::check);
}

#[test]
fn decode_cooked() {
    mutate(
        "decode, cooked and loopback",
        &bases::links(&["linux-sll", "linux-sll2", "loopback"]),
        decode::check,
    );
}

#[test]
fn decode_ip() {
    mutate("decode, bare IP", &bases::links(&["ip", "ipv4", "ipv6"]), decode::check);
}

#[test]
fn decode_serial() {
    mutate("decode, PPP and Cisco HDLC", &bases::links(&["ppp", "cisco-hdlc"]), decode::check);
}

#[test]
fn decode_wireless() {
    mutate("decode, 802.11", &bases::links(&["ieee80211", "radiotap", "ppi"]), decode::check);
}

#[test]
fn decode_between() {
    mutate("decode, tags, labels and PPPoE", &bases::between(), decode::check);
}

#[test]
fn decode_tunnels() {
    mutate("decode, tunnels", &bases::tunnels(), decode::check);
}

#[test]
fn capture_files() {
    mutate("capture files", &bases::capture_files(), capture_file::check);
}

#[test]
fn flow_table() {
    mutate("flows", &bases::flows(), flows::check);
}

#[test]
fn protocols() {
    mutate("protocols", &bases::payloads(), dpi::check);
}

#[test]
fn inventory() {
    mutate("devices", &bases::neighbours(), devices::check);
}

/// Damages `bases` until the wanted number of packets has been through `check`.
fn mutate(what: &str, bases: &[Base], check: impl Fn(&[u8])) {
    let wanted: u64 =
        std::env::var("MUTATIONS").map_or(200_000, |n| n.parse().expect("MUTATIONS is a number"));
    assert!(!bases.is_empty(), "nothing to damage");
    for base in bases {
        let input = Shown(&base.bytes);
        check(input.0);
    }
    let mut chance = Chance::new(what);
    let (mut packets, mut inputs) = (0, 0u64);
    let mut damaged = Vec::new();
    while packets < wanted {
        let base = &bases[chance.below(bases.len())];
        damaged.clear();
        damaged.extend(&base.bytes);
        let other = &bases[chance.below(bases.len())];
        for _ in 0..=chance.below(4) {
            chance.damage(&mut damaged, &other.bytes);
        }
        let input = Shown(&damaged);
        check(input.0);
        packets += base.packets;
        inputs += 1;
    }
    println!("{what}: {packets} damaged packets in {inputs} inputs, from {} that were whole", bases.len());
}

/// An input that is shown if it makes its check panic, so that it can become a test.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let hex: String = self.0.iter().map(|b| format!("{b:02x}")).collect();
            eprintln!("the input, {} bytes: {hex}", self.0.len());
        }
    }
}
