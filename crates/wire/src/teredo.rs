//! Teredo (RFC 4380): what may stand between UDP and the tunnelled IPv6 packet.

use std::net::Ipv4Addr;

/// The port of Teredo servers (RFC 4380 s2.7).
pub const PORT: u16 = 3544;

/// The indications in front of a tunnelled packet (RFC 4380 s5.1.1); most packets have none.
#[derive(Clone, Copy, Debug)]
pub struct Teredo<'a> {
    authentication: Option<Authentication<'a>>,
    origin: Option<&'a [u8; 8]>,
    header_len: usize,
}

/// The authentication indication.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Authentication<'a> {
    /// Client identification.
    pub client: &'a [u8],
    /// Authentication value.
    pub value: &'a [u8],
    /// Nonce that the server sends back.
    pub nonce: u64,
    /// 0 if the client's key is still good.
    pub confirmation: u8,
}

impl<'a> Teredo<'a> {
    /// The indications at the start of `bytes`, and the IPv6 packet behind them.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (authentication, rest) = match bytes {
            [0, 1, ..] => {
                let (authentication, rest) = Authentication::split(bytes)?;
                (Some(authentication), rest)
            }
            _ => (None, bytes),
        };
        let (origin, rest) = match rest.split_first_chunk::<8>() {
            Some((origin @ [0, 0, ..], rest)) => (Some(origin), rest),
            _ => (None, rest),
        };
        Some((Self { authentication, origin, header_len: bytes.len() - rest.len() }, rest))
    }

    /// Length of the indications in bytes.
    pub fn header_len(&self) -> usize {
        self.header_len
    }

    /// The authentication indication.
    pub fn authentication(&self) -> Option<Authentication<'a>> {
        self.authentication
    }

    /// Where the server saw the packet come from, of the origin indication. The wire has both
    /// inverted, so that no address translator rewrites them.
    pub fn origin(&self) -> Option<(Ipv4Addr, u16)> {
        let &[_, _, p0, p1, a, b, c, d] = self.origin?;
        Some((Ipv4Addr::new(!a, !b, !c, !d), !u16::from_be_bytes([p0, p1])))
    }
}

impl<'a> Authentication<'a> {
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&[_, _, client_len, value_len], rest) = bytes.split_first_chunk()?;
        let (client, rest) = rest.split_at_checked(usize::from(client_len))?;
        let (value, rest) = rest.split_at_checked(usize::from(value_len))?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (&confirmation, rest) = rest.split_first()?;
        Some((Self { client, value, nonce: u64::from_be_bytes(*nonce), confirmation }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_indications() {
        let mut bytes = vec![0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0];
        bytes.extend([0, 0, !0x12, !0x34, !192, !0, !2, !1, 0x60]);
        let (teredo, rest) = Teredo::split(&bytes).unwrap();
        assert_eq!(teredo.authentication().unwrap().nonce, 7);
        assert_eq!(teredo.origin(), Some(([192, 0, 2, 1].into(), 0x1234)));
        assert_eq!((teredo.header_len(), rest), (21, &[0x60][..]));
    }

    #[test]
    fn no_indication() {
        let (teredo, rest) = Teredo::split(&[0x60, 0, 0, 0]).unwrap();
        assert_eq!((teredo.header_len(), rest.len(), teredo.origin()), (0, 4, None));
        assert!(Teredo::split(&[0, 1, 9, 9]).is_none());
    }
}
