use std::time::Duration;

use super::*;
use crate::config::{ByteSize, Fanout, Level};

fn refuse(text: &str) -> String {
    parse(Some((Path::new("c.toml"), text)), &[]).unwrap_err().to_string()
}

fn refuse_set(set: &str) -> String {
    parse(None, &[set.to_owned()]).unwrap_err().to_string()
}

fn sets(sets: &[&str]) -> Config {
    parse(None, &sets.iter().map(|&s| s.to_owned()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn nothing_set_is_the_default() {
    assert_eq!(parse(None, &[]).unwrap(), Config::default());
    assert_eq!(parse(Some((Path::new("c.toml"), "")), &[]).unwrap(), Config::default());
    let whole = parse(Some((Path::new("c.toml"), Config::annotated_default())), &[]);
    assert_eq!(whole.unwrap(), Config::default());
}

#[test]
fn file_over_default_and_set_over_file() {
    let text = "[capture]\nrings = 3\nring_mib = 64\n[flow]\ntimeouts = { udp = \"5s\" }\n";
    let over = ["capture.rings=4".to_owned(), "capture.rings = 5".to_owned()];
    let config = parse(Some((Path::new("c.toml"), text)), &over).unwrap();
    assert_eq!((config.capture.rings, config.capture.ring_mib), (5, 64));
    assert_eq!(config.flow.timeouts.udp.get(), Duration::from_secs(5));
    assert_eq!(config.capture.retire_ms, 20);
}

#[test]
fn sets_take_toml_and_bare_words() {
    let config = sets(&[
        "log.level=debug",
        "capture.fanout='flows'",
        "limits.memory=512MiB",
        "capture.promiscuous=false",
        r#"networks.local=["10.1.0.0/16", "fd00::/8"]"#,
        "flow.timeouts.tcp_closed=5s",
    ]);
    assert_eq!(config.log.level, Level::Debug);
    assert_eq!(config.capture.fanout, Fanout::Flows);
    assert_eq!(config.limits.memory, ByteSize(512 << 20));
    assert!(!config.capture.promiscuous);
    assert_eq!(config.networks.local.len(), 2);
    assert_eq!(config.flow.timeouts.tcp_closed.get(), Duration::from_secs(5));
}

#[test]
fn unknown_keys() {
    assert_eq!(
        refuse("[capture]\n\nring_mb = 64\n"),
        "c.toml:3:1: capture.ring_mb: no such key; did you mean `capture.ring_mib`?"
    );
    assert_eq!(refuse("[captrue]\nrings = 2"), "c.toml:1:2: captrue: no such key; did you mean `capture`?");
    assert_eq!(refuse("  level = 'info'"), "c.toml:1:3: level: no such key; did you mean `log.level`?");
    assert_eq!(refuse("log.'level.x' = 1"), "c.toml:1:5: log.level.x: no such key; no name has a dot in it");
    assert_eq!(
        refuse_set("capture.ring=2"),
        "--set 'capture.ring=2': capture.ring: no such key; did you mean `capture.rings`?"
    );
}

#[test]
fn wrong_kinds() {
    assert_eq!(
        refuse("[capture]\nrings = \"many\""),
        "c.toml:2:9: capture.rings: is the text \"many\", must be a whole number"
    );
    assert_eq!(
        refuse("flow.timeouts.udp = 30"),
        "c.toml:1:21: flow.timeouts.udp: is the number 30, must be a text in quotes such as \"2m\""
    );
    assert_eq!(
        refuse("capture.interfaces = \"eth0\""),
        "c.toml:1:22: capture.interfaces: is the text \"eth0\", must be a list of texts such as [\"...\", \"...\"]"
    );
    assert_eq!(
        refuse("capture.interfaces = [\n  \"eth0\",\n  7]"),
        "c.toml:3:3: capture.interfaces[2]: is the number 7, must be a text in quotes"
    );
    assert_eq!(refuse("log = 1"), "c.toml:1:7: log: is a section; write [log] and its keys below");
    assert_eq!(
        refuse("capture.promiscuous = 'yes'"),
        "c.toml:1:23: capture.promiscuous: is the text \"yes\", must be true or false"
    );
    assert_eq!(
        refuse("[capture.rings]\nx = 1"),
        "c.toml:1:10: capture.rings: is a section, must be a whole number"
    );
}

#[test]
fn bad_values() {
    assert_eq!(refuse("capture.rings = -1"), "c.toml:1:17: capture.rings: is -1, must be from 0 to 64");
    assert_eq!(
        refuse("capture.retire_ms = 9999999999"),
        "c.toml:1:21: capture.retire_ms: is 9999999999, must be from 1 to 1000"
    );
    assert_eq!(
        refuse("[capture]\nfanout = 'flow' # comment"),
        "c.toml:2:10: capture.fanout: `flow` is not one of addresses, flows; did you mean `flows`?"
    );
    assert_eq!(
        refuse("networks.local = [\"10.0.0.0/8\", \"192.168.1.7/24\"]"),
        "c.toml:1:33: networks.local[2]: `192.168.1.7/24` has host bits set; the network is 192.168.1.0/24"
    );
    assert_eq!(
        refuse_set("limits.memory=512"),
        "--set 'limits.memory=512': limits.memory: is the number 512, must be a text in quotes such as \"1GiB\""
    );
    assert!(
        refuse_set("flow.timeouts.udp=soon")
            .starts_with("--set 'flow.timeouts.udp=soon': flow.timeouts.udp: `soon` is no duration; write")
    );
}

#[test]
fn settings_that_do_not_fit_together() {
    assert_eq!(
        refuse("capture.interfaces = [\"eth0\", \"eth1\", \"eth0\"]"),
        "c.toml:1:39: capture.interfaces[3]: is named twice; each interface is watched once"
    );
    assert!(refuse("capture.interfaces = ['a/b']").contains("[1]: cannot be the name of an interface"));
    for bad in ["192.0.2.1:4739", "sctp://host", "udp://host:0", "udp://a\\tb"] {
        let refused = refuse(&format!("ipfix.collector = \"{bad}\""));
        assert!(refused.contains("ipfix.collector: is no collector, such as udp://"), "{refused}");
    }
    assert_eq!(
        refuse("capture.block_kib = 1000"),
        "c.toml:1:21: capture.block_kib: is 1000, must be a power of two, such as 512 or 1024"
    );
    assert_eq!(
        refuse("[capture]\nring_mib = 3\n"),
        "c.toml:2:12: capture.ring_mib: a ring of 3 MiB must be a multiple of its blocks of 1024 KiB and hold at \
         least 4 of them; set capture.ring_mib to 4 or more"
    );
    // The setting that was written is blamed, not the default that it clashes with.
    assert!(
        refuse("capture.block_kib = 16384").starts_with("c.toml:1:21: capture.block_kib: a ring of 32 MiB")
    );
    assert_eq!(
        refuse("capture.snaplen = 64"),
        "c.toml:1:19: capture.snaplen: is 64, must be 0 (whole packets) or at least 128: headers need that much"
    );
    assert_eq!(
        refuse("flow.timeouts.active = '8d'"),
        "c.toml:1:24: flow.timeouts.active: is 8d, must be from 1s to 7d"
    );
    assert_eq!(
        refuse("limits.memory = '1MiB'"),
        "c.toml:1:17: limits.memory: is 1MiB, must be at least 64MiB"
    );
}

#[test]
fn outputs_that_cannot_work_are_told_without_their_secrets() {
    assert_eq!(
        refuse("webhook = ['http://h/hunter2']"),
        "c.toml:1:12: webhook[1]: is a text, must be a section"
    );
    assert_eq!(
        refuse("webhook = 'http://h/hunter2'"),
        "c.toml:1:11: webhook: is a text, must be a list of texts such as [\"...\", \"...\"]"
    );
    let unknown = refuse("[[webhook]]\nurl = 'http://h/hunter2'\nformat = 'teams'");
    assert!(
        unknown.contains("webhook[1]: unknown variant `teams`") && !unknown.contains("hunter"),
        "{unknown}"
    );
    assert_eq!(
        refuse("store.path = ''\nsyslog.server = 'udp://h'"),
        "c.toml:2:17: syslog.server: needs the folder of the history; set store.path, too"
    );
    let no_token = refuse("[influx]\nurl = 'http://h'\nbucket = 'b'\norg = 'o'");
    assert!(no_token.contains("influx.token: is empty; a bucket needs it"), "{no_token}");
}

#[test]
fn no_toml() {
    assert!(refuse("[capture\nrings = 1").starts_with("c.toml:1:9: "), "{}", refuse("[capture\nrings = 1"));
    assert!(refuse("a = 1\na = 2").starts_with("c.toml:2:1: duplicate key"), "{}", refuse("a = 1\na = 2"));
    assert_eq!(
        refuse_set("verbose"),
        "--set 'verbose': has no `=`; write KEY=VALUE, such as --set log.level=debug"
    );
    assert_eq!(
        refuse_set("a b=1"),
        "--set 'a b=1': `a b` is no key; write KEY=VALUE, such as --set log.level=debug"
    );
}

#[test]
fn all_problems_at_once_in_their_order() {
    let text = "[log]\nlevel = 'loud'\n[capture]\nrings = 65\nignore = ['x']\n";
    let over = ["log.level=2".to_owned(), "a=1".to_owned()];
    assert_eq!(
        parse(Some((Path::new("c.toml"), text)), &over).unwrap_err().to_string(),
        "5 problems in the configuration
  c.toml:2:9: log.level: `loud` is not one of off, error, warn, info, debug, trace
  c.toml:4:9: capture.rings: is 65, must be from 0 to 64
  c.toml:5:11: capture.ignore[1]: `x` is no network; write one like 192.168.1.0/24 or fd00::/8
  --set 'log.level=2': log.level: is the number 2, must be a text in quotes such as \"info\"
  --set 'a=1': a: no such key; the sections are api, capture, detect, dpi, flow, geo, influx, inventory, ipfix, limits, log, networks, store, syslog, webhook"
    );
}

#[test]
fn nothing_in_a_message_reaches_the_terminal_raw() {
    for text in ["log.level = \"\\u001b[2J\"", "\"\\u001b[2J\" = 1", "capture.ignore = [\"\\u202e\"]"] {
        assert!(!refuse(text).contains(['\x1b', '\u{202e}']), "{text}");
    }
    assert!(!refuse_set("log.level=\x1b[2J").contains('\x1b'));
}

#[test]
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.toml"), "capture.rings = 2").unwrap();
    fs::write(at("b.toml"), "capture.rings = 3").unwrap();
    fs::write(at("latin.toml"), b"# x\nlog.level = '\xe9'").unwrap();
    let (a, b, none) = (at("a.toml"), at("b.toml"), at("none.toml"));

    let named = Config::load_from(Some(&b), &[&a], &[]).unwrap();
    assert_eq!((named.config.capture.rings, named.source), (3, Source::File(b.clone())));
    let found = Config::load_from(None, &[&none, &a, &b], &[]).unwrap();
    assert_eq!((found.config.capture.rings, found.source), (2, Source::File(a)));
    let nothing = Config::load_from(None, &[&none], &["capture.rings=7".to_owned()]).unwrap();
    assert_eq!((nothing.config.capture.rings, nothing.source), (7, Source::Defaults));

    let refuse = |path: &Path| {
        let error = Config::load_from(Some(path), &[], &[]).unwrap_err().to_string();
        error.replace(&folder.path().to_string_lossy().into_owned(), "DIR")
    };
    assert_eq!(refuse(&none), "DIR/none.toml: there is no such file; leave out -c for the defaults");
    assert_eq!(refuse(folder.path()), "DIR: this is a directory; name the file in it");
    assert_eq!(refuse(&at("latin.toml")), "DIR/latin.toml: line 2 is not UTF-8 text; save the file as UTF-8");
    // Only a file that is not there is passed over.
    assert!(Config::load_from(None, &[&at("latin.toml"), &b], &[]).is_err());
}

#[test]
fn protocols_of_ones_own() {
    let text = r#"
[dpi]
[[dpi.protocols]]
name = "acme"
transport = "tcp"
ports = [5010]
patterns = [{ offset = 0, hex = "50 00" }, { text = "ACME" }]
[[dpi.protocols]]
name = "other"
hosts = ["plc.example.com"]
"#;
    let config = parse(Some((Path::new("c.toml"), text)), &[]).unwrap();
    let [acme, other] = config.dpi.protocols.as_slice() else { panic!("{config:?}") };
    assert_eq!(
        acme.get().patterns.first().map(|p| (p.offset, p.bytes.as_slice())),
        Some((Some(0), &[0x50, 0][..]))
    );
    assert_eq!((acme.get().tcp, acme.get().udp, other.get().udp), (true, false, true));
    assert_eq!(other.get().category, "custom");

    for (rule, what) in [
        ("name = \"Acme\"\nports = [1]", "name: `Acme` must be of small letters, digits and hyphens"),
        ("name = \"acme\"", "`acme` has no ports, patterns or hosts to know it by"),
        ("name = \"acme\"\nport = [1]", "unknown field `port`"),
        ("name = \"acme\"\nports = [70000]", "70000"),
        ("name = \"acme\"\npatterns = [{ hex = \"5\" }]", "`5` is no hex"),
        ("name = \"acme\"\npatterns = [{ hex = \"50 00\", text = \"P\" }]", "either text or hex"),
        ("name = \"acme\"\npatterns = [{ text = \"P\" }]", "at least 2 bytes"),
        ("name = \"acme\"\ntransport = \"sctp\"\nports = [1]", "`sctp` is not one of tcp, udp, both"),
        ("name = \"acme\"\nhosts = [\"*.example.com\"]", "`*.example.com` is no host name"),
        ("name = \"tls\"\nports = [1]", "`tls` is built in"),
        ("name = \"acme\"\nports = [1]\n[[dpi.protocols]]\nname = \"acme\"\nports = [2]", "defined twice"),
    ] {
        let error = refuse(&format!("[[dpi.protocols]]\n{rule}\n"));
        assert!(error.starts_with("c.toml:") && error.contains(what), "{error}");
    }
    assert!(refuse("[dpi]\napplications = \"/nowhere\"").contains("No such file"));
}

#[test]
fn a_database_that_cannot_be_used_is_told_with_its_place() {
    let missing = refuse("[geo]\ndatabases = [\"/nowhere/a.mmdb\"]");
    assert!(missing.starts_with("c.toml:2:14: geo.databases[1]: /nowhere/a.mmdb: No such file"), "{missing}");
    let none = refuse("[geo]\ndatabases = [\"Cargo.toml\"]");
    assert!(none.contains("Cargo.toml: no database in MaxMind's format"), "{none}");
    assert!(!sets(&["geo.embedded=false"]).geo.embedded);
}

#[test]
fn signatures_that_cannot_be_used_are_told_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = |text: &[u8]| {
        let path = folder.path().join("mine.fp");
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let with = |path: &str| format!("[inventory]\nos_signatures = [\"{path}\"]");
    let good = "[tcp:request]\nlabel = s:unix:AcmeOS:7\nsig = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0\n";
    let mine = file(good.as_bytes());
    let config = parse(Some((Path::new("c.toml"), &with(&mine))), &[]).unwrap();
    let table = config.inventory.signatures().unwrap();
    assert_eq!(table.len(), inventory::os::Table::builtin().len() + 1);

    let place = format!("c.toml:2:18: inventory.os_signatures[1]: {mine}:");
    file(good.replace("id+:0", "id%:0").as_bytes());
    assert_eq!(refuse(&with(&mine)), format!("{place}3:43: unknown quirk"));
    file(b"[mtu]\nlabel = Ethernet\nsig = 1500\n");
    assert_eq!(refuse(&with(&mine)), format!("{place} has no signature in [tcp:request] or [tcp:response]"));
    file(b"[tcp:request]\nlabel = s:unix:\xff:7\n");
    assert_eq!(refuse(&with(&mine)), format!("{place} is not UTF-8 text"));
    assert!(
        refuse(&with("/nowhere/mine.fp"))
            .ends_with("/nowhere/mine.fp: No such file or directory (os error 2)")
    );
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_answered(text: String, line in "[a-z_.]{0,12} ?= ?[\\PC]{0,12}") {
        for text in [text, line] {
            let file = parse(Some((Path::new("c.toml"), &text)), &[]);
            let set = parse(None, &[text]);
            for error in [file, set].into_iter().filter_map(Result::err) {
                assert!(!error.to_string().chars().any(|c| c.is_control() && c != '\n'), "{error}");
            }
        }
    }
}
