//! The history that is kept on disk, and whose it is.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rustix::fs::{FlockOperation, flock};
use store::sinks::{self, Collector, Outlets, Wanted};
use store::{Queue, Retention, Status, Store};

use crate::config::{self, Config};
use crate::print::safe;

/// A history that this process writes.
pub(crate) struct History {
    store: Arc<Store>,
    folder: PathBuf,
    /// Held while the folder is ours.
    _lock: Option<File>,
}

impl History {
    /// Opens the folder of the configuration; `None` if none is to be kept.
    ///
    /// # Errors
    /// A folder that another process writes, or that cannot be made.
    pub(crate) fn open(whole: &Config) -> anyhow::Result<Option<Self>> {
        let config = &whole.store;
        if config.path.is_empty() {
            return Ok(None);
        }
        let folder = PathBuf::from(&config.path);
        let name = safe(&config.path);
        // Who talked to whom is nobody else's business.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("store.path: the folder {name} cannot be made"))?;
        let lock = lock(&folder).with_context(|| format!("store.path: {name}"))?;
        Ok(Some(Self::start(folder, Some(lock), config)))
    }

    /// One that is for this process alone.
    pub(crate) fn private(folder: &Path, config: &config::Store) -> Self {
        Self::start(folder.to_path_buf(), None, config)
    }

    fn start(folder: PathBuf, lock: Option<File>, config: &config::Store) -> Self {
        let retention = Retention {
            flow_days: config.flow_days,
            flow_bytes: config.flow_size.0,
            minute_days: config.minute_days,
            hour_days: config.hour_days,
            alert_days: config.alert_days,
        };
        let store = Store::start(store::Settings { folder: folder.clone(), retention });
        Self { store: Arc::new(store), folder, _lock: lock }
    }

    pub(crate) fn queue(&self) -> Option<Queue> {
        self.store.queue()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything that was handed over is on disk, or counted as lost.
    pub(crate) fn is_settled(&self) -> bool {
        self.store.watch().is_settled()
    }

    /// Tells how it is, for as long as the history is there.
    pub(crate) fn status(&self) -> impl Fn() -> Status + Send + Sync + 'static {
        let watch = self.store.watch();
        move || watch.status()
    }
}

/// The outputs of the configuration; files lie in the folder of a history, if one is kept.
pub(crate) fn outlets(config: &Config, folder: Option<&Path>) -> Arc<Outlets> {
    let store = &config.store;
    let form = if store.zeek_json { sinks::Zeek::Json } else { sinks::Zeek::Tsv };
    let wanted = Wanted {
        csv: store.csv,
        packets: store.packets > 0,
        eve: store.eve,
        zeek: store.zeek.then_some(form),
        ipfix: Collector::parse(&config.ipfix.collector),
        days: store.flow_days,
        // What is wrong with it was told when the configuration was read.
        influx: config.influx.settings().ok().flatten(),
        syslog: config.syslog.settings(),
        webhooks: config.webhook.iter().map(config::Webhook::settings).collect(),
    };
    Arc::new(Outlets::start(sinks::open(folder, &wanted)))
}

fn lock(folder: &Path) -> io::Result<File> {
    let file = File::options().create(true).append(true).open(folder.join("lock"))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => {
            Err(io::Error::other("another instance writes its history there; give this one another folder"))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_instance_s() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.store.path = folder.path().join("a/b").to_str().unwrap().to_owned();
        let first = History::open(&config).unwrap().unwrap();
        let error = History::open(&config).err().unwrap();
        assert!(format!("{error:#}").contains("another instance"), "{error:#}");
        drop(first);
        assert!(History::open(&config).unwrap().is_some());
        config.store.path.clear();
        assert!(History::open(&config).unwrap().is_none());
    }

    #[test]
    fn a_collector_is_told_without_a_history_and_files_need_one() {
        let mut config = Config::default();
        assert!(outlets(&config, None).is_empty());
        config.ipfix.collector = "udp://127.0.0.1:4739".into();
        let names = |outlets: Arc<Outlets>| outlets.status().iter().map(|s| s.name).collect::<Vec<_>>();
        assert_eq!(names(outlets(&config, None)), ["ipfix.collector"]);
        config.store.zeek = true;
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            names(outlets(&config, Some(folder.path()))),
            ["store.csv", "store.packets", "store.zeek", "ipfix.collector"]
        );
    }
}
