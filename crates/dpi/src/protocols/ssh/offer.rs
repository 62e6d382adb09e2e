use crate::reader::Reader;

/// RFC 4253 s12.
const KEXINIT: u8 = 20;
const COOKIE_LEN: usize = 16;

/// The lists of a key exchange offer (RFC 4253 s7.1), without those of languages.
#[derive(Debug)]
pub(super) struct Offer<'a> {
    kex: &'a [u8],
    host_keys: &'a [u8],
    /// From client to server, and back.
    ciphers: [&'a [u8]; 2],
    macs: [&'a [u8]; 2],
    compressions: [&'a [u8]; 2],
}

impl<'a> Offer<'a> {
    /// The first binary packet (RFC 4253 s6), if it is an offer and all there.
    pub(super) fn after_line(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let _len = reader.array::<4>()?;
        let [_padding, KEXINIT] = reader.array()? else { return None };
        reader.take(COOKIE_LEN)?;
        let mut list = || {
            let len = u32::from_be_bytes(reader.array()?);
            reader.take(usize::try_from(len).ok()?)
        };
        Some(Self {
            kex: list()?,
            host_keys: list()?,
            ciphers: [list()?, list()?],
            macs: [list()?, list()?],
            compressions: [list()?, list()?],
        })
    }

    /// What HASSH takes of a client.
    pub(super) fn client_lists(&self) -> [&'a [u8]; 4] {
        let ([cipher, _], [mac, _], [compression, _]) = (self.ciphers, self.macs, self.compressions);
        [self.kex, cipher, mac, compression]
    }

    /// What HASSH takes of a server.
    pub(super) fn server_lists(&self) -> [&'a [u8]; 4] {
        let ([_, cipher], [_, mac], [_, compression]) = (self.ciphers, self.macs, self.compressions);
        [self.kex, cipher, mac, compression]
    }

    /// What is negotiated for the way from client to server.
    pub(super) fn used(&self) -> [&'a [u8]; 5] {
        let [kex, cipher, mac, compression] = self.client_lists();
        [kex, self.host_keys, cipher, mac, compression]
    }
}
