use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A network namespace with nothing in it but a loopback device, removed when dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one. No host in it speaks IPv6 by itself, so that the wires are quiet.
    ///
    /// # Errors
    /// Without ip(8), or where namespaces may not be made.
    pub fn new() -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let namespace = Self { name: format!("netmonsec-test-{}-{number}", std::process::id()) };
        run("ip", &["netns", "add", &namespace.name])?;
        namespace.refuse_ipv6("1");
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    /// Lets its hosts speak IPv6 by themselves.
    pub fn allow_ipv6(&self) {
        self.refuse_ipv6("0");
    }

    fn refuse_ipv6(&self, refuse: &str) {
        self.enter(|| {
            for scope in ["all", "default"] {
                let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"), refuse);
            }
        });
    }

    /// Runs a program in it to its end.
    ///
    /// # Errors
    /// If it cannot be run, or what it says if it ends badly.
    pub fn output(&self, program: &str, arguments: &[&str]) -> io::Result<String> {
        self.enter(|| run(program, arguments))
    }

    /// Ids of the processes that live in it.
    pub fn pids(&self) -> Vec<i32> {
        let listed = run("ip", &["netns", "pids", &self.name]).unwrap_or_default();
        listed.lines().filter_map(|line| line.trim().parse().ok()).collect()
    }

    /// What ip(8) calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs ip(8) for this namespace: `link set eth0 up`.
    ///
    /// # Errors
    /// What ip(8) says.
    pub fn ip(&self, arguments: &str) -> io::Result<String> {
        self.run("ip", arguments)
    }

    /// Runs tc(8) for this namespace.
    ///
    /// # Errors
    /// What tc(8) says.
    pub fn tc(&self, arguments: &str) -> io::Result<String> {
        self.run("tc", arguments)
    }

    /// Runs `body` in a thread that lives in the namespace; so do the programs it starts.
    pub fn enter<T: Send>(&self, body: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(format!("/run/netns/{}", self.name)).unwrap();
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
                body()
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn run(&self, program: &str, arguments: &str) -> io::Result<String> {
        let arguments = arguments.split(' ').collect::<Vec<_>>();
        run(program, &[&["-n", &self.name], &arguments[..]].concat())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = run("ip", &["netns", "del", &self.name]);
    }
}

fn run(program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let why = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("{program} {arguments:?}: {why}")))
    }
}
