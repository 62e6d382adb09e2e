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
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures/attacks");
        let files: Vec<_> =
            captures.iter().map(|name| folder.join(name).to_str().unwrap().to_owned()).collect();
        Self::reading(&files.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(crate) fn reading(files: &[&str]) -> Self {
        let alone = ["--set", "api.listen=\"127.0.0.1:0\"", "--set", "api.websocket_listen=\"\""];
        let arguments = [&["read", "--serve"], files, &alone].concat();
        let mut process = Process::start(&mut netmonsec(&arguments));
        process.says("serving at http://");
        let said = process.stderr();
        let line = said.iter().find_map(|line| line.split_once("http://")).unwrap().1;
        let address = line.split(';').next().unwrap().parse().unwrap();
        Self { process, address }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
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
