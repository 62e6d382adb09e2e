#!/usr/bin/env bash
# setup.sh build|test: installs what is missing where that is allowed, and says what is missing
# where it is not. Quiet when everything is there.
set -euo pipefail

purpose=${1:-build}

# Program to look for, then the Debian package that has it.
needed=("cc:gcc" "make:make")
if [ "$purpose" = test ]; then
  # The tests that compare with these, or make networks with these, are skipped without them.
  needed+=("tshark:tshark" "tcpdump:tcpdump" "ip:iproute2" "tc:iproute2" "ethtool:ethtool" "python3:python3" "zstd:zstd" "gzip:gzip")
  # Hosts of the office that the inventory is tested in.
  needed+=("curl:curl" "busybox:busybox" "unshare:util-linux" "dnsmasq:dnsmasq-base" "udhcpc:udhcpc" "dhclient:isc-dhcp-client"
    "avahi-daemon:avahi-daemon" "nmap:nmap" "hping3:hping3" "nmbd:samba" "nmblookup:samba-common-bin" "lldpd:lldpd" "radvd:radvd"
    "nfcapd:nfdump" "chromium:chromium" "tmux:tmux")
fi

if ! command -v cargo >/dev/null; then
  echo "setup: Rust is missing. Install it: https://rustup.rs, or: apt-get install rustup" >&2
  exit 1
fi

missing=()
for entry in "${needed[@]}"; do
  program=${entry%%:*}
  # Debian keeps ip and tc in sbin, which is not on everybody's path.
  if ! PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null; then
    missing+=("${entry##*:}")
  fi
done
[ ${#missing[@]} -eq 0 ] && exit 0

mapfile -t packages < <(printf '%s\n' "${missing[@]}" | sort -u)
install="apt-get install -y --no-install-recommends ${packages[*]}"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "setup: installing ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # Daemons among them are for tests to start: none may start by itself.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
  fi
  if apt-get update -qq && $install -qq >/dev/null; then
    exit 0
  fi
  echo "setup: that did not work" >&2
fi
echo "setup: missing: ${packages[*]}. To install: sudo $install" >&2
# A build cannot go on without a compiler; tests report by name what they skip.
[ "$purpose" = test ] || exit 1
