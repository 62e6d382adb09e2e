#!/usr/bin/env bash
# make-office.sh [FILE]: records assets/office.pcapng anew (or FILE): an office with twenty-two devices, guests and five
# attacks, in network namespaces of its own, with real servers and clients. Takes seven minutes and root; made for
# Debian 12. Nothing leaves these namespaces; at the end, and on failure, they and every process in them are gone.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"
out=$(realpath -m "${1:-assets/office.pcapng}")

needed=(
  ip:iproute2 tc:iproute2 ethtool:ethtool tcpdump:tcpdump dnsmasq:dnsmasq-base nginx:nginx-light sshd:openssh-server
  ssh:openssh-client curl:curl openssl:openssl mosquitto:mosquitto mosquitto_pub:mosquitto-clients
  avahi-daemon:avahi-daemon smbd:samba smbclient:smbclient psql:postgresql dovecot:dovecot-imapd snmpd:snmpd
  snmpwalk:snmp fping:fping ncat:ncat nmap:nmap hydra:hydra arpspoof:dsniff
)
missing=()
for entry in "${needed[@]}"; do
  command -v "${entry%%:*}" >/dev/null || missing+=("${entry##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "make-office: missing: ${missing[*]}" >&2
  echo "To install: sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "make-office: network namespaces need root: sudo scripts/make-office.sh" >&2
  exit 77
fi
if [ ! -c /dev/net/tun ]; then
  echo "make-office: /dev/net/tun is missing: sudo modprobe tun" >&2
  exit 1
fi
exec /usr/bin/python3 -B scripts/office-lab/make.py "$out"
