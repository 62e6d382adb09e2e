//! The dashboard in the terminal, driven by keys as a person would.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::instance::Instance;

/// A terminal of 80 by 24 in which a command runs. Dropping it ends both.
struct Tmux {
    socket: String,
}

impl Tmux {
    fn start(name: &str, command: &str) -> Self {
        let tmux = Self { socket: format!("netmonsec-{name}-{}", std::process::id()) };
        // What the command said last stays to be read.
        let command = format!("{command}; echo ended with $?; exec sleep 1000");
        tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", &command]);
        tmux
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").arg("-L").arg(&self.socket).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn press(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    /// Waits until all of it is on the screen.
    fn shows(&self, texts: &[&str]) -> String {
        let mut shown = String::new();
        for _ in 0..300 {
            shown = self.run(&["capture-pane", "-p"]);
            if texts.iter().all(|text| shown.contains(text)) {
                return shown;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("{texts:?} do not appear in\n{shown}");
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).status();
    }
}

fn is_tmux_there(test: &str) -> bool {
    let is_there = Command::new("tmux").arg("-V").output().is_ok_and(|output| output.status.success());
    if !is_there {
        println!("SKIPPED tui::{test}: tmux is missing");
    }
    is_there
}

fn top(arguments: &str) -> String {
    format!("{} top {arguments}", env!("CARGO_BIN_EXE_netmonsec"))
}

#[test]
fn a_person_looks_around() {
    if !is_tmux_there("a_person_looks_around") {
        return;
    }
    let instance = Instance::of(&["quiet_office.pcap", "portscan_masscan.pcap"]);
    let tmux = Tmux::start("looks", &top(&format!("http://{}", instance.address)));
    tmux.shows(&["One thing to look at.", "1 alert open", "Open alerts  1", "tries the ports of"]);
    tmux.press(&["2"]);
    tmux.shows(&["10 devices", "server.office.lan", "192.168.50.10"]);
    tmux.press(&["/"]);
    tmux.press(&["-l", "ip = 192.168.50.66"]);
    tmux.press(&["Enter"]);
    tmux.shows(&["filter: ip = 192.168.50.66", "1 device"]);
    tmux.press(&["Enter"]);
    tmux.shows(&["mac-080027500066", "connections ("]);
    tmux.press(&["3"]);
    tmux.shows(&["339 flows", "192.168.50.10:"]);
    tmux.press(&["/"]);
    tmux.press(&["-l", "nonsense = 1"]);
    tmux.press(&["Enter"]);
    tmux.shows(&["\n        ^", "there is no field `nonsense`"]);
    tmux.press(&["4"]);
    tmux.shows(&["medium", "1 alert "]);
    tmux.press(&["Enter"]);
    tmux.shows(&["Why", "191 of them in vain", "Evidence", "ports tried"]);
    tmux.press(&["5"]);
    tmux.shows(&["tls", "smb", "answers"]);
    tmux.press(&["6"]);
    tmux.shows(&["processed", "1,979", "dropped by the kernel", "undecodable", "filtered", "shed"]);
    tmux.press(&["q"]);
    let left = tmux.shows(&["ended with 0"]);
    assert!(!left.contains("Capture"), "the screen was not given back:\n{left}");
    instance.stop();
}

#[test]
fn a_lost_instance_is_told_and_a_signal_gives_the_terminal_back() {
    if !is_tmux_there("a_lost_instance_is_told_and_a_signal_gives_the_terminal_back") {
        return;
    }
    let instance = Instance::of(&["portscan_masscan.pcap"]);
    let command = format!("sh -c 'echo pid $$; exec {}'", top(&format!("http://{}", instance.address)));
    let tmux = Tmux::start("lost", &command);
    tmux.shows(&["Open alerts  1"]);
    instance.stop();
    tmux.shows(&["No connection to http://127.0.0.1", "next try in", "Open alerts  1"]);
    let tree = tmux.run(&["list-panes", "-F", "#{pane_pid}"]);
    let shell = tree.trim();
    let children = Command::new("ps").args(["-o", "pid=", "--ppid", shell]).output().unwrap();
    let child = String::from_utf8_lossy(&children.stdout).trim().to_owned();
    assert!(Command::new("kill").args(["-TERM", &child]).status().unwrap().success(), "{child}");
    let left = tmux.shows(&["pid ", "ended with 0"]);
    assert!(!left.contains("Open alerts"), "the screen was not given back:\n{left}");
}

#[test]
fn a_certificate_of_its_own_is_believed_where_it_is_given() {
    if !is_tmux_there("a_certificate_of_its_own_is_believed_where_it_is_given") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = format!("store.path={:?}", folder.path());
    let instance = Instance::with(&["portscan_masscan.pcap"], &["--set", "api.tls=\"on\"", "--set", &path]);
    let url = format!("https://{}", instance.address);
    let strange = Tmux::start("strange", &top(&url));
    strange.shows(&["No connection to https://127.0.0.1"]);
    let pem = folder.path().join("tls-certificate.pem");
    let known = Tmux::start("known", &top(&format!("{url} --certificate {}", pem.display())));
    known.shows(&["Open alerts  1"]);
    instance.stop();
}

#[test]
fn it_ends_with_its_terminal() {
    if !is_tmux_there("it_ends_with_its_terminal") {
        return;
    }
    let instance = Instance::of(&["portscan_masscan.pcap"]);
    let command = format!("exec {}", top(&format!("http://{}", instance.address)));
    let tmux = Tmux::start("ends", &command);
    tmux.shows(&["Open alerts  1"]);
    let pid = tmux.run(&["list-panes", "-F", "#{pane_pid}"]).trim().to_owned();
    drop(tmux);
    // Of one that is over, and that nobody has asked about yet, no arguments are left.
    let arguments = Path::new("/proc").join(&pid).join("cmdline");
    testlab::until("the end", || fs::read(&arguments).map_or(true, |all| all.is_empty()));
    instance.stop();
}

#[test]
fn what_cannot_work_is_told_at_once() {
    for (arguments, told) in [
        (&["top", "nonsense"][..], "is no address such as"),
        (&["top", "http://192.0.2.1", "--token", "x"], "use https"),
        (&["top", "https://192.0.2.1", "--certificate", "/dev/null"], "none in PEM form"),
        (&["top", "https://192.0.2.1", "--certificate", "/nowhere"], "cannot be read"),
        (&["top"], "needs a terminal"),
        (&["--tui", "--set", "api.listen=\"\""], "api.listen is empty"),
    ] {
        let output = crate::common::netmonsec(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains(told), "{arguments:?}: {said}");
    }
}
