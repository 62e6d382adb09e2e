use std::io;
use std::process::{Command, Stdio};

use crate::{Namespace, skipped};

/// The monitor's end of the mirror port.
pub const MONITOR: &str = "mon0";
/// Every host's device.
pub const PORT: &str = "eth0";

/// Hosts on a switch that mirrors what each of them sends, once, to a monitor.
///
/// Made by [`Span::new`] host `i` (from 1) is 10.77.0.i at 02:77:00:00:00:0i and knows its neighbours, so that nobody
/// but the test says anything. Offloads are off: frames are as they are on a wire.
#[derive(Debug)]
pub struct Span {
    /// Host 1 is the first.
    pub hosts: Vec<Namespace>,
    /// Has [`MONITOR`].
    pub monitor: Namespace,
    _switch: Namespace,
}

impl Span {
    /// Nothing, with a word about it, where the machine does not allow it.
    pub fn new(test: &str, hosts: u8) -> Option<Self> {
        let macs: Vec<String> = (1..=hosts).map(mac).collect();
        let macs: Vec<&str> = macs.iter().map(String::as_str).collect();
        Self::unless_refused(test, || {
            let span = Self::build(&macs)?;
            span.acquaint(hosts)?;
            Ok(span)
        })
    }

    /// Hosts with these hardware addresses whose devices are down: once up they find one another
    /// as hosts do, with IPv6 as well.
    pub fn asleep(test: &str, macs: &[&str]) -> Option<Self> {
        Self::unless_refused(test, || {
            let span = Self::build(macs)?;
            span.hosts.iter().for_each(Namespace::allow_ipv6);
            Ok(span)
        })
    }

    fn unless_refused(test: &str, build: impl FnOnce() -> io::Result<Self>) -> Option<Self> {
        let skip = |why: &str| {
            skipped(&format!("live::{test}"), why);
            None
        };
        if !rustix::process::geteuid().is_root() {
            return skip("needs root");
        }
        match build() {
            Ok(span) => Some(span),
            Err(why) => skip(&format!("needs namespaces, veth, a bridge and tc mirred: {why}")),
        }
    }

    fn build(macs: &[&str]) -> io::Result<Self> {
        let (switch, monitor) = (Namespace::new()?, Namespace::new()?);
        switch.ip("link add br0 type bridge stp_state 0 mcast_snooping 0")?;
        switch.ip("link set br0 up")?;
        switch.ip(&format!("link add span0 type veth peer name {MONITOR} netns {}", monitor.name()))?;
        switch.ip("link set span0 up")?;
        monitor.ip(&format!("link set {MONITOR} up arp off"))?;
        offloads_off(&monitor, MONITOR);
        let mut hosts = Vec::new();
        for (mac, i) in macs.iter().zip(1..) {
            let host = Namespace::new()?;
            let name = host.name();
            switch.ip(&format!("link add p{i} type veth peer name {PORT} address {mac} netns {name}"))?;
            switch.ip(&format!("link set p{i} master br0 up"))?;
            offloads_off(&host, PORT);
            switch.tc(&format!("qdisc add dev p{i} clsact"))?;
            let mirror = "protocol all prio 1 u32 match u32 0 0 action mirred egress mirror dev span0";
            switch.tc(&format!("filter add dev p{i} ingress {mirror}"))?;
            hosts.push(host);
        }
        Ok(Self { hosts, monitor, _switch: switch })
    }

    fn acquaint(&self, count: u8) -> io::Result<()> {
        for (host, i) in self.hosts.iter().zip(1..) {
            host.ip(&format!("link set {PORT} up"))?;
            host.ip(&format!("addr add 10.77.0.{i}/24 dev {PORT}"))?;
            for peer in (1..=count).filter(|&peer| peer != i) {
                host.ip(&format!("neigh add 10.77.0.{peer} lladdr {} dev {PORT} nud permanent", mac(peer)))?;
            }
        }
        Ok(())
    }
}

fn mac(host: u8) -> String {
    format!("02:77:00:00:00:{host:02x}")
}

/// Without ethtool(8) frames are larger than on a wire, for everybody who looks at them.
fn offloads_off(namespace: &Namespace, device: &str) {
    namespace.enter(|| {
        let arguments = ["-K", device, "tso", "off", "gso", "off", "gro", "off", "tx", "off"];
        let _ = Command::new("ethtool").args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    });
}
