#!/usr/bin/env bash
# demo.sh: what the capture that comes with the project holds.
set -euo pipefail
cd "$(dirname "$0")/.."

target/release/netmonsec read --print flows assets/demo.pcapng
echo
target/release/netmonsec read assets/demo.pcapng
