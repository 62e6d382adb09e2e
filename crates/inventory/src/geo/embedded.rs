//! The table that comes with the program: `data/geography.bin`.

use std::net::IpAddr;
use std::sync::LazyLock;

use super::{Country, Place};
use crate::columns::{Column, Header, Rest, open};

/// The table, unless it is damaged.
pub(super) fn table() -> Option<&'static Table> {
    TABLE.as_ref()
}

static TABLE: LazyLock<Option<Table>> =
    LazyLock::new(|| Table::open(include_bytes!("../../../../data/geography.bin")));

#[derive(Debug)]
pub(super) struct Table {
    header: Header,
    countries: Column,
    systems: Column,
    name_starts: Column,
    names: &'static [u8],
    v4: [V4; 2],
    v6: [V6; 2],
}

/// Ranges of IPv4, each up to the next.
#[derive(Debug)]
struct V4 {
    /// For each upper half of an address, and one more, its first range.
    first: Column,
    /// The lower halves of the starts.
    starts: Column,
    values: Column,
}

/// Ranges of IPv6, each up to the next, of 48 bits.
#[derive(Debug)]
struct V6 {
    starts: Column,
    values: Column,
}

const COUNTRY: usize = 0;
const SYSTEM: usize = 1;

impl Table {
    fn open(bytes: &'static [u8]) -> Option<Self> {
        let (header, mut rest) = open(bytes, b"nms-geo1")?;
        Some(Self {
            header,
            countries: rest.column(header.count(0), 2)?,
            systems: rest.column(header.count(1), 4)?,
            name_starts: rest.column(header.count(1), 3)?,
            names: rest.bytes(header.count(2))?,
            v4: [V4::cut(&mut rest, header.count(3), 1)?, V4::cut(&mut rest, header.count(4), 3)?],
            v6: [V6::cut(&mut rest, header.count(5), 1)?, V6::cut(&mut rest, header.count(6), 3)?],
        })
    }

    /// The day of the data.
    pub(super) fn date(&self) -> &'static str {
        self.header.date
    }

    /// What is known of an address.
    pub(super) fn look(&self, address: IpAddr) -> Place<'static> {
        let [country, system] = match address {
            IpAddr::V4(v4) => [COUNTRY, SYSTEM].map(|kind| self.v4.get(kind)?.value(v4.to_bits())),
            IpAddr::V6(v6) => {
                let upper = u64::try_from(v6.to_bits() >> 80).unwrap_or(0);
                [COUNTRY, SYSTEM].map(|kind| self.v6.get(kind)?.value(upper))
            }
        };
        let letters = country.filter(|index| *index > 0).and_then(|index| self.countries.get(index));
        // The first system is none.
        let asn = system.and_then(|index| self.systems.get(index)).and_then(|n| u32::try_from(n).ok());
        let asn = asn.filter(|number| *number > 0);
        let org = asn.and(system).and_then(|index| self.name(index));
        Place { country: letters.and_then(Country::of_number), asn, org }
    }

    fn name(&self, system: usize) -> Option<&'static str> {
        let (length, text) = self.names.get(self.name_starts.index(system)?..)?.split_first()?;
        let text = std::str::from_utf8(text.get(..usize::from(*length))?).ok()?;
        Some(text).filter(|text| !text.is_empty())
    }
}

impl V4 {
    fn cut(rest: &mut Rest, count: usize, width: usize) -> Option<Self> {
        Some(Self {
            first: rest.column(0x1_0001, 3)?,
            starts: rest.column(count, 2)?,
            values: rest.column(count, width)?,
        })
    }

    fn value(&self, address: u32) -> Option<usize> {
        let upper = usize::try_from(address >> 16).ok()?;
        let (from, to) = (self.first.index(upper)?, self.first.index(upper + 1)?);
        let lower = u64::from(address & 0xffff);
        // None of these: the range started before.
        let last = from.checked_add(self.starts.at_most(from..to, lower))?.checked_sub(1)?;
        self.values.index(last)
    }
}

impl V6 {
    fn cut(rest: &mut Rest, count: usize, width: usize) -> Option<Self> {
        Some(Self { starts: rest.column(count, 6)?, values: rest.column(count, width)? })
    }

    fn value(&self, upper: u64) -> Option<usize> {
        let last = self.starts.at_most(0..self.starts.len(), upper).checked_sub(1)?;
        self.values.index(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[u8] = include_bytes!("../../../../data/geography.bin");

    fn look(text: &str) -> (String, u32, &'static str) {
        let place = table().unwrap().look(text.parse().unwrap());
        let country = place.country.map(|c| c.as_str().to_owned()).unwrap_or_default();
        (country, place.asn.unwrap_or(0), place.org.unwrap_or_default())
    }

    #[test]
    fn known_addresses() {
        assert_eq!(look("8.8.8.8"), ("US".to_owned(), 15169, "Google LLC"));
        assert_eq!(look("2001:4860:4860::8888").1, 15169);
        assert_eq!(look("2001:200::1").1, 2500);
        assert_eq!(table().unwrap().date().len(), 10);
    }

    #[test]
    fn ranges_start_and_end_where_they_should() {
        // As in the origin's first rows: 1.0.0.0 to 1.0.0.255 is of 13335 and AU, then nobody's in CN
        // to 1.0.3.255, then 38803 in AU to 1.0.7.255.
        assert_eq!((look("1.0.0.0").1, look("1.0.0.255").1, look("1.0.1.0").1), (13335, 13335, 0));
        assert_eq!((look("1.0.3.255").1, look("1.0.4.0").1, look("1.0.7.255").1), (0, 38803, 38803));
        assert_eq!(look("1.0.8.0").1, 0);
        for (address, country) in
            [("1.0.0.255", "AU"), ("1.0.1.0", "CN"), ("1.0.3.255", "CN"), ("1.0.4.0", "AU")]
        {
            assert_eq!(look(address).0, country, "{address}");
        }
        // 2001:200:: to 2001:200:1b9::, one /48 of another system, and on.
        assert_eq!(look("2001:200:1b9:ffff:ffff:ffff:ffff:ffff").1, 2500);
        assert_eq!(look("2001:200:1ba::").1, 24047);
        assert_eq!(look("2001:200:1ba:ffff:ffff:ffff:ffff:ffff").1, 24047);
        assert_eq!(look("2001:200:1bb::").1, 2500);
        assert_eq!(look("0.0.0.0"), (String::new(), 0, ""));
        assert_eq!(look("255.255.255.255"), (String::new(), 0, ""));
        assert_eq!(look("::"), (String::new(), 0, ""));
        assert_eq!(look("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), (String::new(), 0, ""));
    }

    #[test]
    fn a_damaged_table_does_no_harm() {
        for length in (0..200).chain((200..WHOLE.len()).step_by(500_009)) {
            assert!(Table::open(&WHOLE[..length]).is_none(), "{length}");
        }
        let addresses: Vec<IpAddr> =
            ["0.0.0.0", "8.8.8.8", "255.255.255.255", "::", "2001:4860:4860::8888", "ffff::"]
                .map(|text| text.parse().unwrap())
                .to_vec();
        let damaged: &'static mut [u8] = Vec::leak(WHOLE.to_vec());
        damaged[112..].iter_mut().step_by(3).for_each(|byte| *byte = !*byte);
        let table = Table::open(damaged).unwrap();
        for address in &addresses {
            assert!(table.look(*address).org.is_none_or(|text| text.len() < 256));
        }
        for at in (48..112).step_by(4) {
            let mut header = WHOLE[..4096].to_vec();
            header[at..at + 4].copy_from_slice(&[0xff; 4]);
            assert!(Table::open(Vec::leak(header)).is_none());
        }
    }
}
