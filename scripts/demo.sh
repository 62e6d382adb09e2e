#!/usr/bin/env bash
# demo.sh: replays the capture that comes with the project, as if it happened now: SPEED=10 for ten times as
# fast. Where nobody looks (no terminal), what it holds is printed instead.
set -euo pipefail
cd "$(dirname "$0")/.."
netmonsec="${CARGO_TARGET_DIR:-target}/release/netmonsec"

if [ -t 1 ]; then
  exec "$netmonsec" read --serve --speed "${SPEED:-1}" assets/office.pcapng
fi
"$netmonsec" read --print devices assets/office.pcapng
echo
"$netmonsec" read --print alerts assets/office.pcapng
