//! TLS with a certificate of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::instance::Instance;

#[test]
fn whoever_trusts_the_certificate_is_served_and_others_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = format!("store.path={:?}", folder.path());
    let mut instance =
        Instance::with(&["portscan_nmap_connect.pcap"], &["--set", "api.tls=\"on\"", "--set", &path]);
    let pem = folder.path().join("tls-certificate.pem");
    let certificate = CertificateDer::from_pem_file(&pem).unwrap();
    let said = instance.said().join("\n");
    assert!(said.contains("https://127.0.0.1:"), "{said}");

    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(instance.address).unwrap());
    let host = instance.address;
    write!(stream, "GET /api/v1/version HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.to_lowercase().contains("strict-transport-security: max-age="), "{answer}");

    let plain = instance.get("/api/v1/version");
    assert_eq!(plain.status, 400);
    assert!(plain.text().contains("https://"), "{}", plain.text());
    instance.stop();
}
