//! TCP connections written down line by line.

use flow::{Ended, Settings};

use super::{ACK, FIN, MS, RST, SECOND, SYN, Segment, Table};

/// One line a segment: milliseconds, `>` from the client or `<` to it, flags, seq, ack, length,
/// and `w=` window, `ws=` window shift, `i=` IP identification, `ts=` value/echo if they matter.
pub fn run(script: &str) -> Vec<Ended> {
    run_with(script, &Settings::default())
}

/// The same with other settings.
pub fn run_with(script: &str, settings: &Settings) -> Vec<Ended> {
    let mut table = Table::new(settings);
    play(&mut table, script);
    let given = table.given;
    let ended = table.finish();
    let counted: u64 = ended.iter().flat_map(|e| e.entry.packets()).map(u64::from).sum();
    assert_eq!(counted, given, "every packet belongs to one flow");
    ended
}

/// Gives the segments to a table.
pub fn play(table: &mut Table, script: &str) {
    for (number, line) in script.lines().map(str::trim).filter(|l| !l.is_empty()).enumerate() {
        let mut words = line.split_whitespace();
        let at: f64 = words.next().unwrap().parse().unwrap();
        let from_client = words.next().unwrap() == ">";
        let flags = words.next().unwrap().chars().map(|c| match c {
            'S' => SYN,
            'F' => FIN,
            'R' => RST,
            'A' => ACK,
            _ => 0,
        });
        let mut number_of = || words.next().unwrap().parse::<u32>().unwrap();
        let (seq, ack, len) = (number_of(), number_of(), number_of());
        let mut segment = Segment {
            from_client,
            flags: flags.sum(),
            seq,
            ack,
            len: len as usize,
            window: 1000,
            id: number as u16 + 1,
            timestamps: None,
            scale: None,
        };
        for word in words {
            match word.split_once('=').unwrap() {
                ("w", value) => segment.window = value.parse().unwrap(),
                ("ws", value) => segment.scale = Some(value.parse().unwrap()),
                ("i", value) => segment.id = value.parse().unwrap(),
                ("ts", value) => {
                    let (value, echo) = value.split_once('/').unwrap();
                    segment.timestamps = Some((value.parse().unwrap(), echo.parse().unwrap()));
                }
                (other, _) => panic!("{other}?"),
            }
        }
        table.give(&segment.frame(), 1000 * SECOND + (at * MS as f64) as u64);
    }
}

pub fn one(script: &str) -> Ended {
    let mut ended = run(script);
    assert_eq!(ended.len(), 1);
    ended.remove(0)
}

pub const HANDSHAKE: &str = "
    0   > S  100 0 0
    10  < SA 500 101 0
    12  > A  101 501 0
";

pub fn after_handshake(rest: &str) -> Ended {
    one(&format!("{HANDSHAKE}{rest}"))
}
