use std::io;
use std::ops::Deref;

use crate::{Namespace, skipped};

/// The two ends of the wire; tests send on `NEAR` and listen on `FAR`, unless they say otherwise.
pub const NEAR: &str = "near0";
/// The other end.
pub const FAR: &str = "far0";

/// A namespace with a wire in it, both of whose ends are there.
#[derive(Debug)]
pub struct Lab(Namespace);

impl Lab {
    /// Nothing, with a word about it, where the machine does not allow it.
    pub fn new(test: &str) -> Option<Self> {
        let skip = |why: &str| {
            skipped(&format!("live::{test}"), why);
            None
        };
        if !rustix::process::geteuid().is_root() {
            return skip("needs root");
        }
        let Ok(namespace) = Namespace::new() else {
            return skip("needs ip(8) and network namespaces");
        };
        let lab = Self(namespace);
        if lab.add_pair().is_err() {
            return skip("needs veth devices");
        }
        Some(lab)
    }

    /// Adds the wire and sets both ends up.
    ///
    /// # Errors
    /// What ip(8) says.
    pub fn add_pair(&self) -> io::Result<()> {
        self.add_wire(NEAR, FAR)
    }

    /// Adds a wire with ends of these names and sets both up.
    ///
    /// # Errors
    /// What ip(8) says.
    pub fn add_wire(&self, near: &str, far: &str) -> io::Result<()> {
        self.ip(&format!("link add {near} type veth peer name {far}"))?;
        for device in [near, far] {
            self.ip(&format!("link set {device} up arp off"))?;
        }
        Ok(())
    }
}

impl Deref for Lab {
    type Target = Namespace;

    fn deref(&self) -> &Namespace {
        &self.0
    }
}
