//! Everything that is over and everything that was said, made into devices.

use engine::{FlowSink, Recorder, Settings};
use flow::{Ended, Notice};
use inventory::{Inventory, Sighting};

use crate::settings::inventory_settings;

/// Takes what the engine hands on, in packet-time order, and keeps the inventory.
pub(crate) struct Census {
    recorder: Recorder,
    pub(crate) inventory: Inventory,
}

impl Census {
    pub(crate) fn new(settings: &Settings) -> Self {
        let inventory = Inventory::new(inventory_settings(settings));
        Self { recorder: Recorder::new(settings), inventory }
    }

    /// Counts a flow to its devices and returns its record.
    pub(crate) fn record(&mut self, ended: &Ended) -> model::Flow {
        let record = self.recorder.flow(ended);
        self.inventory.flow(ended, &record);
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
    }

    fn sighting(&mut self, sighting: &Sighting) {
        self.inventory.sighting(sighting);
    }

    fn flow(&mut self, ended: &Ended) {
        self.record(ended);
    }

    fn configure(&mut self, settings: &Settings) {
        self.recorder.configure(settings);
        self.inventory.configure(inventory_settings(settings));
    }
}
