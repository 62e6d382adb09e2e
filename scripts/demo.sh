#!/usr/bin/env bash
# demo.sh: what the capture that comes with the project holds.
set -euo pipefail
cd "$(dirname "$0")/.."

"${CARGO_TARGET_DIR:-target}/release/netmonsec" read --print flows assets/demo.pcapng
echo
"${CARGO_TARGET_DIR:-target}/release/netmonsec" read assets/demo.pcapng
