use crate::protocol::Protocol;

/// Declares the modules and lists their `PROTOCOL`s, so that a protocol is one line here.
///
/// `cargo fmt` does not see modules declared by a macro: `rustfmt crates/dpi/src/protocols/*.rs`.
macro_rules! protocols {
    ($($module:ident,)*) => {
        #[path = "protocols"]
        mod protocols {
            $(pub(super) mod $module;)*
        }

        /// Every protocol, the more exacting before the more lenient: of two that are as sure as
        /// each other, and of which neither is at its port, the first wins.
        pub(crate) static PROTOCOLS: &[&Protocol] = &[$(&protocols::$module::PROTOCOL,)*];

        #[cfg(test)]
        static SAMPLES: &[&crate::protocol::Samples] = &[$(&protocols::$module::SAMPLES,)*];
    };
}

protocols! {
    // Fingerprinted and encrypted.
    tls,
    ssh,

    // Web.
    http,

    // Industry and things.

    // Databases, messages, files, directories.

    // Text: mail, chat, news, administration.
    openwire,
    kismet,
    monero,
    radmin,
    vnc,
    z3950,
    gearman,
    smpp,
    diameter,
    mms,
    raft,
    teamviewer,
    nomachine,
    atg,
    xdmcp,
    nfs,
    radius,
    tftp,
    collectd,
    syncthing,
    dropbox_lansync,
    tivoconnect,
    hl7,
    fix,
    stomp,
    nats,
    mining,
    memcached,
    redis,
    smtps,
    imaps,
    pop3s,
    ftps,
    smtp,
    imap,
    pop3,
    ftp,
    nntp,
    xmpp,
    irc,
    rsync,
    git,
    checkmk,
    zabbix,
    munin,
    syslog,
    rsh,
    telnet,
    svn,
    beanstalkd,
    cups_browsing,
    statsd,
    graphite,
    x11,
    tacacs,
    rlogin,
    lpd,
    snpp,
    ident,
    gopher,
    finger,
    whois,
    ftp_data,
    sonos,

    // Networks: addresses, names, routing, management.
    netbios_ns,
    dnscrypt,
    mdns,
    llmnr,
    dns,

    // Remote desktops, tunnels.

    // Games.

    // Voice, media.
    rtp,

    // Peers, messengers, vendors' own.
}

#[cfg(test)]
mod tests;
