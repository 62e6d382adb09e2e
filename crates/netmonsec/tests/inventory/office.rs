//! An office on one switch: a gateway, hosts that know only their hardware addresses, a branch
//! office behind the gateway, and the world behind that.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use testlab::{MONITOR, Namespace, PORT, Process, Sender, Span, frames, until};

/// Who is there: a name for the test, and the hardware address.
pub(crate) const HOSTS: [(&str, &str); 11] = [
    ("gateway", "00:00:5e:00:53:01"),
    ("desk", "00:00:5e:00:53:20"),
    ("radio", "00:00:5e:00:53:31"),
    ("laptop", "00:00:5e:00:53:32"),
    ("phone", "5a:00:00:00:53:33"),
    ("printer", "00:00:5e:00:53:41"),
    ("visitor", "00:00:5e:00:53:42"),
    ("files", "00:00:5e:00:53:51"),
    ("media", "00:00:5e:00:53:61"),
    ("switch", "00:00:5e:00:53:71"),
    ("old-switch", "00:00:5e:00:53:72"),
];
/// What the phone calls itself later.
pub(crate) const PHONE_AGAIN: &str = "5a:00:00:00:53:34";

pub(crate) const GATEWAY: &str = "10.77.0.1";
pub(crate) const BRANCH: &str = "10.88.0.5";
/// Web servers out there.
pub(crate) const WORLD: [&str; 5] =
    ["198.18.5.1", "198.18.5.2", "198.18.5.3", "203.0.113.9", "2001:db8:99::1"];

pub(crate) struct Office {
    span: Span,
    world: Namespace,
    branch: Namespace,
    folder: tempfile::TempDir,
    tcpdump: Option<Process>,
}

impl Office {
    /// Nothing, with a word about it, where the machine does not allow it. All hosts are asleep.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let macs: Vec<&str> = HOSTS.iter().map(|(_, mac)| *mac).collect();
        let span = Span::asleep(test, &macs)?;
        let [world, branch] = [(); 2].map(|()| Namespace::new().unwrap());
        world.allow_ipv6();
        let folder = tempfile::tempdir().unwrap();
        let mut office = Self { span, world, branch, folder, tcpdump: None };
        office.tcpdump = Some(office.start_tcpdump());
        office.open_gateway();
        Some(office)
    }

    pub(crate) fn host(&self, name: &str) -> &Namespace {
        match name {
            "world" => &self.world,
            "branch" => &self.branch,
            _ => {
                let at = HOSTS.iter().position(|(host, _)| *host == name);
                &self.span.hosts[at.unwrap()]
            }
        }
    }

    /// Sets its device up, with an address of its own if there is one for it.
    pub(crate) fn wake(&self, name: &str, address: Option<&str>) {
        let host = self.host(name);
        host.ip(&format!("link set {PORT} up")).unwrap();
        if let Some(address) = address {
            host.ip(&format!("addr add {address}/24 dev {PORT}")).unwrap();
            host.ip(&format!("route add default via {GATEWAY}")).unwrap();
        }
    }

    /// A folder for a host's files.
    pub(crate) fn folder_of(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// The addresses that a host has in truth.
    pub(crate) fn addresses(&self, name: &str) -> BTreeSet<String> {
        // "inet 10.77.0.20/24 scope ..."
        let listed = self.host(name).ip(&format!("addr show dev {PORT}")).unwrap();
        let lines = listed.lines().filter_map(|line| line.trim().strip_prefix("inet"));
        lines.map(|line| line.split([' ', '/']).nth(1).unwrap().to_owned()).collect()
    }

    /// Runs a command line in a host.
    pub(crate) fn run(&self, name: &str, line: &str) -> String {
        self.host(name).output("sh", &["-c", line]).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Starts a program that stays, in a host whose /run is its own, and that asks nobody for names.
    pub(crate) fn start(&self, name: &str, line: &str) -> Process {
        let own = "mount -t tmpfs none /run && touch /run/hosts /run/resolv.conf \
                   && mount --bind /run/hosts /etc/hosts && mount --bind /run/resolv.conf /etc/resolv.conf";
        let script = format!("{own} && {line}");
        let mut command = Command::new("unshare");
        command.args(["--mount", "--uts", "sh", "-c", &script]);
        self.host(name).enter(|| Process::start(&mut command))
    }

    /// Waits until somebody has said these bytes.
    pub(crate) fn hears(&self, what: &[u8]) {
        let file = self.capture();
        until(&format!("{:?} on the wire", String::from_utf8_lossy(what)), || {
            fs::read(&file).is_ok_and(|bytes| bytes.windows(what.len()).any(|part| part == what))
        });
    }

    /// Ends the capture with a frame that is not of the office's protocols, and returns the file.
    pub(crate) fn captured(&mut self) -> String {
        let last = frames::ethernet(false, &[0x88b5], b"the last frame of this capture, and long enough");
        self.host("desk").enter(|| Sender::new(PORT)).send(&last);
        self.hears(&last);
        let tcpdump = self.tcpdump.take().unwrap();
        tcpdump.signal(Signal::INT);
        let stderr = tcpdump.finish().stderr;
        assert!(stderr.iter().any(|line| line.starts_with("0 packets dropped by kernel")), "{stderr:?}");
        self.capture().to_str().unwrap().to_owned()
    }

    fn capture(&self) -> PathBuf {
        self.folder.path().join("office.pcap")
    }

    fn start_tcpdump(&self) -> Process {
        let options = "-n --immediate-mode -B 32768 -s 2048 --time-stamp-precision=nano -U -Z root -i";
        let mut command = Command::new("tcpdump");
        command.args(options.split(' ')).arg(MONITOR).arg("-w").arg(self.capture());
        let mut tcpdump = self.span.monitor.enter(|| Process::start(&mut command));
        tcpdump.says("listening on");
        tcpdump
    }

    /// Wires the gateway to the branch and the world, and lets it forward.
    fn open_gateway(&self) {
        let gateway = self.host("gateway");
        for (device, to) in [("wan0", &self.world), ("vpn0", &self.branch)] {
            gateway.ip(&format!("link add {device} type veth peer name up0 netns {}", to.name())).unwrap();
            gateway.ip(&format!("link set {device} up")).unwrap();
            to.ip("link set up0 up").unwrap();
        }
        self.run(
            "gateway",
            "for f in ipv4/ip_forward ipv6/conf/all/forwarding; do echo 1 > /proc/sys/net/$f; done",
        );
        gateway.ip(&format!("link set {PORT} up")).unwrap();
        for (device, address) in [
            (PORT, "10.77.0.1/24"),
            (PORT, "2001:db8:77::1/64"),
            ("wan0", "198.18.0.1/30"),
            ("wan0", "2001:db8:98::1/64"),
            ("vpn0", "10.88.0.1/24"),
        ] {
            gateway.ip(&format!("addr add {address} dev {device}")).unwrap();
        }
        for address in ["198.18.0.2/30", "2001:db8:98::2/64"] {
            self.world.ip(&format!("addr add {address} dev up0")).unwrap();
        }
        for address in WORLD {
            self.world.ip(&format!("addr add {address} dev lo")).unwrap();
        }
        self.world.ip("route add default via 198.18.0.1").unwrap();
        self.world.ip("-6 route add default via 2001:db8:98::1").unwrap();
        for block in ["198.18.5.0/24", "203.0.113.0/24"] {
            gateway.ip(&format!("route add {block} via 198.18.0.2")).unwrap();
        }
        gateway.ip("-6 route add 2001:db8:99::/64 via 2001:db8:98::2").unwrap();
        self.branch.ip(&format!("addr add {BRANCH}/24 dev up0")).unwrap();
        self.branch.ip("route add default via 10.88.0.1").unwrap();
    }
}

impl Drop for Office {
    /// Daemons leave children behind that would keep the namespaces.
    fn drop(&mut self) {
        for namespace in self.span.hosts.iter().chain([&self.world, &self.branch]) {
            for pid in namespace.pids().into_iter().filter_map(Pid::from_raw) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}
