#!/usr/bin/env bash
# attack-captures.sh [--list | --labels] [PREFIX...]: records crates/netmonsec/tests/captures/attacks again, with real tools, in
# network namespaces that it makes and removes. Nothing leaves them. All of it takes about half an hour.
set -euo pipefail
cd "$(dirname "$0")"

if [[ " $* " != *" --list "* && $(id -u) != 0 ]]; then
    echo "namespaces need root" >&2
    exit 1
fi
exec python3 attack-captures/make.py "$@"
