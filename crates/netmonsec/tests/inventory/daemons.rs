//! The programs of the office's hosts, none of which keeps anything outside the test's folder.

use std::fs;
use std::path::Path;

use testlab::Process;

use crate::office::{GATEWAY, Office};

/// What the office cannot do without.
pub(crate) const PROGRAMS: [&str; 13] = [
    "tcpdump",
    "unshare",
    "python3",
    "curl",
    "busybox",
    "dnsmasq",
    "radvd",
    "udhcpc",
    "dhclient",
    "avahi-daemon",
    "nmbd",
    "nmblookup",
    "lldpd",
];

/// A file that comes with the test.
pub(crate) fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inventory/data").join(name).display().to_string()
}

/// DHCP and DNS of a gateway, for names of the world.
pub(crate) fn dnsmasq(office: &Office, host: &str) -> Process {
    let folder = office.folder_of(host);
    let line = format!(
        "exec dnsmasq --keep-in-foreground --conf-file=/dev/null --no-hosts --no-resolv --user=root --group=root \
         --interface=eth0 --bind-interfaces --except-interface=lo --no-ping --log-facility=- --pid-file \
         --dhcp-range=10.77.0.100,10.77.0.150,1h --dhcp-authoritative --dhcp-leasefile={}/leases \
         --domain=office.example --address=/www.example.net/198.18.5.1",
        folder.display()
    );
    let mut process = office.start(host, &line);
    process.says("started");
    process
}

/// Router advertisements of the office's prefix.
pub(crate) fn radvd(office: &Office, host: &str) -> Process {
    let file = office.folder_of(host).join("radvd.conf");
    let text = "interface eth0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 1800; \
                prefix 2001:db8:77::/64 { AdvOnLink on; AdvAutonomous on; }; \
                RDNSS 2001:db8:77::1 { }; };\n";
    fs::write(&file, text).unwrap();
    let line = format!("exec radvd -n -m stderr -d 1 -C {} -p /run/radvd.pid", file.display());
    let mut process = office.start(host, &line);
    process.says("started");
    process
}

/// A DHCP client of embedded things; ends once it has an address.
pub(crate) fn udhcpc(office: &Office, host: &str, name: &str, class: &str) {
    let script = data("lease.sh");
    office.run(
        host,
        &format!("udhcpc -f -q -n -t 10 -T 1 -i eth0 -s {script} -x hostname:{name} -V '{class}'"),
    );
}

/// A DHCP client of computers; ends once it has an address.
pub(crate) fn dhclient(office: &Office, host: &str, name: &str, class: &str) {
    let folder = office.folder_of(host).display().to_string();
    let text = format!(
        "send host-name \"{name}\";\nsend vendor-class-identifier \"{class}\";\n\
         request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers, host-name;\n"
    );
    fs::write(format!("{folder}/dhclient.conf"), text).unwrap();
    fs::write(format!("{folder}/leases"), "").unwrap();
    office.run(
        host,
        &format!(
            "dhclient -4 -1 -cf {folder}/dhclient.conf -lf {folder}/leases -pf {folder}/pid -sf {} eth0",
            data("lease.sh")
        ),
    );
}

/// Announces services, each with name, type, port and TXT record, by mDNS.
pub(crate) fn avahi(
    office: &Office,
    host: &str,
    name: &str,
    services: &[(&str, &str, u16, &str)],
) -> Process {
    let folder = office.folder_of(host);
    fs::create_dir_all(folder.join("services")).unwrap();
    let text = format!(
        "[server]\nhost-name={name}\nallow-interfaces=eth0\nenable-dbus=no\n\
         [publish]\npublish-hinfo=yes\npublish-workstation=no\n"
    );
    fs::write(folder.join("avahi-daemon.conf"), text).unwrap();
    for (number, (instance, kind, port, txt)) in services.iter().enumerate() {
        let txt: String =
            txt.split_terminator(';').map(|t| format!("<txt-record>{t}</txt-record>")).collect();
        let text = format!(
            "<?xml version=\"1.0\"?><!DOCTYPE service-group SYSTEM \"avahi-service.dtd\"><service-group>\
             <name>{instance}</name><service><type>{kind}</type><port>{port}</port>{txt}</service></service-group>\n"
        );
        fs::write(folder.join(format!("services/{number}.service")), text).unwrap();
    }
    let line = format!(
        "mkdir /run/avahi-daemon && mount --bind {} /etc/avahi && exec avahi-daemon --no-drop-root --no-chroot --no-rlimits",
        folder.display()
    );
    office.start(host, &line)
}

/// A file server's NetBIOS names.
pub(crate) fn nmbd(office: &Office, host: &str, name: &str, group: &str) -> Process {
    let folder = office.folder_of(host).display().to_string();
    let text = format!(
        "[global]\nnetbios name = {name}\nworkgroup = {group}\nserver string = the old files\n\
         interfaces = eth0\nbind interfaces only = yes\npreferred master = no\nlocal master = no\n\
         domain master = no\ndns proxy = no\nlock directory = {folder}\nstate directory = {folder}\n\
         cache directory = {folder}\nprivate dir = {folder}\npid directory = {folder}\nlog level = 0\n"
    );
    fs::write(format!("{folder}/smb.conf"), text).unwrap();
    let line =
        format!("mkdir -p /run/samba && exec nmbd -F --no-process-group -s {folder}/smb.conf -l {folder}");
    office.start(host, &line)
}

/// Asks a host for all its NetBIOS names.
pub(crate) fn node_status(office: &Office, host: &str, of: &str) {
    let conf = office.folder_of(host).join("smb.conf");
    fs::write(&conf, "[global]\n").unwrap();
    office.run(host, &format!("nmblookup -s {} -A {of}", conf.display()));
}

/// Link discovery: `options` tell the protocols.
pub(crate) fn lldpd(office: &Office, host: &str, name: &str, options: &str) -> Process {
    let conf = office.folder_of(host).join("lldpd.conf");
    let text = "configure lldp tx-interval 2\nconfigure system capabilities enabled bridge\n";
    fs::write(&conf, text).unwrap();
    let line = format!(
        "hostname {name} && echo 127.0.0.1 {name} >> /etc/hosts && mkdir -p /run/lldpd && exec lldpd -d -u /run/lldpd.socket -O {} \
         -S 'Example switch software 9.1' -I eth0 -C eth0 {options}",
        conf.display()
    );
    office.start(host, &line)
}

/// A media server that announces itself by SSDP.
pub(crate) fn ssdp(office: &Office, host: &str, address: &str, uuid: &str) -> Process {
    let mut process = office.start(host, &format!("exec python3 {} serve {address} {uuid}", data("ssdp.py")));
    process.says("announced");
    process
}

/// A web server on all addresses.
pub(crate) fn web(office: &Office, host: &str, port: u16) -> Process {
    let folder = office.folder_of(host).display().to_string();
    fs::write(format!("{folder}/index.html"), "hello\n".repeat(500)).unwrap();
    let mut process =
        office.start(host, &format!("cd {folder} && exec python3 -u -m http.server --bind :: {port} >&2"));
    process.says("Serving HTTP");
    process
}

/// Looks an address up by the gateway.
pub(crate) fn resolve(office: &Office, host: &str, name: &str) {
    office.run(host, &format!("busybox nslookup -type=a {name} {GATEWAY}"));
}
