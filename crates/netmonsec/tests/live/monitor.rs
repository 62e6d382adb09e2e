use rustix::process::Signal;
use serde_json::Value;
use testlab::{Namespace, Process, Sender, frames, until};

use crate::common::{json_lines, netmonsec, totals::Totals};

/// The program while it watches.
pub(crate) struct Monitor(pub(crate) Process);

/// What it said in the end.
pub(crate) struct Report {
    pub(crate) flows: Vec<Value>,
    pub(crate) totals: Totals,
    pub(crate) stderr: Vec<String>,
}

impl Monitor {
    /// Starts it in `namespace` with two rings on each interface, and waits until it watches.
    pub(crate) fn start(namespace: &Namespace, arguments: &[&str]) -> Self {
        let alone = ["--set", "store.path=\"\"", "--set", "api.listen=\"\""];
        let arguments = [&["--json", "--set", "capture.rings=2"], &alone[..], arguments].concat();
        let mut process = namespace.enter(|| Process::start(&mut netmonsec(&arguments)));
        process.says("watching ");
        Self(process)
    }

    /// The flows that are over so far.
    pub(crate) fn flows(&self) -> Vec<Value> {
        json_lines(&self.0.stdout().join("\n"))
    }

    /// The flow that was sent to this port is over.
    pub(crate) fn has_flow_to(&self, port: u16) -> bool {
        self.flows().iter().any(|flow| flow["dst_port"] == port)
    }

    /// Sends until a flow is seen: a port that has come up takes a while to get its carrier, and a
    /// configuration takes a second. Each datagram goes to a port of its own, from `first` on, for
    /// a flow that goes on does not end.
    pub(crate) fn hears(&self, sender: &Sender, first: u16) {
        let mut port = first;
        until("a flow", || {
            let _ = sender.try_send(&datagram(port));
            port += 1;
            let ports: Vec<_> = self.flows().iter().filter_map(|flow| flow["dst_port"].as_u64()).collect();
            (first..port).any(|port| ports.contains(&port.into()))
        });
    }

    /// Stops it; it must end well, and with the right sums.
    pub(crate) fn stop(self, signal: Signal) -> Report {
        self.0.signal(signal);
        let finished = self.0.finish();
        assert!(finished.status.success(), "{:?}", finished.stderr);
        let totals = Totals::of_farewell(&finished.stderr);
        totals.check();
        Report { flows: json_lines(&finished.stdout.join("\n")), totals, stderr: finished.stderr }
    }
}

/// A datagram that nobody answers, for no host has the address, to this port.
pub(crate) fn datagram(port: u16) -> Vec<u8> {
    let [from, to] = [[10, 77, 0, 1], [10, 99, 0, 2]].map(Into::into);
    frames::ethernet(false, &[0x0800], &frames::ip(from, to, frames::UDP, &frames::udp(5000, port, &[7; 30])))
}
