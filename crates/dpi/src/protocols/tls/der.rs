//! The part of DER (X.690) that certificates are read with.

use crate::reader::Reader;

pub(super) mod tag {
    pub(in super::super) const BOOLEAN: u8 = 0x01;
    pub(in super::super) const INTEGER: u8 = 0x02;
    pub(in super::super) const BIT_STRING: u8 = 0x03;
    pub(in super::super) const OCTET_STRING: u8 = 0x04;
    pub(in super::super) const OID: u8 = 0x06;
    pub(in super::super) const UTC_TIME: u8 = 0x17;
    pub(in super::super) const GENERALIZED_TIME: u8 = 0x18;
    pub(in super::super) const BMP_STRING: u8 = 0x1e;
    pub(in super::super) const SEQUENCE: u8 = 0x30;
    pub(in super::super) const SET: u8 = 0x31;
}

/// Elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Der<'a>(Reader<'a>);

impl<'a> Der<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(Reader::new(bytes))
    }

    /// The next element's tag and content; `None` at the end, and if it is cut or malformed.
    pub(super) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, len) = self.header()?;
        Some((tag, self.0.take(len)?))
    }

    /// The content of the next element, which must have this tag; else it stays unread.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, content) = ahead.any()?;
        (found == tag).then(|| {
            *self = ahead;
            content
        })
    }

    /// The same, with what is there of it if it is cut.
    pub(super) fn expect_cut(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, len) = ahead.header()?;
        (found == tag).then(|| {
            let content = ahead.0.up_to(len);
            *self = ahead;
            content
        })
    }

    /// The elements inside the next one.
    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.expect(tag::SEQUENCE).map(Self::new)
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0.rest()
    }

    /// s8.1: tags of one byte, lengths of at most four.
    fn header(&mut self) -> Option<(u8, usize)> {
        let [tag, first] = self.0.array()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let len = match first {
            ..=0x7f => usize::from(first),
            0x81..=0x84 => {
                let bytes = self.0.take(usize::from(first & 0x7f))?;
                bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte))
            }
            _ => return None,
        };
        Some((tag, len))
    }
}

/// An object identifier in dotted decimal.
pub(super) fn dotted(oid: &[u8]) -> Option<String> {
    let mut arcs = oid.split_inclusive(|byte| byte & 0x80 == 0).map(|arc| {
        arc.iter()
            .try_fold(0_u64, |value, byte| value.checked_mul(128).map(|value| value | u64::from(byte & 0x7f)))
    });
    let first = arcs.next()??;
    // The first two arcs share a number (s8.19.4).
    let top = (first / 40).min(2);
    let mut text = format!("{top}.{}", first - top * 40);
    for arc in arcs {
        text.push('.');
        text.push_str(&arc?.to_string());
    }
    (text.len() <= 128).then_some(text)
}

/// UTCTime or GeneralizedTime as RFC 5280 s4.1.2.5 restricts them, in seconds since 1970.
pub(super) fn time(tag: u8, text: &[u8]) -> Option<i64> {
    let digits = text.strip_suffix(b"Z")?;
    let (year, rest) = match tag {
        tag::UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year = number(year)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        tag::GENERALIZED_TIME => {
            let (year, rest) = digits.split_at_checked(4)?;
            (number(year)?, rest)
        }
        _ => return None,
    };
    let mut pairs = rest.chunks(2).map(number);
    let (month, day) = (pairs.next()??, pairs.next()??);
    let (hour, minute) = (pairs.next()??, pairs.next()??);
    // Old certificates leave the seconds out.
    let second = pairs.next().unwrap_or(Some(0))?;
    let sound = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (hour, minute, second) <= (23, 59, 60)
        && minute < 60
        && pairs.next().is_none();
    sound.then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit & 15)))
}

/// Days since 1970-01-01 of a date of the Gregorian calendar, in years that begin in March, so
/// that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements() {
        let mut der = Der::new(&[0x30, 0x81, 3, 2, 1, 5, 4, 9, 1]);
        let mut inner = der.sequence().unwrap();
        assert_eq!(inner.expect(tag::OID), None);
        assert_eq!(inner.expect(tag::INTEGER), Some(&[5][..]));
        assert_eq!(inner.any(), None);
        assert_eq!(der.expect_cut(tag::OCTET_STRING), Some(&[1][..]));
        assert_eq!(Der::new(&[0x30, 0x85, 0, 0, 0, 0, 1, 0]).any(), None);
        assert_eq!(Der::new(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0]).any(), None);
    }

    #[test]
    fn identifiers() {
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]).unwrap(), "1.2.840.113549");
        assert_eq!(dotted(&[0x55, 4, 3]).unwrap(), "2.5.4.3");
        assert_eq!(dotted(&[]), None);
        assert_eq!(dotted(&[0xff; 12]), None);
    }

    #[test]
    fn times() {
        assert_eq!(time(tag::UTC_TIME, b"700101000000Z"), Some(0));
        assert_eq!(time(tag::UTC_TIME, b"240229235959Z"), Some(1_709_251_199));
        assert_eq!(time(tag::UTC_TIME, b"491231235959Z"), Some(2_524_607_999));
        assert_eq!(time(tag::GENERALIZED_TIME, b"20500101000000Z"), Some(2_524_608_000));
        assert_eq!(time(tag::GENERALIZED_TIME, b"99991231235959Z"), Some(253_402_300_799));
        assert_eq!(time(tag::UTC_TIME, b"2402292359Z"), Some(1_709_251_140));
        for bad in [&b"241301000000Z"[..], b"240101240000Z", b"24010100000", b"2401010000000Z", b"Z", b""] {
            assert_eq!(time(tag::UTC_TIME, bad), None);
        }
    }
}
