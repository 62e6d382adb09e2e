use netmonsec::print::*;
fn main() {
    let out = std::io::stdout();
    let t = Terminal::of(&out);
    let arg = std::env::args().nth(1).unwrap_or_default();
    match arg.as_str() {
        "check" => {
            let r = netmonsec::check::run(None, &[], &std::env::args().skip(2).collect::<Vec<_>>());
            r.write(&mut out.lock(), t).unwrap();
            std::process::exit(i32::from(!r.passed()))
        }
        "checkjson" => netmonsec::check::run(None, &[], &[]).write_json(&mut out.lock()).unwrap(),
        "list" => netmonsec::list::write(&mut out.lock(), false, t).unwrap(),
        "progress" => {
            let p = Progress::new("x.pcap", Some(1_000_000_000));
            for i in 0..40 {
                p.set(i * 25_000_000, i * 1000);
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            p.note("a note");
            p.finish();
        }
        "panic" => {
            restore_terminal_on_panic();
            let mut s = LiveScreen::open(std::io::stdout(), t).unwrap();
            s.draw(&Default::default()).unwrap();
            panic!("x");
        }
        _ => match netmonsec::config::Config::load(None, &std::env::args().skip(1).collect::<Vec<_>>()) {
            Ok(c) => println!("{c:?}"),
            Err(e) => println!("{e}"),
        },
    }
}
