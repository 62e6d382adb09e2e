#!/usr/bin/env bash
# demo.sh: what the capture that comes with the project holds; at a terminal also as a dashboard.
set -euo pipefail
cd "$(dirname "$0")/.."
netmonsec="${CARGO_TARGET_DIR:-target}/release/netmonsec"

"$netmonsec" read --print flows assets/demo.pcapng
echo
"$netmonsec" read assets/demo.pcapng
if [ -t 1 ]; then
  echo
  exec "$netmonsec" read --serve assets/demo.pcapng
fi
