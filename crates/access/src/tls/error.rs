use std::io;
use std::path::PathBuf;

use rustls::pki_types::pem;

/// Why there is no certificate.
#[derive(thiserror::Error, Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{}: holds no {what} in PEM: {source}", path.display())]
    NotPem {
        /// The file.
        path: PathBuf,
        /// Certificate or private key.
        what: &'static str,
        /// What is wrong.
        source: pem::Error,
    },
    /// The file holds nothing.
    #[error("{}: holds no certificate in PEM (-----BEGIN CERTIFICATE-----)", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// Everybody on this machine could be us.
    #[error("{}: everybody may read this key; close it: chmod o= {}", path.display(), path.display())]
    OpenKey {
        /// The key.
        path: PathBuf,
    },
    /// Certificate and key are no pair, or of a kind that nobody uses.
    #[error("{} with {}: {source}", certificate.display(), key.display())]
    Unusable {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// None could be made.
    #[error("no certificate can be made for {names}: {source}")]
    Make {
        /// For what.
        names: String,
        /// Why.
        source: rcgen::Error,
    },
    /// It can have none.
    #[error("`{0}` is neither a name nor an address that a certificate could be for")]
    BadName(String),
}
