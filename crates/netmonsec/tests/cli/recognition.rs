//! What flows are called, where more than their own bytes has a say.

use serde_json::Value;

use crate::common::{json_lines, run, stdout_of, text};
use crate::sample::Folder;

const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/captures/related.pcap");

fn flow_of(flows: &[Value], port: u16) -> &Value {
    flows.iter().find(|flow| flow["src_port"] == port || flow["dst_port"] == port).unwrap()
}

fn read(more: &[&str]) -> Vec<Value> {
    json_lines(&text(&stdout_of(&[&["read", "--json", CAPTURE], more].concat())))
}

#[test]
fn a_name_that_was_resolved_before_is_the_flows() {
    let flows = read(&[]);
    let name = |port| {
        (flow_of(&flows, port)["hostname"].as_str(), flow_of(&flows, port)["hostname_source"].as_str())
    };
    assert_eq!(name(46_002), (Some("plc.example.com"), Some("dns")));
    assert_eq!(name(46_001), (None, None), "nobody had asked yet");
    assert_eq!(name(46_003), (None, None), "another client asked");
}

#[test]
fn announced_connections_are_known() {
    for workers in ["1", "4"] {
        let flows = read(&["--workers", workers]);
        for port in [50_000, 46_014] {
            let flow = flow_of(&flows, port);
            assert_eq!(
                (&flow["protocol"], &flow["confidence"]),
                (&"ftp-data".into(), &"likely".into()),
                "{flow}"
            );
        }
        let control = flow_of(&flows, 46_010);
        assert_eq!(
            (&control["protocol"], &control["ftp"]["user"]),
            (&"ftp".into(), &"example".into()),
            "{control}"
        );
        assert_eq!(control["risks"], serde_json::json!(["cleartext-credentials"]));
        assert!(!control.to_string().contains("331"), "{control}");
    }
}

#[test]
fn protocols_and_applications_of_ones_own() {
    let folder = Folder::new();
    let applications = folder.file("own.toml", b"[industrial]\nour-press = [\"plc.example.com\"]\n");
    let config = format!(
        "[dpi]\napplications = \"{applications}\"\n\
         [[dpi.protocols]]\nname = \"acme\"\nhosts = [\"example.com\"]\n\
         [[dpi.protocols]]\nname = \"ours\"\ntransport = \"tcp\"\nports = [21]\npatterns = [{{ offset = 0, text = \"220 files\" }}]\n\
         [[dpi.protocols]]\nname = \"secret\"\nports = [7443]\n"
    );
    let config = folder.file("c.toml", config.into_bytes());
    let flows = read(&["-c", &config]);
    let after = flow_of(&flows, 46_002);
    assert_eq!((&after["protocol"], &after["application"]), (&"acme".into(), &"our-press".into()), "{after}");
    assert_eq!(after["category"], "industrial");
    let before = flow_of(&flows, 46_001);
    assert_eq!(
        (&before["protocol"], &before["port_hint"]),
        (&"unknown".into(), &"secret".into()),
        "{before}"
    );
    assert_eq!(flow_of(&flows, 46_010)["protocol"], "ours");

    let wrong = folder.file("w.toml", b"[[dpi.protocols]]\nname = \"x\"\nports = [99999]\n");
    let output = run(&["read", CAPTURE, "-c", &wrong]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("dpi.protocols[1]"), "{}", text(&output.stderr));
}
