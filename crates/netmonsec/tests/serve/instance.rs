use std::net::SocketAddr;
use std::path::Path;

use rustix::process::Signal;
use testlab::Process;

use crate::client::{Answer, Client};
use crate::common::netmonsec;

/// The program, while it serves captures.
pub(crate) struct Instance {
    process: Process,
    pub(crate) address: SocketAddr,
}

impl Instance {
    /// Reads captures made here and serves them.
    pub(crate) fn of(captures: &[&str]) -> Self {
        Self::with(captures, &[])
    }

    /// The same with more arguments.
    pub(crate) fn with(captures: &[&str], arguments: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures/attacks");
        let files: Vec<_> =
            captures.iter().map(|name| folder.join(name).to_str().unwrap().to_owned()).collect();
        Self::start(&files.iter().map(String::as_str).collect::<Vec<_>>(), arguments)
    }

    fn start(files: &[&str], more: &[&str]) -> Self {
        let alone = ["--set", "api.listen=\"127.0.0.1:0\"", "--set", "api.websocket_listen=\"\""];
        let arguments = [&["read", "--serve"], files, &alone, more].concat();
        let mut process = Process::start(&mut netmonsec(&arguments));
        process.says("serving at http");
        let said = process.stderr();
        let line = said.iter().find(|line| line.contains("serving at http")).unwrap();
        let line = line.split_once("://").unwrap().1;
        let address = line.split(';').next().unwrap().parse().unwrap();
        Self { process, address }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// What it has said so far.
    pub(crate) fn said(&mut self) -> Vec<String> {
        self.process.stderr()
    }

    /// Memory that it has now.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let pages = std::fs::read_to_string(format!("/proc/{}/statm", self.process.id())).unwrap();
        pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.client().get(path)
    }

    pub(crate) fn stop(self) {
        self.process.signal(Signal::INT);
        let finished = self.process.finish();
        assert!(finished.status.success(), "{:?}", finished.stderr);
    }
}
