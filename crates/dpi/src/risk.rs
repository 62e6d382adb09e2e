/// Something about a flow that its owner should know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Risk {
    /// A password or token went over the wire in clear.
    CleartextCredentials,
    /// SSL, or TLS before 1.2, was negotiated.
    ObsoleteTls,
    /// SSH 1.
    ObsoleteSsh,
    /// SMB 1.
    Smb1,
    /// A certificate outside its validity.
    CertificateExpired,
    /// A certificate that signed itself.
    CertificateSelfSigned,
    /// A certificate for another name than the one asked for.
    CertificateMismatch,
    /// A certificate valid for longer than public ones may be.
    CertificateLongLived,
    /// A cipher without secrecy, or known to be broken.
    WeakCipher,
    /// A key that is too short, or a broken signature hash.
    WeakKey,
    /// A protocol away from its ports, at one that is another's.
    UnusualPort,
    /// A host named by its address.
    NumericHost,
    /// A name in letters of other scripts.
    Punycode,
    /// A user agent that only tools have, or that tries to inject something.
    SuspiciousUserAgent,
    /// SQL in a request.
    SqlInjection,
    /// Script in a request.
    CrossSiteScripting,
    /// Shell commands or paths out of the tree in a request.
    RemoteCode,
    /// A `${jndi:...}` lookup.
    Log4shell,
    /// A program was downloaded.
    ExecutableDownload,
    /// A message that its own specification forbids.
    Malformed,
}

/// A set of risks.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Risks(u32);

const ALL: [(Risk, &str); 20] = [
    (Risk::CleartextCredentials, "cleartext-credentials"),
    (Risk::ObsoleteTls, "obsolete-tls"),
    (Risk::ObsoleteSsh, "obsolete-ssh"),
    (Risk::Smb1, "smb1"),
    (Risk::CertificateExpired, "certificate-expired"),
    (Risk::CertificateSelfSigned, "certificate-self-signed"),
    (Risk::CertificateMismatch, "certificate-mismatch"),
    (Risk::CertificateLongLived, "certificate-long-lived"),
    (Risk::WeakCipher, "weak-cipher"),
    (Risk::WeakKey, "weak-key"),
    (Risk::UnusualPort, "unusual-port"),
    (Risk::NumericHost, "numeric-host"),
    (Risk::Punycode, "punycode"),
    (Risk::SuspiciousUserAgent, "suspicious-user-agent"),
    (Risk::SqlInjection, "sql-injection"),
    (Risk::CrossSiteScripting, "cross-site-scripting"),
    (Risk::RemoteCode, "remote-code"),
    (Risk::Log4shell, "log4shell"),
    (Risk::ExecutableDownload, "executable-download"),
    (Risk::Malformed, "malformed"),
];

impl Risks {
    /// Adds one.
    pub fn insert(&mut self, risk: Risk) {
        self.0 |= 1 << risk as u8;
    }

    /// It is among them.
    pub fn contains(self, risk: Risk) -> bool {
        self.0 & 1 << risk as u8 != 0
    }

    /// There is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names that records carry.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        ALL.into_iter().filter(move |(risk, _)| self.contains(*risk)).map(|(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_names_its_members() {
        let mut risks = Risks::default();
        assert!(risks.is_empty());
        risks.insert(Risk::Malformed);
        risks.insert(Risk::CleartextCredentials);
        risks.insert(Risk::Malformed);
        assert_eq!(risks.names().collect::<Vec<_>>(), ["cleartext-credentials", "malformed"]);
        for (place, (risk, _)) in ALL.iter().enumerate() {
            assert_eq!(*risk as usize, place, "in the order of the enum");
        }
    }
}
