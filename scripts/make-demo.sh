#!/usr/bin/env bash
# make-demo.sh [FILE]: records assets/demo.pcapng anew (or FILE): a small office on a switch with a mirror port, in
# network namespaces of its own, with real servers and clients. Takes three minutes and root; made for Debian 12.
# Nothing leaves these namespaces; at the end, and on failure, they and every process in them are gone.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"
here=$PWD/scripts/demo-lab
out=$(realpath -m "${1:-assets/demo.pcapng}")
# The system's Python: it is the one whose version is known.
python=/usr/bin/python3

# --- What is needed -----------------------------------------------------------------------------------------

needed=(
  ip:iproute2 tc:iproute2 ethtool:ethtool tcpdump:tcpdump "$python:python3" dnsmasq:dnsmasq-base udhcpc:udhcpc
  nginx:nginx-light sshd:openssh-server sftp:openssh-client curl:curl openssl:openssl
  redis-server:redis-server redis-cli:redis-tools
  mosquitto:mosquitto mosquitto_pub:mosquitto-clients avahi-daemon:avahi-daemon dig:bind9-dnsutils ping:iputils-ping
  traceroute:traceroute iperf3:iperf3 nmap:nmap
)
missing=()
for entry in "${needed[@]}"; do
  command -v "${entry%%:*}" >/dev/null || missing+=("${entry##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  echo "make-demo: missing: ${missing[*]}" >&2
  echo "To install: sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "make-demo: network namespaces need root: sudo scripts/make-demo.sh" >&2
  exit 77
fi
if [ ! -c /dev/net/tun ]; then
  echo "make-demo: /dev/net/tun is missing: sudo modprobe tun" >&2
  exit 1
fi
if ip netns list | grep -q '^nd-'; then
  echo "make-demo: namespaces nd-* exist: another run is under way, or was killed" >&2
  echo "To see and remove them: ip netns list; sudo ip netns del NAME" >&2
  exit 1
fi

# --- Cleaning up --------------------------------------------------------------------------------------------

lab=$(mktemp -d)
namespaces=()
declare -A dhcp_client

clean() {
  local name
  trap - EXIT INT TERM
  # This shell's own children that still run.
  jobs -pr | xargs -r kill 2>/dev/null || true
  sleep 0.5
  for name in "${namespaces[@]}"; do
    # What these processes started in turn.
    ip netns pids "$name" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    ip netns del "$name" 2>/dev/null || true
  done
  rm -rf "$lab"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- The network --------------------------------------------------------------------------------------------

# Name, last byte of MAC and, where fixed, of the address. The rest is DHCP's.
hosts=(router:01 nas:05 printer-2f:1e laptop-anna:a1 desktop-ben:b2 phone-hall:c3 thermostat:d4 admin-pi:e5)

namespace() {
  ip netns add "nd-$1"
  namespaces+=("nd-$1")
  ip -n "nd-$1" link set lo up
}

# as HOST COMMAND...: runs it as that host: its network, its name and its resolver instead of this machine's.
as() {
  local host=$1
  shift
  exec ip netns exec "nd-$host" unshare --mount --uts sh -c '
    hostname "$1"
    mount --bind "$2/resolv.conf" /etc/resolv.conf
    mount --bind "$2/hosts" /etc/hosts
    mount --bind "$2/passwd" /etc/passwd
    shift 2
    exec "$@"' - "$host" "$lab" "$@"
}

# Like `as`, and waits; what it prints is of no interest, nor whether it succeeds.
on() {
  (as "$@") </dev/null >>"$lab/log" 2>&1 || true
}

# Like `as`, in the background until the end.
serve() {
  (as "$@") </dev/null >>"$lab/log" 2>&1 &
}

build_network() {
  namespace switch
  namespace monitor
  namespace internet
  echo 1 | ip netns exec nd-switch tee /proc/sys/net/ipv6/conf/all/disable_ipv6 >/dev/null
  ip -n nd-switch link add br0 type bridge stp_state 0 mcast_snooping 0
  ip -n nd-switch link set br0 up
  ip -n nd-switch link add mirror type veth peer name mon0 netns nd-monitor
  echo 1 | ip netns exec nd-monitor tee /proc/sys/net/ipv6/conf/mon0/disable_ipv6 >/dev/null
  ip -n nd-monitor link set mon0 arp off up
  ip -n nd-switch link set mirror up
  local entry name byte
  for entry in "${hosts[@]}"; do
    name=${entry%%:*} byte=${entry##*:}
    namespace "$name"
    ip -n nd-switch link add "p$byte" type veth peer name eth0 address "02:4e:44:00:00:$byte" netns "nd-$name"
    # Without offloads the mirror shows what a wire would: no giant frames, right checksums.
    ip netns exec "nd-$name" ethtool -K eth0 tso off gso off gro off tx off >/dev/null
    ip -n nd-switch link set "p$byte" master br0 up
    tc -n nd-switch qdisc add dev "p$byte" clsact
    tc -n nd-switch filter add dev "p$byte" ingress protocol all prio 1 u32 match u32 0 0 \
      action mirred egress mirror dev mirror
  done
}

build_internet() {
  local name address
  for name in router internet; do
    echo 1 | ip netns exec "nd-$name" tee /proc/sys/net/ipv4/ip_forward \
      /proc/sys/net/ipv6/conf/all/forwarding >/dev/null
  done
  "$python" -B "$here/wan.py" nd-router nd-internet &
  for name in router internet; do
    until ip -n "nd-$name" link show wan0 >/dev/null 2>&1; do sleep 0.1; done
    ip -n "nd-$name" link set wan0 mtu 1492 up
  done
  ip -n nd-router addr add 198.51.100.1/32 dev wan0
  ip -n nd-router addr add 2001:db8:ffff::1/128 dev wan0 nodad
  ip -n nd-router route add default dev wan0
  ip -n nd-router route add 2001:db8:ffff::/48 dev wan0
  # www, name server, time server; files, mail, telemetry.
  for address in 198.51.100.10 198.51.100.53 198.51.100.123 203.0.113.5 203.0.113.25 203.0.113.80; do
    ip -n nd-internet addr add $address/32 dev lo
  done
  ip -n nd-internet addr add 2001:db8:ffff::10/128 dev lo nodad
  ip -n nd-internet route add default dev wan0
  ip -n nd-internet route add 2001:db8:10::/64 dev wan0
}

# --- Files of the servers -----------------------------------------------------------------------------------

certificate() { # certificate NAME [CA]: self-signed, or signed by the demo's own authority
  local signer=()
  [ "${2:-}" = "" ] || signer=(-CA "$lab/ca.pem" -CAkey "$lab/ca.key")
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/O=Example/CN=$1" \
    -addext "subjectAltName=DNS:$1" "${signer[@]}" -keyout "$lab/$1.key" -out "$lab/$1.pem" 2>/dev/null
}

web_server() { # web_server NAME: writes nginx's configuration around the server blocks on stdin
  mkdir -p "$lab/$1"
  cat >"$lab/$1/nginx.conf" <<EOF
user root;
daemon off;
pid $lab/$1/nginx.pid;
error_log /dev/null;
worker_processes 1;
events {}
http {
  types { text/html html; application/zip zip; application/json json; application/pdf pdf; }
  access_log off;
  root $lab/www;
  limit_rate 400k;
  ssl_session_tickets off;
$(for kind in client_body proxy fastcgi uwsgi scgi; do echo "  ${kind}_temp_path $lab/$1/$kind;"; done)
$(cat)
}
EOF
}

write_files() {
  mkdir -p "$lab/www" "$lab/avahi/services" "$lab/ssh"
  chmod 755 "$lab"
  echo "nameserver 192.168.10.1" >"$lab/resolv.conf"
  echo "127.0.0.1 localhost" >"$lab/hosts"
  printf '%s\n' "root:x:0:0::$lab/ssh:/bin/sh" "sshd:x:100:65534::/run/sshd:/bin/false" \
    "avahi:x:101:65534::/:/bin/false" "nobody:x:65534:65534::/:/bin/false" >"$lab/passwd"
  echo '<!doctype html><title>Example</title><p>Nothing to see here.' >"$lab/www/index.html"
  echo '{"temperature":21.5}' >"$lab/www/state.json"
  local size
  for size in 8 30 60; do head -c "${size}000" /dev/urandom >"$lab/www/archive-$size.zip"; done
  head -c 250000 /dev/urandom >"$lab/www/manual.pdf"

  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/O=Example/CN=Example Root" \
    -keyout "$lab/ca.key" -out "$lab/ca.pem" 2>/dev/null
  certificate www.example.com ca
  certificate files.example.net ca
  certificate nas.lan
  web_server internet <<EOF
  server {
    listen 198.51.100.10:80; listen [2001:db8:ffff::10]:80;
    location /old { return 301 /; }
  }
  server {
    listen 198.51.100.10:443 ssl http2; listen [2001:db8:ffff::10]:443 ssl http2;
    ssl_certificate $lab/www.example.com.pem; ssl_certificate_key $lab/www.example.com.key;
    ssl_protocols TLSv1.3;
  }
  server {
    listen 203.0.113.5:80; listen 203.0.113.5:443 ssl; listen 203.0.113.80:443 ssl;
    ssl_certificate $lab/files.example.net.pem; ssl_certificate_key $lab/files.example.net.key;
    ssl_protocols TLSv1.2;
    location /measurements { return 204; }
  }
EOF
  web_server nas <<EOF
  server {
    listen 80; listen 443 ssl;
    ssl_certificate $lab/nas.lan.pem; ssl_certificate_key $lab/nas.lan.key;
    ssl_protocols TLSv1.2;
  }
EOF
  echo 'admin:{PLAIN}example' >"$lab/users"
  web_server printer <<EOF
  server {
    listen 80;
    auth_basic "printer-2f"; auth_basic_user_file $lab/users;
  }
EOF

  # The lab's own key pair for the lab's own server; both vanish with the lab.
  ssh-keygen -q -t ed25519 -N "" -C "" -f "$lab/ssh/host"
  ssh-keygen -q -t ed25519 -N "" -C "" -f "$lab/ssh/user"
  cp "$lab/ssh/user.pub" "$lab/ssh/authorized"
  cat >"$lab/ssh/sshd_config" <<EOF
HostKey $lab/ssh/host
AuthorizedKeysFile $lab/ssh/authorized
PermitRootLogin yes
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
EOF

  cat >"$lab/lease" <<'EOF'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr replace "$ip/$mask" broadcast + dev "$interface"
ip route replace default via "$router" dev "$interface"
EOF
  chmod +x "$lab/lease"

  cat >"$lab/avahi/services/printer.service" <<'EOF'
<?xml version="1.0"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>Printer 2nd floor</name>
<service><type>_ipp._tcp</type><port>631</port>
<txt-record>ty=Example LaserPrinter 200</txt-record><txt-record>rp=ipp/print</txt-record></service>
<service><type>_http._tcp</type><port>80</port></service></service-group>
EOF
  cat >"$lab/avahi/avahi-daemon.conf" <<'EOF'
[server]
host-name=printer-2f
use-ipv4=yes
use-ipv6=yes
enable-dbus=no
[publish]
publish-hinfo=no
publish-workstation=no
EOF
  printf '%s\n' "listener 1883" "allow_anonymous true" >"$lab/mosquitto.conf"
}

# --- Servers ------------------------------------------------------------------------------------------------

start_internet_servers() {
  serve internet dnsmasq -k --user=root --no-resolv --no-hosts --conf-file=/dev/null --listen-address=198.51.100.53 \
    --bind-interfaces --local=/example.com/ --local=/example.net/ --local=/in-addr.arpa/ --local-ttl=300 \
    --host-record=www.example.com,198.51.100.10,2001:db8:ffff::10 --host-record=files.example.net,203.0.113.5 \
    --host-record=telemetry.example.net,203.0.113.80 --host-record=time.example.net,198.51.100.123 \
    --host-record=mx.example.net,203.0.113.25 --mx-host=example.net,mx.example.net,10 \
    --cname=download.example.net,files.example.net \
    --txt-record=example.net,"v=spf1 mx -all" --srv-host=_sip._udp.example.com,www.example.com,5060
  serve internet nginx -p "$lab/internet" -c "$lab/internet/nginx.conf"
  serve internet "$python" -B "$here/servers.py" smtp 203.0.113.25
  serve internet "$python" -B "$here/servers.py" ntp 198.51.100.123
}

start_router() {
  ip -n nd-router addr add 192.168.10.1/24 broadcast + dev eth0
  ip -n nd-router addr add 2001:db8:10::1/64 dev eth0 nodad
  ip -n nd-router link set eth0 up
  serve router dnsmasq -k --user=root --no-resolv --no-hosts --conf-file=/dev/null --interface=eth0 \
    --bind-interfaces --except-interface=lo --server=198.51.100.53 --domain=lan --local=/lan/ --expand-hosts \
    --dhcp-leasefile="$lab/leases" --no-ping \
    --host-record=router.lan,192.168.10.1 --host-record=nas.lan,192.168.10.5 \
    --dhcp-range=192.168.10.100,192.168.10.150,2m --dhcp-host=02:4e:44:00:00:1e,192.168.10.30,printer-2f \
    --dhcp-authoritative --dhcp-option=option:ntp-server,198.51.100.123 \
    --enable-ra --dhcp-range=2001:db8:10::,ra-stateless,64
}

start_nas() {
  ip -n nd-nas addr add 192.168.10.5/24 broadcast + dev eth0
  ip -n nd-nas link set eth0 up
  ip -n nd-nas route add default via 192.168.10.1
  serve nas nginx -p "$lab/nas" -c "$lab/nas/nginx.conf"
  serve nas sh -c "mount -t tmpfs tmpfs /run && mkdir /run/sshd &&
    exec $(command -v sshd) -D -e -f $lab/ssh/sshd_config"
  serve nas mosquitto -c "$lab/mosquitto.conf"
  serve nas redis-server --port 6379 --save "" --protected-mode no --dir "$lab" --maxmemory 10mb
  serve nas iperf3 -s
  serve nas "$python" -B "$here/clients.py" lldp nas "Example NAS 4"
}

joins() { # joins HOST: switches it on; its address comes from DHCP
  ip -n "nd-$1" link set eth0 up
  serve "$1" udhcpc -f -i eth0 -s "$lab/lease" -x "hostname:$1" -t 5 -T 2
  dhcp_client[$1]=$!
  local tries
  for tries in $(seq 50); do
    [ -n "$(ip -n "nd-$1" -4 addr show dev eth0 scope global)" ] && return
    sleep 0.2
  done
  echo "make-demo: $1 got no address (${tries} tries); the log: " >&2
  tail -n 20 "$lab/log" >&2
  return 1
}

address_of() {
  ip -n "nd-$1" -4 -o addr show dev eth0 scope global | sed 's/.* inet \([0-9.]*\).*/\1/'
}

# --- What people and things do: two minutes each ------------------------------------------------------------

get() { # get HOST URL...: as a browser would, without caring for the answer
  local host=$1
  shift
  (as "$host" curl -sS --cacert "$lab/ca.pem" --max-time 20 -A "ExampleBrowser/1.0" "$@") \
    </dev/null >/dev/null 2>>"$lab/log" || true
}

secure() { # secure HOST PROGRAM...: ssh or sftp with the lab's key, to a server not met before
  on "$1" "$2" -i "$lab/ssh/user" -o StrictHostKeyChecking=no -o UserKnownHostsFile="$lab/known-$1" "${@:3}"
}

anna() { # an afternoon at the laptop
  get laptop-anna http://www.example.com/index.html http://www.example.com/archive-8.zip
  get laptop-anna http://www.example.com/nothing.html
  get laptop-anna https://www.example.com/index.html https://www.example.com/archive-30.zip
  on laptop-anna "$python" -B "$here/clients.py" ntp 198.51.100.123
  on laptop-anna "$python" -B "$here/clients.py" mdns _ipp._tcp.local _airplay._tcp.local
  get laptop-anna http://download.example.net/manual.pdf
  on laptop-anna "$python" -B "$here/clients.py" mail mx.example.net laptop-anna
  sleep 5
  on laptop-anna dig +tries=1 +time=2 MX example.net
  on laptop-anna dig +tries=1 +time=2 TXT example.net
  on laptop-anna dig +tries=1 +time=2 SRV _sip._udp.example.com
  on laptop-anna dig +tries=1 +time=2 -x 192.168.10.5
  get laptop-anna http://wwww.example.com/
  get laptop-anna http://intranet.lan/
  get laptop-anna https://files.example.net/archive-60.zip
  get laptop-anna -4 https://www.example.com/archive-60.zip
  sleep 8
  # The printer's page, with the password in the clear.
  get laptop-anna http://printer-2f.lan/
  get laptop-anna -u admin:example http://printer-2f.lan/index.html
  on laptop-anna ping -c 3 -s 4000 nas.lan
  on laptop-anna ping -6 -c 2 -s 2000 2001:db8:10::1
  sleep 10
  get laptop-anna http://www.example.com/old https://www.example.com/state.json
  secure laptop-anna sftp -q -b "$lab/sftp" root@nas.lan
  sleep 10
  get laptop-anna https://www.example.com/index.html http://files.example.net/archive-30.zip
  # Gives its address back.
  kill -USR2 "${dhcp_client[laptop-anna]}"
}

ben() { # a day at the desk, and a call
  on desktop-ben "$python" -B "$here/clients.py" ssdp
  get desktop-ben http://nas.lan/manual.pdf
  # It does not know who signed the NAS's certificate, and takes it.
  get desktop-ben -k https://nas.lan/archive-30.zip
  on desktop-ben redis-cli -h nas.lan set greeting hello
  on desktop-ben redis-cli -h nas.lan get greeting
  sleep 4
  serve desktop-ben "$python" -B "$here/clients.py" call callee \
    "$(address_of desktop-ben)" "$(address_of phone-hall)" 20
  sleep 30
  get desktop-ben https://files.example.net/archive-8.zip https://www.example.com/archive-8.zip
  on desktop-ben iperf3 -c nas.lan -n 400K
  on desktop-ben iperf3 -c nas.lan -u -b 300K -n 100K -l 1200
  # Nobody listens there: RST, then ICMP port unreachable.
  on desktop-ben curl -sS --max-time 5 http://nas.lan:8443/
  on desktop-ben dig +tries=1 +time=1 @192.168.10.5 nas.lan
  # Too long for the line, and not to be cut: fragmentation needed.
  on desktop-ben ping -4 -c 2 -s 1472 -M do www.example.com
  sleep 10
  get desktop-ben http://www.example.com/archive-60.zip
  secure desktop-ben ssh root@nas.lan "echo hello; sleep 3; echo bye"
}

phone() {
  sleep 14
  on phone-hall "$python" -B "$here/clients.py" call caller \
    "$(address_of phone-hall)" "$(address_of desktop-ben)" 20
  sleep 20
  on phone-hall "$python" -B "$here/clients.py" ntp 198.51.100.123
}

thermostat() { # the same small thing again and again
  serve thermostat mosquitto_sub -h nas.lan -i thermostat -t 'home/hall/wanted' -k 20
  local round
  for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
    on thermostat mosquitto_pub -h nas.lan -i thermostat-out -t home/hall/temperature -m "21.$round"
    get thermostat -k --tls-max 1.2 --data temperature=21 https://telemetry.example.net/measurements
    sleep 10
  done
}

admin() { # looks whether everything is there
  sleep 6
  on admin-pi ping -c 5 www.example.com
  on admin-pi ping -6 -c 3 www.example.com
  on admin-pi traceroute -n -q 2 -w 1 files.example.net
  on admin-pi traceroute -n -I -q 1 -w 1 www.example.com
  sleep 25
  # One scan, so that there is something to find.
  on admin-pi nmap -sS -n -Pn -F --max-retries 1 192.168.10.5
  sleep 15
  on admin-pi ping -c 3 -W 1 192.168.10.77
}

# --- Recording ----------------------------------------------------------------------------------------------

build_network
write_files
echo "put $lab/www/archive-60.zip $lab/uploaded" >"$lab/sftp"
build_internet
start_internet_servers

ip netns exec nd-monitor tcpdump --immediate-mode -i mon0 -n -s 2000 -B 16384 -Z root --time-stamp-precision nano \
  -w "$lab/demo.pcap" 2>"$lab/tcpdump" &
capture=$!
sleep 1
start_router
start_nas
sleep 2

joins printer-2f
serve printer-2f nginx -p "$lab/printer" -c "$lab/printer/nginx.conf"
serve printer-2f sh -c "mount -t tmpfs tmpfs /run && mkdir -p /run/avahi-daemon && mount --bind $lab/avahi /etc/avahi &&
  exec $(command -v avahi-daemon) --no-drop-root --no-chroot --no-rlimits"
for name in laptop-anna desktop-ben phone-hall thermostat admin-pi; do joins "$name"; done

echo "make-demo: recording, for about two minutes"
people=()
for person in anna ben phone thermostat admin; do
  # What they leave running ends with its namespace.
  $person &
  people+=($!)
  sleep 1
done
(as router "$python" -B "$here/clients.py" guests nd-phone-hall nd-router) >>"$lab/log" 2>&1 &
people+=($!)
wait "${people[@]}" || true
sleep 3

kill -INT "$capture"
wait "$capture" || true
# KEEP_LOG=FILE: what the servers and clients said.
[ -z "${KEEP_LOG:-}" ] || cp "$lab/log" "$KEEP_LOG"
if ! grep -q '^0 packets dropped by kernel' "$lab/tcpdump"; then
  cat "$lab/tcpdump" >&2
  echo "make-demo: packets were lost; try again" >&2
  exit 1
fi
mkdir -p "$(dirname "$out")"
"$python" -B "$here/to_pcapng.py" "$lab/demo.pcap" "$out" mon0
echo "make-demo: $out: $(stat -c %s "$out") bytes; $(head -n 3 "$lab/tcpdump" | grep captured)"
