//! The certificate, from files or of our own making, and what a server needs of it.

mod error;
mod files;
mod fingerprint;
mod own;

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use wire::Timestamp;

pub use error::TlsError;
pub use own::own_certificate;

/// What a server speaks TLS with.
#[derive(Clone, Debug)]
pub struct Tls {
    /// TLS 1.3 and 1.2; HTTP/1.1 by ALPN.
    pub config: Arc<ServerConfig>,
    /// SHA-256 of the certificate, as browsers and openssl show it: `AB:CD:…`. Whoever connects to a
    /// certificate of our own for the first time compares it.
    pub fingerprint: String,
    /// It was made just now, so the fingerprint is a new one.
    pub is_new: bool,
}

/// The certificate and key of PEM files; the certificates of those that vouch for it follow in its
/// file.
///
/// # Errors
/// Files that are missing, not PEM, do not belong together, or a key that everybody on this machine
/// may read.
pub fn load(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
    files::refuse_open_key(key)?;
    let chain = files::certificates(certificate)?;
    let key_der = files::key(key)?;
    tls(chain, key_der, false).map_err(|source| TlsError::Unusable {
        certificate: certificate.to_path_buf(),
        key: key.to_path_buf(),
        source,
    })
}

/// The certificate of our own in the data folder, for these names and addresses. One is made if there
/// is none, if it does not cover all of them, or if it ends within a month.
///
/// # Errors
/// Names that are none, and a folder that cannot be written.
pub fn own<N: AsRef<str>>(folder: &Path, names: &[N], now: Timestamp) -> Result<Tls, TlsError> {
    own::load_or_make(folder, names, now)
}

fn tls(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    is_new: bool,
) -> Result<Tls, rustls::Error> {
    let fingerprint = chain.first().map(fingerprint::of).unwrap_or_default();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls { config: Arc::new(config), fingerprint, is_new })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
