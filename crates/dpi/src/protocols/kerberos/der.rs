//! ASN.1 in distinguished or basic encoding (X.690), as far as Kerberos and LDAP need it.

use crate::reader::Reader;

/// A value: its tag and what it holds, as far as that is there.
#[derive(Clone, Copy)]
pub(in super::super) struct Value<'a> {
    pub(in super::super) tag: u8,
    pub(in super::super) body: &'a [u8],
    /// The body's length as it is told.
    pub(in super::super) len: usize,
}

impl<'a> Value<'a> {
    /// The next value; tags of one byte and lengths of up to four.
    pub(in super::super) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let mut ahead = *reader;
        let (tag, first) = (ahead.u8()?, ahead.u8()?);
        let len = match first {
            0..=0x7f => usize::from(first),
            0x81..=0x84 => {
                let bytes = ahead.take(usize::from(first & 0x7f))?;
                bytes.iter().fold(0_usize, |len, byte| len << 8 | usize::from(*byte))
            }
            _ => return None,
        };
        let body = ahead.up_to(len);
        *reader = ahead;
        Some(Self { tag, body, len })
    }

    pub(in super::super) const fn is_whole(&self) -> bool {
        self.body.len() == self.len
    }

    /// The values within.
    pub(in super::super) const fn parts(&self) -> Parts<'a> {
        Parts(Reader::new(self.body))
    }

    /// The value within that has this tag.
    pub(in super::super) fn part(&self, tag: u8) -> Option<Self> {
        self.parts().find(|part| part.tag == tag)
    }

    /// The one value within an explicit tag.
    pub(in super::super) fn inner(&self) -> Option<Self> {
        self.parts().next()
    }

    /// A non-negative integer of up to four bytes.
    pub(in super::super) fn number(&self) -> Option<u32> {
        let significant = self.body.strip_prefix(&[0]).unwrap_or(self.body);
        let fits = !self.body.is_empty() && significant.len() <= 4 && self.is_whole();
        fits.then(|| significant.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }
}

pub(in super::super) struct Parts<'a>(Reader<'a>);

impl<'a> Iterator for Parts<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        Value::read(&mut self.0)
    }
}
