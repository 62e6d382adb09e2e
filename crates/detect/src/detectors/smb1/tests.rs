use dpi::Risk;

use crate::testing::{Bench, Session};

#[test]
fn one_alert_a_server() {
    let mut bench = Bench::new();
    for n in 1..=9 {
        let session = Session::new(n * 1000, &format!("10.0.1.{n}"), "10.0.0.9", 445, "smb");
        bench.session(&session.risk(Risk::Smb1));
        bench.session(&Session::new(n * 1000, &format!("10.0.1.{n}"), "10.0.0.8", 445, "smb"));
    }
    let alerts = bench.end("smb1");
    let [alert] = alerts.as_slice() else { panic!("{alerts:#?}") };
    assert_eq!((alert.title.as_str(), alert.count), ("10.0.0.9 speaks SMB 1", 9));
}
