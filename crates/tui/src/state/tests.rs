use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use serde_json::json;

use super::*;

fn press(state: &mut State, keys: &str) {
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\x1b' => KeyCode::Esc,
            '\t' => KeyCode::Tab,
            c => KeyCode::Char(c),
        };
        state.update(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)), 0);
    }
}

fn answer(state: &mut State, ask: Ask, value: Value) {
    let turn = state.turn;
    state.update(Message::Answer { ask, turn, result: Ok(value) }, 0);
}

fn protocols(names: &[&str]) -> Value {
    let items: Vec<_> = names.iter().map(|name| json!({"name": name, "flows": name.len()})).collect();
    json!({"items": items})
}

fn at_protocols(names: &[&str]) -> State {
    let mut state = State::new("http://127.0.0.1:8080", true);
    press(&mut state, "5");
    answer(&mut state, Ask::Protocols, protocols(names));
    state
}

fn current(state: &State) -> &str {
    state.list().current(state.page).map(|row| list::text(row, "name")).unwrap_or_default()
}

#[test]
fn the_cursor_stays_on_its_record() {
    let mut state = at_protocols(&["tls", "dns", "ssh"]);
    press(&mut state, "j");
    assert_eq!(current(&state), "dns");
    answer(&mut state, Ask::Protocols, protocols(&["smb", "tls", "ssh", "dns"]));
    assert_eq!(current(&state), "dns");
    // At the top it shows what is new.
    press(&mut state, "g");
    answer(&mut state, Ask::Protocols, protocols(&["http", "dns"]));
    assert_eq!(current(&state), "http");
    press(&mut state, "jjjjj");
    assert_eq!(current(&state), "dns");
    press(&mut state, "kkkkk");
    assert_eq!(current(&state), "http");
    answer(&mut state, Ask::Protocols, protocols(&[]));
    press(&mut state, "jGg\nk");
    assert_eq!(current(&state), "");
}

#[test]
fn long_lists_scroll_with_the_cursor() {
    let names: Vec<String> = (0..100).map(|i| format!("p{i:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut state = at_protocols(&names);
    let height = state.list_height();
    press(&mut state, "G");
    assert_eq!((current(&state), state.list().offset), ("p99", 100 - height));
    state.update(Message::Key(KeyEvent::new(KeyCode::PageUp, KeyModifiers::NONE)), 0);
    assert_eq!(state.list().cursor(Page::Protocols), 99 - height);
    press(&mut state, "g");
    assert_eq!(state.list().offset, 0);
}

#[test]
fn sorting_goes_through_the_columns_and_back() {
    let mut state = at_protocols(&["b", "ccc", "aa"]);
    press(&mut state, "s");
    assert_eq!(current(&state), "aa");
    press(&mut state, "r");
    assert_eq!(current(&state), "ccc");
    press(&mut state, "S");
    assert_eq!(state.list().order, Order::default());
    // Backwards: the last column, flows, the most first.
    press(&mut state, "S");
    assert_eq!(current(&state), "ccc");
    press(&mut state, "s");
    assert_eq!(state.list().order, Order::default());
}

#[test]
fn devices_are_ordered_by_the_instance_too() {
    let mut state = State::new("http://127.0.0.1:8080", true);
    press(&mut state, "2");
    assert_eq!(state.wish().sort, None);
    press(&mut state, "s");
    assert_eq!(state.wish().sort.as_deref(), Some("name"));
    press(&mut state, "SSSS");
    assert_eq!(state.wish().sort.as_deref(), Some("-local"));
}

#[test]
fn devices_beyond_the_first_page_are_asked_for_when_the_cursor_comes_to_them() {
    let mut state = State::new("http://127.0.0.1:8080", true);
    press(&mut state, "2");
    let page = |from: usize, to: usize, total: usize| {
        let items: Vec<_> = (from..to).map(|i| json!({"id": format!("mac-{i:05}")})).collect();
        if to < total {
            json!({"items": items, "total": total, "next": to.to_string()})
        } else {
            json!({"items": items, "total": total})
        }
    };
    answer(&mut state, Ask::Devices, page(0, 1000, 4500));
    press(&mut state, "jjj");
    assert_eq!(state.wish().pages, 1);
    for _ in 0..60 {
        state.update(Message::Key(KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE)), 0);
    }
    assert_eq!(state.wish().pages, 2);
    answer(&mut state, Ask::Devices, page(0, 2000, 4500));
    assert_eq!(state.wish().pages, 2);
    // Whoever goes to the end wants all of them.
    press(&mut state, "G");
    assert_eq!(state.wish().pages, 5);
    answer(&mut state, Ask::Devices, page(0, 4500, 4500));
    press(&mut state, "G");
    assert_eq!(state.wish().pages, 5);
    assert_eq!(state.list().cursor(Page::Devices), 4499);
    // Another filter begins anew.
    press(&mut state, "/online = true\n");
    assert_eq!(state.wish().pages, 1);
}

#[test]
fn a_filter_is_asked_and_taken_off() {
    let mut state = State::new("http://127.0.0.1:8080", true);
    press(&mut state, "3/port = 443\x1b");
    assert_eq!((state.wish().filter.as_str(), &state.editor), ("", &None));
    press(&mut state, "/protocol = tls q\n");
    let wish = state.wish();
    let asked = |path: &str| wish.questions().iter().any(|(_, asked, _)| asked == path);
    assert!(asked("flows?live=true&limit=500&filter=protocol%20%3D%20tls%20q"), "{:?}", wish.questions());
    // An answer to the question of before comes late.
    let late = json!({"items": [{"id": "old"}]});
    state.update(Message::Answer { ask: Ask::Flows, turn: wish.turn - 1, result: Ok(late) }, 0);
    assert!(state.list().rows.is_empty());
    press(&mut state, "\x1b");
    assert_eq!(state.wish().filter, "");
    assert!(state.wish().turn > wish.turn);
    // Where there is nothing to filter, nothing opens.
    press(&mut state, "5/");
    assert_eq!(state.editor, None);
}

#[test]
fn while_paused_nothing_moves_but_details_open() {
    let mut state = at_protocols(&["tls"]);
    press(&mut state, "p");
    answer(&mut state, Ask::Protocols, protocols(&["dns"]));
    answer(&mut state, Ask::Stats, json!({"bits_per_second": 8}));
    assert_eq!((current(&state), state.stats.is_none(), state.rates.len()), ("tls", true, 0));
    press(&mut state, "\n");
    assert!(state.detail.is_some());
    press(&mut state, "\x1bp");
    answer(&mut state, Ask::Protocols, protocols(&["dns"]));
    assert_eq!(current(&state), "dns");
}

#[test]
fn a_device_is_asked_for_while_it_is_looked_at() {
    let mut state = State::new("http://127.0.0.1:8080", true);
    press(&mut state, "2");
    answer(&mut state, Ask::Devices, json!({"items": [{"id": "mac-00/1"}], "total": 1}));
    press(&mut state, "\n");
    let questions = state.wish().questions();
    assert!(questions.iter().any(|(_, path, _)| path == "devices/mac-00%2F1"), "{questions:?}");
    answer(&mut state, Ask::Device, json!({"id": "mac-00/1", "services": []}));
    assert!(state.detail.as_ref().is_some_and(|detail| detail.is_whole));
    press(&mut state, "q");
    assert!(state.detail.is_none() && !state.is_over && state.wish().device.is_none());
    press(&mut state, "q");
    assert!(state.is_over);
}

#[test]
fn pages_by_number_tab_and_mouse() {
    let mut state = State::new("http://127.0.0.1:8080", true);
    press(&mut state, "6\t");
    assert_eq!(state.page, Page::Overview);
    press(&mut state, "\n");
    assert_eq!(state.page, Page::Alerts);
    press(&mut state, "0789");
    assert_eq!(state.page, Page::Alerts);
    let mouse =
        |kind, column, row| Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    let click = MouseEventKind::Down(MouseButton::Left);
    // "netmonsec 1 Overview 2 Devices …"
    state.update(mouse(click, 22, 0), 0);
    assert_eq!(state.page, Page::Devices);
    answer(&mut state, Ask::Devices, json!({"items": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}));
    state.update(mouse(click, 5, ABOVE_LIST + 2), 0);
    assert_eq!(state.list().cursor(Page::Devices), 2);
    state.update(mouse(MouseEventKind::ScrollUp, 5, 9), 0);
    assert_eq!(state.list().cursor(Page::Devices), 0);
    state.update(mouse(click, 5, ABOVE_LIST + 7), 0);
    assert!(state.detail.is_none());
    state.update(mouse(click, 5, ABOVE_LIST), 0);
    assert!(state.detail.is_some());
}

#[test]
fn a_lost_connection_is_kept_in_mind_until_an_answer() {
    let mut state = State::new("http://127.0.0.1:8080", true);
    state.update(Message::Lost { reason: "refused".into(), retry_s: 4 }, 10);
    assert_eq!(state.link, Link::Down { reason: "refused".into(), retry_at_s: 14 });
    answer(&mut state, Ask::Stats, json!({}));
    assert_eq!(state.link, Link::Up);
}

#[test]
fn remembered_rates_are_bounded() {
    let mut state = State::new("http://127.0.0.1:8080", true);
    for i in 0..2000 {
        answer(&mut state, Ask::Stats, json!({"bits_per_second": i}));
    }
    assert_eq!((state.rates.len(), state.rates.back()), (RATES, Some(&1999)));
}
