use model::{Details, Value};

use super::service::attempts;
use crate::testing::record;

fn ftp(failures: u64) -> model::Flow {
    let fields = vec![("user", Value::Text("anna".into())), ("login_failures", Value::Number(failures))];
    model::Flow { protocol: "ftp", details: Some(Details { name: "ftp".into(), fields }), ..record() }
}

#[test]
fn refusals_in_clear_are_counted() {
    let flow = ftp(3);
    let tried = attempts(&flow).unwrap();
    assert_eq!((tried.service, tried.failed, tried.succeeded, tried.user), ("ftp", 3, false, Some("anna")));
}

#[test]
fn a_session_that_carries_more_than_a_login_did_not_fail() {
    let ssh = |src: u64, dst: u64, packets: u64| model::Flow {
        protocol: "ssh",
        src_payload_bytes: src,
        dst_payload_bytes: dst,
        src_packets: packets,
        duration_ms: 1500.0,
        ..record()
    };
    let (failed, worked, banner) = (ssh(1559, 2085, 17), ssh(3457, 5017, 25), ssh(42, 60, 5));
    assert_eq!(attempts(&failed).unwrap().failed, 3);
    assert_eq!((attempts(&worked).unwrap().failed, attempts(&worked).unwrap().succeeded), (0, true));
    assert!(attempts(&banner).is_none(), "nobody tried to log in");
}

#[test]
fn other_protocols_have_no_logins() {
    assert!(attempts(&model::Flow { protocol: "tls", ..record() }).is_none());
}
