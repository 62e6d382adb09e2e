use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;
use crate::database::give_to_owner_of_folder;

/// All certificates of a file.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(path)?;
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain = chain.map_err(|source| not_pem(path, "certificate", source))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate { path: path.to_path_buf() });
    }
    Ok(chain)
}

/// The first private key of a file.
pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|source| not_pem(path, "private key", source))
}

/// A key that everybody may read is none any more. Those of a group may: `ssl-cert` is one.
pub(super) fn refuse_open_key(path: &Path) -> Result<(), TlsError> {
    let mode = fs::metadata(path).map_err(|source| io_error(path, source))?.permissions().mode();
    if mode & 0o007 == 0 { Ok(()) } else { Err(TlsError::OpenKey { path: path.to_path_buf() }) }
}

/// Writes a file at once or not at all.
pub(super) fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    let written = || -> io::Result<()> {
        // A file that was left there may be open to others, or a link.
        match fs::remove_file(new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(new)?;
        give_to_owner_of_folder(&file, new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(new, path)
    };
    written().map_err(|source| io_error(path, source))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| io_error(path, source))
}

pub(super) fn io_error(path: &Path, source: io::Error) -> TlsError {
    TlsError::Io { path: path.to_path_buf(), source }
}

fn not_pem(path: &Path, what: &'static str, source: pem::Error) -> TlsError {
    TlsError::NotPem { path: path.to_path_buf(), what, source }
}
