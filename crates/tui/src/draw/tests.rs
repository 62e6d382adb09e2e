use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::{Value, json};

use super::*;
use crate::page::Ask;
use crate::state::Message;

/// What an instance answers, in short.
const ANSWERS: &str = include_str!("../../tests/answers.json");

fn press(state: &mut State, keys: &str) {
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            c => KeyCode::Char(c),
        };
        state.update(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)), 20);
    }
}

fn answered(state: &mut State, ask: Ask, result: Result<Value, Trouble>) {
    let turn = state.wish().turn;
    state.update(Message::Answer { ask, turn, result }, 20);
}

/// A state with all that its page asks for.
fn fill(state: &mut State) {
    let answers: Value = serde_json::from_str(ANSWERS).unwrap();
    for (ask, _, _) in state.wish().questions() {
        let value = match ask {
            Ask::OpenAlerts => &answers["Alerts"],
            Ask::TopDevices => &answers["Devices"],
            ask => &answers[format!("{ask:?}")],
        };
        assert!(!value.is_null(), "{ask:?}");
        answered(state, ask, Ok(value.clone()));
    }
}

fn filled(keys: &str) -> State {
    let mut state = State::new("http://127.0.0.1:8080", true);
    fill(&mut state);
    for key in keys.chars() {
        press(&mut state, &key.to_string());
        fill(&mut state);
    }
    state
}

fn drawn(state: &mut State, size: (u16, u16)) -> String {
    state.update(Message::Resized(size.0, size.1), 20);
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(state, frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let rows = buffer.content.chunks(usize::from(size.0));
    let lines = rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>());
    lines.map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Compares with `tests/screens/NAME-WIDTHxHEIGHT.txt`; with NETMONSEC_WRITE_SCREENS set, writes it.
fn check(name: &str, state: &mut State) {
    for size in [(80, 24), (120, 40)] {
        let shown = drawn(state, size);
        let file = format!("{}/tests/screens/{name}-{}x{}.txt", env!("CARGO_MANIFEST_DIR"), size.0, size.1);
        if std::env::var_os("NETMONSEC_WRITE_SCREENS").is_some() {
            std::fs::create_dir_all(Path::new(&file).parent().unwrap()).unwrap();
            std::fs::write(&file, &shown).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap();
        assert!(shown == expected, "{file} is otherwise:\n{shown}");
    }
}

#[test]
fn overview() {
    check("overview", &mut filled("1"));
}

#[test]
fn devices() {
    check("devices", &mut filled("2j"));
    check("device", &mut filled("2\n"));
}

#[test]
fn flows() {
    check("flows", &mut filled("3ssssss"));
    check("flow", &mut filled("3\n"));
}

#[test]
fn alerts() {
    check("alerts", &mut filled("4"));
    check("alert", &mut filled("4\n"));
}

#[test]
fn protocols() {
    check("protocols", &mut filled("5"));
}

#[test]
fn capture() {
    check("capture", &mut filled("6"));
}

#[test]
fn help_is_a_page() {
    check("help", &mut filled("?"));
}

#[test]
fn nothing_yet() {
    let mut state = State::new("http://127.0.0.1:8080", true);
    check("asking", &mut state);
    let nothing = json!({"items": [], "total": 0});
    for (ask, _, _) in state.wish().questions() {
        answered(&mut state, ask, Ok(nothing.clone()));
    }
    check("empty-overview", &mut state);
    for (key, name) in
        [("2", "no device yet"), ("3", "no flow is over yet"), ("4", "nothing is wrong so far")]
    {
        press(&mut state, key);
        for (ask, _, _) in state.wish().questions() {
            answered(&mut state, ask, Ok(nothing.clone()));
        }
        assert!(drawn(&mut state, (80, 24)).to_lowercase().contains(name), "{name}");
    }
}

#[test]
fn an_error_points_into_the_filter() {
    let mut state = filled("3");
    press(&mut state, "/protocol = tls and foo > 1\n");
    let detail = "filter, column 20: there is no field `foo`".to_owned();
    let refused = Trouble::Refused { status: 400, detail, column: Some(20) };
    answered(&mut state, Ask::Flows, Err(refused));
    let shown = drawn(&mut state, (80, 24));
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[2].starts_with("filter: protocol = tls and foo > 1"), "{shown}");
    let pointer = "                           ^ filter, column 20: there is no field `foo`";
    assert_eq!(lines[3], pointer);
    assert_eq!(lines[2].chars().nth(pointer.find('^').unwrap()), Some('f'));
    // A narrow screen tells it below.
    let shown = drawn(&mut state, (60, 24));
    assert!(shown.contains("\nfilter, column 20"), "{shown}");
}

#[test]
fn a_lost_connection_says_why_and_what_is_still_true() {
    let mut state = filled("2");
    let reason = "io: Connection refused".to_owned();
    state.update(Message::Lost { reason, retry_s: 8 }, 30);
    state.update(Message::Tick, 33);
    let mut terminal = Terminal::new(TestBackend::new(110, 24)).unwrap();
    terminal.draw(|frame| draw(&state, frame)).unwrap();
    let shown = terminal.backend().to_string();
    let told =
        "No connection to http://127.0.0.1:8080: io: Connection refused; next try in 5 s, shown is 13 s old";
    assert!(shown.contains(told), "{shown}");
    assert!(shown.contains("living-room-tv"), "{shown}");
}

#[test]
fn the_filter_is_written_where_it_stands() {
    let mut state = filled("2");
    press(&mut state, "/os ~ lin");
    assert!(drawn(&mut state, (80, 24)).contains("\nfilter: os ~ lin\n"));
    press(&mut state, &"x".repeat(300));
    assert!(drawn(&mut state, (80, 24)).contains("xxxx\n"));
}

/// Every text an instance could have from the wire.
fn poison(value: &mut Value, text: &str) {
    match value {
        Value::String(old) if old.parse::<jiff::Timestamp>().is_err() => *old = text.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, text)),
        Value::Object(fields) => fields.values_mut().for_each(|field| poison(field, text)),
        _ => {}
    }
}

#[test]
fn hostile_texts_do_nothing_to_the_terminal() {
    let answers: Value = serde_json::from_str(ANSWERS).unwrap();
    let long = "x".repeat(5000);
    for hostile in ["\x1b[2J\x1b]0;x\x07\r\n\t", "gpj.\u{202e}exe\u{2066}\u{200b}", "日本\u{301}", "", &long]
    {
        let mut poisoned = answers.clone();
        poison(&mut poisoned, hostile);
        for keys in ["1", "2", "2\n", "3", "3\n", "4", "4\n", "5", "5\n", "6"] {
            let mut state = State::new("http://127.0.0.1:8080", true);
            for key in keys.chars() {
                press(&mut state, &key.to_string());
                for (ask, _, _) in state.wish().questions() {
                    let name = match ask {
                        Ask::OpenAlerts => "Alerts".to_owned(),
                        Ask::TopDevices => "Devices".to_owned(),
                        ask => format!("{ask:?}"),
                    };
                    answered(&mut state, ask, Ok(poisoned[name].clone()));
                }
            }
            for size in [(80, 24), (40, 10), (200, 60)] {
                let shown = drawn(&mut state, size);
                let bad = |c: char| {
                    c.is_control() && c != '\n'
                        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
                };
                assert!(!shown.contains(bad), "{keys:?} {hostile:?}: {shown:?}");
            }
        }
    }
}

#[test]
fn answers_of_another_shape_are_no_reason_to_fall_over() {
    for value in
        [json!(null), json!([]), json!({"items": 3}), json!({"items": [null, 1, "x", []]}), json!("x")]
    {
        for keys in ["1", "2", "2\n", "3", "3\n", "4", "4\n", "5", "5\n", "6"] {
            let mut state = State::new("http://127.0.0.1:8080", false);
            for key in keys.chars() {
                press(&mut state, &key.to_string());
                for (ask, _, _) in state.wish().questions() {
                    answered(&mut state, ask, Ok(value.clone()));
                }
            }
            assert!(drawn(&mut state, (80, 24)).starts_with("netmonsec 1 Overview"));
        }
    }
}

#[test]
fn every_size_can_be_drawn() {
    for keys in ["1", "2", "3", "4\n", "5", "6", "?"] {
        let mut state = filled(keys);
        for columns in [1, 2, 20, 39, 40, 41, 61, 79, 81, 300] {
            for rows in [1, 2, 9, 10, 11, 23, 100] {
                let shown = drawn(&mut state, (columns, rows));
                assert_eq!(shown.lines().count(), usize::from(rows));
            }
        }
        assert!(drawn(&mut state, (39, 24)).contains("too small"));
    }
}

#[test]
fn without_colours_nothing_is_coloured() {
    let mut state = State::new("http://127.0.0.1:8080", false);
    fill(&mut state);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(&state, frame)).unwrap();
    let plain = |style: Color| style == Color::Reset;
    assert!(terminal.backend().buffer().content.iter().all(|cell| plain(cell.fg) && plain(cell.bg)));
}
