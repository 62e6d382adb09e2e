//! Names and parties that a filter asks for, as the numbers that a day's file has for them.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use filter::Pattern;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::marks;
use super::texts::{DayTexts, How};

/// What is looked for among the texts of a day.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Wanted {
    /// Names.
    Names(How),
    /// A word that may be in any text of a flow.
    Word(String),
    /// Parties with an address in this network.
    Network(IpAddr, u8),
}

/// Numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Numbers {
    bits: Vec<u64>,
    count: usize,
}

impl Numbers {
    fn add(&mut self, number: u32) {
        let (at, bit) = (number as usize / 64, number % 64);
        if self.bits.len() <= at {
            self.bits.resize(at + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(at) {
            self.count += usize::from(*bits & 1 << bit == 0);
            *bits |= 1 << bit;
        }
    }

    pub(super) fn has(&self, number: u64) -> bool {
        let at = usize::try_from(number / 64).unwrap_or(usize::MAX);
        self.bits.get(at).is_some_and(|bits| bits & 1 << (number % 64) != 0)
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn all(&self) -> impl Iterator<Item = i64> {
        let of = |(at, bits): (usize, &u64)| {
            let (at, bits) = (at as i64 * 64, *bits);
            (0..64).filter(move |bit| bits & 1 << bit != 0).map(move |bit| at + bit)
        };
        self.bits.iter().enumerate().flat_map(of)
    }
}

/// What of a day is meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) names: Numbers,
    pub(super) parties: Numbers,
    /// For a word: what texts of records must be like.
    pub(super) pattern: Option<Pattern>,
}

impl Set {
    pub(super) fn of(wanted: &Wanted, texts: &DayTexts) -> Self {
        let mut set = Self::default();
        match wanted {
            Wanted::Names(how) => texts.names.find(how, |number| set.names.add(number)),
            Wanted::Word(word) => {
                let pattern = Pattern::new(word);
                let like = How::Like(pattern.clone());
                texts.names.find(&like, |number| set.names.add(number));
                texts.devices.find(&like, |number| set.parties.add(number));
                // An address means itself alone.
                let address = word.parse().map(|address: IpAddr| How::whole(&address.to_string()));
                texts.addresses.find(&address.unwrap_or(like), |number| set.parties.add(number));
                set.pattern = Some(pattern);
            }
            Wanted::Network(network, bits) => {
                let within = How::Within(*network, *bits);
                texts.addresses.find(&within, |number| set.parties.add(number));
            }
        }
        set
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.parties.is_empty()
    }
}

/// Flows of a block whose records have a word where rows have nothing: for each set, from `first` on.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    pub(super) first: i64,
    pub(super) has: Vec<Vec<bool>>,
}

/// What SQL asks.
#[derive(Debug, Default)]
struct Asked {
    sets: Vec<Set>,
    beside: Beside,
}

/// The sets of a search, where the functions of SQL find them.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared(Arc<Mutex<Asked>>);

impl Shared {
    /// Makes `named(set, name)`, `at(set, party)` and `beside(set, flow)` known.
    pub(super) fn register(sets: Vec<Set>, connection: &Connection) -> rusqlite::Result<Self> {
        let shared = Self(Arc::new(Mutex::new(Asked { sets, beside: Beside::default() })));
        type Test = fn(&Asked, usize, i64) -> bool;
        let named: Test =
            |asked, set, number| asked.sets.get(set).is_some_and(|set| set.names.has(number.cast_unsigned()));
        let at: Test = |asked, set, number| {
            asked.sets.get(set).is_some_and(|set| set.parties.has(number.cast_unsigned()))
        };
        let beside: Test = |asked, set, number| {
            let place = usize::try_from(number - asked.beside.first).ok();
            let flows = asked.beside.has.get(set);
            place.and_then(|place| flows?.get(place)).copied().unwrap_or_default()
        };
        for (name, test) in [("named", named), ("at", at), ("beside", beside)] {
            let shared = shared.clone();
            connection.create_scalar_function(name, 2, FunctionFlags::SQLITE_UTF8, move |context| {
                let set = usize::try_from(context.get::<i64>(0)?).unwrap_or(usize::MAX);
                let number: Option<i64> = context.get(1)?;
                let asked = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(number.map(|number| test(&asked, set, number)))
            })?;
        }
        Ok(shared)
    }

    /// For the rows that are asked for next.
    pub(super) fn put_beside(&self, beside: Beside) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).beside = beside;
    }

    pub(super) fn with<T>(&self, read: impl FnOnce(&[Set]) -> T) -> T {
        read(&self.0.lock().unwrap_or_else(PoisonError::into_inner).sets)
    }
}

/// The least that must be among the texts of a flow, or of a block of flows.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Need {
    /// Nothing.
    Nothing,
    /// All of these.
    All(Vec<Self>),
    /// One of these.
    One(Vec<Self>),
    /// One of the set's names in a row.
    Name(usize),
    /// The word of that set.
    Word(usize),
    /// One of the set's parties at an end.
    Party(usize),
}

/// What is known of a block.
pub(super) struct BlockNames<'a> {
    pub(super) in_rows: &'a [u8],
    pub(super) beside: &'a [u8],
    /// For each set: the block may have flows of its parties.
    pub(super) has_party: Vec<bool>,
}

impl Need {
    /// Whether a day may have it.
    pub(super) fn may_be(&self, sets: &[Set]) -> bool {
        match self {
            Self::Nothing => true,
            Self::All(needs) => needs.iter().all(|need| need.may_be(sets)),
            Self::One(needs) => needs.iter().any(|need| need.may_be(sets)),
            Self::Name(set) => sets.get(*set).is_some_and(|set| !set.names.is_empty()),
            Self::Word(set) => sets.get(*set).is_some_and(|set| !set.is_empty()),
            Self::Party(set) => sets.get(*set).is_some_and(|set| !set.parties.is_empty()),
        }
    }

    /// The set without whose parties nothing is taken, if nothing but parties is asked of it.
    pub(super) fn of_parties(&self, sets: &[Set]) -> Option<usize> {
        match self {
            Self::Party(set) => Some(*set),
            Self::Word(set) if sets.get(*set)?.names.is_empty() => Some(*set),
            Self::All(needs) => needs.iter().find_map(|need| need.of_parties(sets)),
            Self::One(needs) => match needs.as_slice() {
                [need] => need.of_parties(sets),
                _ => None,
            },
            Self::Nothing | Self::Word(_) | Self::Name(_) => None,
        }
    }

    /// Whether a block may have it.
    pub(super) fn may_be_in(&self, block: &BlockNames<'_>, sets: &[Set]) -> bool {
        match self {
            Self::Nothing => true,
            Self::All(needs) => needs.iter().all(|need| need.may_be_in(block, sets)),
            Self::One(needs) => needs.iter().any(|need| need.may_be_in(block, sets)),
            Self::Name(set) => sets.get(*set).is_some_and(|set| has(block.in_rows, &set.names)),
            Self::Party(set) => block.has_party.get(*set).copied().unwrap_or(true),
            Self::Word(at) => {
                block.has_party.get(*at).copied().unwrap_or(true)
                    || sets
                        .get(*at)
                        .is_some_and(|set| has(block.in_rows, &set.names) || has(block.beside, &set.names))
            }
        }
    }
}

/// Whether one of the packed numbers is among these.
pub(super) fn has(packed: &[u8], numbers: &Numbers) -> bool {
    !numbers.is_empty() && marks::unpacked(packed).any(|number| numbers.has(number))
}

/// Flows of a set's parties, sorted; `None` if they are too many to be worth listing.
pub(super) fn flows_of(connection: &Connection, parties: &Numbers) -> rusqlite::Result<Option<Vec<i64>>> {
    const MOST_PARTIES: usize = 256;
    const MOST_FLOWS: usize = 20_000;
    if parties.len() > MOST_PARTIES {
        return Ok(None);
    }
    let mut flows = Vec::new();
    let mut query = connection.prepare_cached("SELECT flow FROM by_party WHERE party = ?1")?;
    for party in parties.all() {
        let mut rows = query.query([party])?;
        while let Some(row) = rows.next()? {
            flows.push(row.get(0)?);
            if flows.len() > MOST_FLOWS {
                return Ok(None);
            }
        }
    }
    flows.sort_unstable();
    Ok(Some(flows))
}
