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
    dtls,
    ssh,
    ipsec,
    openvpn,
    tailscale,
    wireguard,
    cloudflare_warp,
    softether,
    tinc,
    ultrasurf,
    pptp,
    rdp,
    citrix,

    // Web.
    quic,
    http,

    // Industry and things.

    // Databases, messages, files, directories.
    mysql,
    postgresql,
    mongodb,
    tds,
    oracle_tns,
    cassandra,
    drda,
    amqp,
    giop,
    rmi,
    ceph,
    lustre,
    rx,
    kafka,
    mqtt,

    // Text: mail, chat, news, administration.

    // Networks: addresses, names, routing, management.
    bgp,
    dhcp,
    ssdp,
    ws_discovery,
    snmp,
    slp,
    rmcp,
    teredo,
    openflow,
    netbios_ns,
    netbios_dgm,
    netflow,
    sflow,
    ldp,
    dnscrypt,
    avast_securedns,
    mdns,
    llmnr,
    dns,
    dhcpv6,
    ntp,
    bfd,
    hsrp,
    glbp,
    cpha,
    capwap,
    gtp,
    pfcp,
    dlep,
    lisp,
    pcp,
    nat_pmp,

    // Remote desktops, tunnels.
    nomachine,
    adb,
    jdwp,
    gdb_remote,
    x11,
    spice,
    radmin,
    teamviewer,
    vnc,
    xdmcp,
    sd_rtn,
    tivoconnect,
    soulseek,
    direct_connect,
    sap_ni,
    ibm_mq,
    perforce,
    cvs_pserver,
    distcc,
    hadoop_rpc,
    zookeeper,
    pulsar,
    rocketmq,
    dubbo,

    // Games.
    activision,
    among_us,
    avast,
    cod_mobile,
    crynetwork,
    elder_scrolls_online,
    epic_games,
    gaijin,
    enet,
    genshin_impact,
    source_engine,
    quake,
    heroes_of_the_storm,
    i3d,
    kcp,
    lol_wild_rift,
    maplestory,
    netease_games,
    nintendo,
    path_of_exile,
    minecraft,
    warcraft3,
    gamespy,
    playstation_discovery,
    riot_games,
    starcraft,
    steam,
    steam_datagram_relay,
    tencent_games,
    toca_boca,
    world_of_warcraft,

    // Voice, media.
    rtp,

    // Peers, messengers, vendors' own.
}

#[cfg(test)]
mod tests;
