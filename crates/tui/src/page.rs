//! The screens, and what is asked for each.

use crate::client::percent_encoded;

/// A screen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Page {
    Overview,
    Devices,
    Flows,
    Alerts,
    Protocols,
    Capture,
}

impl Page {
    /// In the order of their number keys.
    pub(crate) const ALL: [Self; 6] =
        [Self::Overview, Self::Devices, Self::Flows, Self::Alerts, Self::Protocols, Self::Capture];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Devices => "Devices",
            Self::Flows => "Flows",
            Self::Alerts => "Alerts",
            Self::Protocols => "Protocols",
            Self::Capture => "Capture",
        }
    }

    pub(crate) fn of_key(key: char) -> Option<Self> {
        let number = key.to_digit(10)?.checked_sub(1)?;
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// `steps` further, round and round.
    pub(crate) fn after(self, steps: usize) -> Self {
        let at = Self::ALL.iter().position(|page| *page == self).unwrap_or_default();
        Self::ALL.get((at + steps) % Self::ALL.len()).copied().unwrap_or(self)
    }

    /// Its records can be filtered in the API's language.
    pub(crate) fn has_filter(self) -> bool {
        matches!(self, Self::Devices | Self::Flows | Self::Alerts)
    }

    /// It is a list of records.
    pub(crate) fn is_list(self) -> bool {
        !matches!(self, Self::Overview | Self::Capture)
    }
}

/// A question, which its answer comes back with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ask {
    Stats,
    Devices,
    TopDevices,
    Flows,
    Alerts,
    OpenAlerts,
    Protocols,
    Minutes,
    Capture,
    /// A device with everything.
    Device,
}

/// What is on the screen, and therefore to be asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wish {
    pub(crate) page: Page,
    pub(crate) filter: String,
    /// As the API names the order of devices.
    pub(crate) sort: Option<String>,
    /// Pages of devices, each of 1,000.
    pub(crate) pages: u32,
    /// The id of the device that is looked at.
    pub(crate) device: Option<String>,
    /// Counted up with every change, so that late answers to earlier questions are known.
    pub(crate) turn: u64,
}

impl Wish {
    /// Pages of the list that a question is about.
    pub(crate) fn pages_of(&self, ask: Ask) -> u32 {
        if ask == Ask::Devices { self.pages } else { 1 }
    }

    /// Questions with their paths below `/api/v1/`, and every how many seconds they are asked.
    pub(crate) fn questions(&self) -> Vec<(Ask, String, u64)> {
        let filter = match self.filter.trim() {
            "" => String::new(),
            text => format!("&filter={}", percent_encoded(text)),
        };
        let mut questions = vec![(Ask::Stats, "stats".to_owned(), 1)];
        questions.extend(match self.page {
            Page::Overview => vec![
                (Ask::TopDevices, "devices?sort=-internet&limit=40".to_owned(), 3),
                (Ask::OpenAlerts, "alerts?state=open&limit=40".to_owned(), 2),
                (Ask::Minutes, "timeseries?from=-30m&step=60".to_owned(), 15),
            ],
            Page::Devices => {
                let sort = self.sort.as_ref().map(|sort| format!("&sort={sort}")).unwrap_or_default();
                // The more there are, the less often: the load stays the same.
                vec![(Ask::Devices, format!("devices?limit=1000{sort}{filter}"), 2 * u64::from(self.pages))]
            }
            Page::Flows => vec![(Ask::Flows, format!("flows?live=true&limit=500{filter}"), 1)],
            Page::Alerts => vec![(Ask::Alerts, format!("alerts?limit=500{filter}"), 2)],
            Page::Protocols => vec![(Ask::Protocols, "protocols?limit=200".to_owned(), 5)],
            Page::Capture => vec![(Ask::Capture, "capture".to_owned(), 1)],
        });
        if let Some(id) = &self.device {
            questions.push((Ask::Device, format!("devices/{}", percent_encoded(id)), 3));
        }
        questions
    }
}
