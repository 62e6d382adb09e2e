use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use wire::Timestamp;

use super::{Tls, TlsError, files, provider, tls};

const CERTIFICATE: &str = "tls-certificate.pem";
const KEY: &str = "tls-key.pem";

/// Apple's systems take none that is valid for more than 825 days.
const VALID_S: u64 = 820 * 86_400;
/// It is made anew so long before it ends.
const AHEAD_S: u64 = 30 * 86_400;
/// And is valid from before it was made, for clocks that are behind.
const BEHIND_S: u64 = 86_400;

pub(super) fn load_or_make<N: AsRef<str>>(
    folder: &Path,
    names: &[N],
    now: Timestamp,
) -> Result<Tls, TlsError> {
    let mut names: Vec<&str> = names.iter().map(|name| name.as_ref().trim_end_matches('.')).collect();
    if names.is_empty() {
        names.push("localhost");
    }
    let wanted = server_names(&names)?;
    fs::create_dir_all(folder).map_err(|source| files::io_error(folder, source))?;
    match there(folder, &wanted, now)? {
        Some(tls) => Ok(tls),
        None => make(folder, &names, now),
    }
}

fn server_names(names: &[&str]) -> Result<Vec<ServerName<'static>>, TlsError> {
    let one = |name: &&str| ServerName::try_from((*name).to_owned());
    names.iter().map(|name| one(name).map_err(|_| TlsError::BadName((*name).to_owned()))).collect()
}

/// Where the certificate is that is made in this folder.
pub fn own_certificate(folder: &Path) -> PathBuf {
    folder.join(CERTIFICATE)
}

/// What is in the folder, if it will do. A pair of which one is missing, cut or of another is no pair;
/// a file that may not be read is an error: it is somebody's.
fn there(folder: &Path, wanted: &[ServerName<'static>], now: Timestamp) -> Result<Option<Tls>, TlsError> {
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
    if !certificate.exists() || !key.exists() {
        return Ok(None);
    }
    let chain = match files::certificates(&certificate) {
        Err(error @ TlsError::Io { .. }) => return Err(error),
        chain => chain.ok(),
    };
    let key = match files::refuse_open_key(&key).and_then(|()| files::key(&key)) {
        Err(error @ TlsError::Io { .. }) => return Err(error),
        key => key.ok(),
    };
    let (Some(chain), Some(key)) = (chain, key) else { return Ok(None) };
    if !chain.first().is_some_and(|first| covers(first, wanted, now)) {
        return Ok(None);
    }
    Ok(tls(chain, key, false).ok())
}

/// A client that trusts it would take it for all these names, now and in a month.
fn covers(certificate: &CertificateDer<'static>, wanted: &[ServerName<'static>], now: Timestamp) -> bool {
    let mut roots = RootCertStore::empty();
    if roots.add(certificate.clone()).is_err() {
        return false;
    }
    let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build()
    else {
        return false;
    };
    [now.secs(), now.secs().saturating_add(AHEAD_S)].into_iter().all(|second| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(second));
        wanted.iter().all(|name| verifier.verify_server_cert(certificate, &[], name, &[], time).is_ok())
    })
}

fn make(folder: &Path, names: &[&str], now: Timestamp) -> Result<Tls, TlsError> {
    let told = |source| TlsError::Make { names: names.join(", "), source };
    let key = KeyPair::generate().map_err(told)?;
    let certificate = params(names, now).map_err(told)?.self_signed(&key).map_err(told)?;
    let (certificate_path, key_path) = (folder.join(CERTIFICATE), folder.join(KEY));
    // If it ends in between, they are no pair, and are made again.
    files::write(&key_path, &key.serialize_pem(), 0o600)?;
    files::write(&certificate_path, &certificate.pem(), 0o644)?;
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    tls(vec![certificate.der().clone()], key, true).map_err(|source| TlsError::Unusable {
        certificate: certificate_path,
        key: key_path,
        source,
    })
}

/// A certificate for a server and nothing else: whoever trusts it trusts no others that its key signs.
fn params(names: &[&str], now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(now.secs().saturating_sub(BEHIND_S));
    params.not_after = epoch + Duration::from_secs(now.secs().saturating_add(VALID_S - BEHIND_S));
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, "netmonsec");
    subject.push(DnType::CommonName, names.first().copied().unwrap_or("netmonsec"));
    params.distinguished_name = subject;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rustls::{ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection};

    use super::*;
    use crate::tls;

    const NAMES: [&str; 4] = ["localhost", "nas.lan", "127.0.0.1", "2001:db8::7"];

    fn now() -> Timestamp {
        Timestamp::new(1_795_000_000, 0)
    }

    fn later(seconds: u64) -> Timestamp {
        now() + seconds * 1_000_000_000
    }

    /// Shakes hands as a client that trusts this certificate only; the protocol that was agreed on.
    fn handshake(server: Arc<ServerConfig>, trusted: &Path, name: &str) -> Result<Vec<u8>, rustls::Error> {
        #[derive(Debug)]
        struct At(Timestamp);
        impl rustls::time_provider::TimeProvider for At {
            fn current_time(&self) -> Option<UnixTime> {
                Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0.secs())))
            }
        }
        let mut roots = RootCertStore::empty();
        roots.add(files::certificates(trusted).unwrap().remove(0)).unwrap();
        let mut config = ClientConfig::builder_with_details(provider(), Arc::new(At(now())))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut client = Connection::from(ClientConnection::new(Arc::new(config), name).unwrap());
        let mut server = Connection::from(ServerConnection::new(server).unwrap());
        while client.is_handshaking() || server.is_handshaking() {
            for turn in 0..2 {
                let (from, to) =
                    if turn == 0 { (&mut client, &mut server) } else { (&mut server, &mut client) };
                let mut bytes = Vec::new();
                while from.wants_write() {
                    from.write_tls(&mut bytes).unwrap();
                }
                let mut bytes = bytes.as_slice();
                while !bytes.is_empty() {
                    to.read_tls(&mut bytes).unwrap();
                    to.process_new_packets()?;
                }
            }
        }
        Ok(client.alpn_protocol().unwrap_or_default().to_vec())
    }

    #[test]
    fn one_is_made_and_kept_and_clients_that_trust_it_connect() {
        let folder = tempfile::tempdir().unwrap();
        let made = tls::own(folder.path(), &NAMES, now()).unwrap();
        assert!(made.is_new);
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(KEY), 0o600);
        let kept = tls::own(folder.path(), &NAMES[..2], later(3600)).unwrap();
        assert!(!kept.is_new);
        assert_eq!(made.fingerprint, kept.fingerprint);
        assert_eq!(made.fingerprint.len(), 32 * 3 - 1);
        let trusted = folder.path().join(CERTIFICATE);
        for name in NAMES {
            assert_eq!(handshake(Arc::clone(&kept.config), &trusted, name).unwrap(), b"http/1.1", "{name}");
        }
        assert!(handshake(Arc::clone(&kept.config), &trusted, "evil.example").is_err());
        let other = tempfile::tempdir().unwrap();
        let other = tls::own(other.path(), &NAMES, now()).unwrap();
        assert_ne!(other.fingerprint, made.fingerprint);
        assert!(handshake(other.config, &trusted, "localhost").is_err());
    }

    #[test]
    fn the_fingerprint_is_the_one_that_openssl_shows() {
        let folder = tempfile::tempdir().unwrap();
        let made = tls::own(folder.path(), &NAMES, now()).unwrap();
        let openssl = std::process::Command::new("openssl")
            .args(["x509", "-noout", "-fingerprint", "-sha256", "-ext", "subjectAltName", "-in"])
            .arg(folder.path().join(CERTIFICATE))
            .output();
        let Ok(openssl) = openssl else {
            eprintln!("SKIPPED the_fingerprint_is_the_one_that_openssl_shows: no openssl");
            return;
        };
        let text = String::from_utf8(openssl.stdout).unwrap();
        assert!(text.contains(&format!("={}\n", made.fingerprint)), "{text}");
        assert!(
            text.contains("DNS:localhost, DNS:nas.lan, IP Address:127.0.0.1, IP Address:2001:DB8"),
            "{text}"
        );
    }

    #[test]
    fn it_is_made_anew_before_it_ends_and_for_new_names() {
        let folder = tempfile::tempdir().unwrap();
        let mut last = tls::own(folder.path(), &NAMES, now()).unwrap().fingerprint;
        assert!(!tls::own(folder.path(), &NAMES, later(788 * 86_400)).unwrap().is_new);
        let mut is_new = |names: &[&str], now| {
            let tls = tls::own(folder.path(), names, now).unwrap();
            assert_eq!(tls.is_new, tls.fingerprint != last);
            last = tls.fingerprint;
            tls.is_new
        };
        assert!(is_new(&NAMES, later(790 * 86_400)));
        assert!(!is_new(&NAMES, later(791 * 86_400)));
        assert!(is_new(&["office.lan"], later(791 * 86_400)));
        assert!(!is_new(&["office.lan."], later(792 * 86_400)));
        assert!(is_new(&[], later(792 * 86_400)));
        assert!(!is_new(&["localhost"], later(792 * 86_400)));
        // No clock: the year 1970.
        assert!(is_new(&["localhost"], Timestamp::new(0, 0)));
    }

    #[test]
    fn what_was_cut_or_opened_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let make = || tls::own(folder.path(), &NAMES, now()).unwrap().is_new;
        let (certificate, key) = (folder.path().join(CERTIFICATE), folder.path().join(KEY));
        assert!(make() && !make());
        for path in [&certificate, &key] {
            fs::write(path, &fs::read(path).unwrap()[..60]).unwrap();
            assert!(make() && !make());
            fs::write(path, "").unwrap();
            assert!(make() && !make());
            fs::remove_file(path).unwrap();
            assert!(make() && !make());
        }
        let other = tempfile::tempdir().unwrap();
        tls::own(other.path(), &NAMES, now()).unwrap();
        fs::copy(other.path().join(KEY), &key).unwrap();
        assert!(make() && !make());
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(make() && !make());
    }

    #[test]
    fn names_that_are_none_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["", "a b", "*.lan", "https://nas.lan", "nas.lan:8443", "ä.lan"] {
            let error = tls::own(folder.path(), &[name], now()).unwrap_err();
            assert!(matches!(error, TlsError::BadName(_)), "{name}: {error}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn files_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let made = tls::own(folder.path(), &NAMES, now()).unwrap();
        let (certificate, key) = (folder.path().join(CERTIFICATE), folder.path().join(KEY));
        let loaded = tls::load(&certificate, &key).unwrap();
        assert_eq!((loaded.fingerprint, loaded.is_new), (made.fingerprint, false));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(tls::load(&certificate, &key).is_ok());
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(tls::load(&certificate, &key), Err(TlsError::OpenKey { .. })));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(tls::load(&key, &key), Err(TlsError::NoCertificate { .. })));
        assert!(matches!(
            tls::load(&folder.path().join("none.pem"), &key),
            Err(TlsError::Io { path, .. }) if path.ends_with("none.pem")
        ));
        let other = tempfile::tempdir().unwrap();
        tls::own(other.path(), &NAMES, now()).unwrap();
        assert!(matches!(tls::load(&certificate, &other.path().join(KEY)), Err(TlsError::Unusable { .. })));
        let text = folder.path().join("text.pem");
        fs::write(&text, "Dear diary").unwrap();
        fs::set_permissions(&text, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(tls::load(&certificate, &text), Err(TlsError::NotPem { what: "private key", .. })));
    }
}
