use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use flow::signature::Observation;

use super::matching::{self, Signature};
use super::read::{self, ReadError};

/// The table that comes with the program.
static BUILTIN: LazyLock<Arc<Table>> = LazyLock::new(|| {
    // A test holds that it can be read; without it nothing would be known, and nothing break.
    Arc::new(Table::read(TEXT, "os.fp").unwrap_or_default())
});
const TEXT: &str = include_str!("../../../../data/os.fp");

/// Looks of SYNs and SYN+ACKs, and whose they are.
#[derive(Clone, Debug, Default)]
pub struct Table {
    labels: Vec<Label>,
    /// By option layout.
    requests: HashMap<Box<[u8]>, Vec<Signature>>,
    responses: HashMap<Box<[u8]>, Vec<Signature>>,
}

/// Whose look it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Label {
    /// `s:unix:Linux:2.6`, as the file has it.
    pub(super) text: Box<str>,
    /// The third part.
    pub(super) family: Box<str>,
    /// Third and fourth part.
    pub(super) name: Box<str>,
    /// It is a last resort.
    pub(super) generic: bool,
    /// It is a program that makes packets of its own.
    pub(super) tool: bool,
}

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    Request,
    Response,
}

/// Who is found to look like this.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OsMatch<'a> {
    /// The label, as its file has it.
    pub label: &'a str,
    /// `Linux`.
    pub family: &'a str,
    /// Family and version: `Linux 3.11 and newer`.
    pub name: &'a str,
    /// Only a layout that a family has in common.
    pub generic: bool,
    /// It does not fit quite.
    pub fuzzy: bool,
    /// A program with its own packets, no operating system.
    pub tool: bool,
    /// Hops that it is away.
    pub distance: u8,
    /// Its initial TTL means nothing: `distance` is the most it can be.
    pub bad_ttl: bool,
}

impl Table {
    /// The table that comes with the program.
    pub fn builtin() -> Arc<Self> {
        Arc::clone(&BUILTIN)
    }

    /// Adds the signatures that come with the program behind those that are there, which thereby
    /// come first.
    pub fn add_builtin(&mut self) {
        // As above.
        let _ = self.add(TEXT, "os.fp");
    }

    /// Signatures that there are.
    pub fn len(&self) -> usize {
        self.requests.values().chain(self.responses.values()).map(Vec::len).sum()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads a table in p0f 3's format; `file` names it in errors.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &str, file: &str) -> Result<Self, ReadError> {
        let mut table = Self::default();
        table.add(text, file)?;
        Ok(table)
    }

    /// Adds another file's signatures behind those that are there.
    pub fn add(&mut self, text: &str, file: &str) -> Result<(), ReadError> {
        read::read(self, text, file)
    }

    /// Whose SYN looks like this.
    pub fn request(&self, seen: &Observation) -> Option<OsMatch<'_>> {
        self.best(&self.requests, seen)
    }

    /// Whose SYN+ACK looks like this.
    pub fn response(&self, seen: &Observation) -> Option<OsMatch<'_>> {
        self.best(&self.responses, seen)
    }

    pub(super) fn add_label(&mut self, label: Label) -> usize {
        self.labels.push(label);
        self.labels.len() - 1
    }

    pub(super) fn add_signature(&mut self, way: Way, layout: Vec<u8>, signature: Signature) {
        let of_way = match way {
            Way::Request => &mut self.requests,
            Way::Response => &mut self.responses,
        };
        of_way.entry(layout.into()).or_default().push(signature);
    }

    fn best<'a>(
        &'a self,
        of_way: &HashMap<Box<[u8]>, Vec<Signature>>,
        seen: &Observation,
    ) -> Option<OsMatch<'a>> {
        let candidates = of_way.get(seen.options())?;
        let is = |at: usize, what: fn(&Label) -> bool| self.labels.get(at).is_some_and(what);
        let found = matching::best(candidates, seen, |at| is(at, |l| l.generic), |at| is(at, |l| l.tool))?;
        let label = self.labels.get(found.signature.label)?;
        Some(OsMatch {
            label: &label.text,
            family: &label.family,
            name: &label.name,
            generic: label.generic,
            fuzzy: found.fuzzy,
            tool: label.tool,
            distance: found.distance,
            bad_ttl: found.signature.bad_ttl,
        })
    }
}
