use super::super::samples;
use super::*;

fn terminal(columns: u16, rows: u16, colour: bool) -> Terminal {
    Terminal { size: Some((columns, rows)), colour }
}

/// Everything written while the screen was open, and after.
fn output(stats: &Stats, terminal: Terminal) -> String {
    let mut out = Vec::new();
    LiveScreen::open(&mut out, terminal).unwrap().draw(stats, LivePage::Flows, false).unwrap();
    String::from_utf8(out).unwrap()
}

/// The lines of one frame, without its escapes.
fn lines(stats: &Stats, terminal: Terminal) -> Vec<String> {
    let output = output(stats, terminal);
    let frame = output.split(BEGIN_FRAME).nth(1).unwrap().split(END_FRAME).next().unwrap();
    frame.split("\r\n").map(|line| line.strip_suffix(CLEAR_TO_END_OF_LINE).unwrap().to_owned()).collect()
}

#[test]
fn a_frame_of_80_by_24() {
    let mut stats = samples::stats();
    stats.top = vec![samples::live_flow("www.example.org")];
    assert_eq!(
        lines(&stats, terminal(80, 24, false)).join("\n"),
        "\
netmonsec  12.3k packets/s  98.1 Mbit/s  1,234 open flows  running 1 h 02 min
eth1 down 7 dropped  eth0 up
received 1,234 = processed 1,200 + undecodable 30 + filtered 4 + shed 0
on wire 1,241 = received 1,234 + kernel drops 7
table full: 3 flows had to go early; limits.memory is too small
undecodable: ip-truncated 30

protocol   source           destination      host                 rate    bytes
tcp/tls    192.168…0:51514  [2001:d…:1]:443  www.example…  9.88 Mbit/s  1.23 MB"
    );
}

#[test]
fn every_size_is_kept() {
    let mut stats = samples::stats();
    stats.top = vec![samples::live_flow("\x1b[2J日本\u{202e}\r\n"); 100];
    stats.interfaces[0].name = "\x1b[31m".to_owned();
    for (columns, rows) in [(80, 24), (60, 10), (200, 60), (55, 3), (80, 1)] {
        let lines = lines(&stats, terminal(columns, rows, false));
        assert_eq!(lines.len(), usize::from(rows), "{columns}x{rows}");
        for line in lines {
            assert!(width(&line) <= columns.into(), "{columns}x{rows}: {line}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
    }
    for size in [(0, 0), (1, 1), (10, 2)] {
        output(&stats, terminal(size.0, size.1, true));
    }
}

#[test]
fn losses_are_red() {
    let output = output(&samples::stats(), terminal(80, 24, true));
    assert!(output.contains("\x1b[1;31m + kernel drops 7\x1b[0m"));
    assert!(output.contains("\x1b[1;31meth1 down\x1b[0m"));
    assert!(!output.contains("\x1b[1;31m + shed"));
}

#[test]
fn quiet_network() {
    let lines = lines(&Stats::default(), terminal(80, 24, false));
    assert_eq!(lines.last().unwrap(), "No packets in the last second.");
}

#[test]
fn the_terminal_is_given_back() {
    let output = output(&Stats::default(), terminal(80, 24, true));
    assert!(output.starts_with(ENTER));
    assert!(output.ends_with(LEAVE));
    // Overwriting does not flicker, clearing the screen does.
    assert!(!output.contains("\x1b[2J"));
}

#[test]
fn devices_fit_the_screen_and_stay_in_their_order() {
    use super::super::samples::device;
    let mut devices = [device("b"), device("a"), device("\x1b[31mevil")];
    devices[0].ips[1].ip = "192.168.1.3".parse().unwrap();
    devices[2].ips.clear();
    let mut out = Vec::new();
    let terminal = Terminal { size: Some((100, 30)), colour: false };
    LiveScreen::open(&mut out, terminal)
        .unwrap()
        .draw(&samples::stats(), LivePage::Devices(&devices), true)
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("[d]evices"), "{text}");
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not in {text}"));
    assert!(place("\r\nb ") < place("\r\na "), "by address");
    assert!(place("\r\na ") < place("\r\n\\u{1b}"), "without an address last, and its name harmless");
}
