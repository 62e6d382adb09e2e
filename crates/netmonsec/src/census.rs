//! Everything that is over and everything that was said, made into devices.

use detect::{Happening, Watch};
use engine::{FlowSink, Recorder, Settings};
use flow::{Ended, Notice};
use inventory::{Inventory, Sighting};

use crate::settings::inventory_settings;

/// Takes what the engine hands on, in packet-time order, keeps the inventory, and if that is wanted
/// lets the detectors see it.
pub(crate) struct Census {
    recorder: Recorder,
    pub(crate) inventory: Inventory,
    pub(crate) watch: Option<Box<Watch>>,
}

impl Census {
    pub(crate) fn new(settings: &Settings) -> Self {
        let inventory = Inventory::new(inventory_settings(settings));
        Self { recorder: Recorder::new(settings), inventory, watch: None }
    }

    /// The same, with detectors.
    pub(crate) fn with_detectors(settings: &Settings) -> Self {
        let watch = Watch::new(detect::Settings::clone(&settings.detect));
        Self { watch: Some(Box::new(watch)), ..Self::new(settings) }
    }

    /// Nothing more comes.
    pub(crate) fn finish(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.finish(&self.inventory);
        }
    }

    /// Counts a flow to its devices and returns its record.
    pub(crate) fn record(&mut self, ended: &Ended) -> model::Flow {
        let record = self.recorder.flow(ended);
        self.inventory.flow(ended, &record);
        if let Some(watch) = &mut self.watch {
            watch.flow(ended, &record, &self.inventory);
        }
        record
    }
}

impl FlowSink for Census {
    fn wants_flows(&self) -> bool {
        true
    }

    fn wants_sightings(&self) -> bool {
        true
    }

    fn interface(&mut self, number: u16, name: Option<&str>) {
        self.recorder.name_interface(number, name);
        self.inventory.name_interface(number, name);
    }

    fn notice(&mut self, notice: &Notice) {
        self.recorder.notice(notice);
        if let Some(watch) = &mut self.watch {
            watch.notice(notice, &self.inventory);
        }
    }

    fn wants_happenings(&self) -> bool {
        self.watch.is_some()
    }

    fn happening(&mut self, happening: &Happening) {
        if let Some(watch) = &mut self.watch {
            watch.happening(happening, &self.inventory);
        }
    }

    fn advance(&mut self, second: u64) {
        if let Some(watch) = &mut self.watch {
            watch.advance(second, &self.inventory);
        }
    }

    fn sighting(&mut self, sighting: &Sighting) {
        self.inventory.sighting(sighting);
        if let Some(watch) = &mut self.watch {
            watch.sighting(sighting, &self.inventory);
        }
    }

    fn flow(&mut self, ended: &Ended) {
        self.record(ended);
    }

    fn configure(&mut self, settings: &Settings) {
        self.recorder.configure(settings);
        self.inventory.configure(inventory_settings(settings));
        if let Some(watch) = &mut self.watch {
            watch.configure(detect::Settings::clone(&settings.detect));
        }
    }
}
