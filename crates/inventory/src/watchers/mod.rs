//! One file per protocol that devices say something of themselves in.

// Link and network layer.
pub(crate) mod arp;
pub(crate) mod cdp;
pub(crate) mod eapol;
pub(crate) mod edp;
pub(crate) mod fdp;
pub(crate) mod hsrp;
pub(crate) mod lacp;
pub(crate) mod lldp;
pub(crate) mod mndp;
pub(crate) mod multicast;
pub(crate) mod ndp;
pub(crate) mod pppoe;
pub(crate) mod profinet;
pub(crate) mod sonmp;
pub(crate) mod stp;
pub(crate) mod vrrp;
// Datagrams.
pub(crate) mod bacnet;
pub(crate) mod dhcp;
pub(crate) mod dhcp6;
pub(crate) mod enip;
pub(crate) mod knxnet_ip;
pub(crate) mod lifx;
pub(crate) mod llmnr;
pub(crate) mod mdns;
pub(crate) mod netbios;
pub(crate) mod snmp;
pub(crate) mod ssdp;
pub(crate) mod steam;
pub(crate) mod tplink;
pub(crate) mod tuya;
pub(crate) mod ubiquiti;
pub(crate) mod ws_discovery;
pub(crate) mod yeelight;
// Flows.
pub(crate) mod clock;
pub(crate) mod directory;
pub(crate) mod dns;
pub(crate) mod greetings;
pub(crate) mod hosts;
pub(crate) mod http;
pub(crate) mod industrial;
pub(crate) mod remote;
pub(crate) mod services;
pub(crate) mod smb;
pub(crate) mod ssh;
pub(crate) mod syn;
pub(crate) mod tls;
pub(crate) mod voice;
