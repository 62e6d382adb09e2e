//! All watchers. A new one is one file under `watchers/` and one line here.

use crate::watcher::Watcher;
use crate::watchers as w;

pub(crate) static WATCHERS: &[&Watcher] = &[
    // Link and network layer.
    &w::arp::ARP,
    // Datagrams.
    // Flows.
    &w::directory::DIRECTORY,
    &w::dns::DNS,
    &w::greetings::GREETINGS,
    &w::hosts::HOSTS,
    &w::http::HTTP,
    &w::industrial::INDUSTRIAL,
    &w::remote::REMOTE,
    &w::services::SERVICES,
    &w::smb::SMB,
    &w::ssh::SSH,
    &w::tls::TLS,
    &w::voice::VOICE,
];
