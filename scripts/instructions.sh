#!/usr/bin/env bash
# instructions.sh: instructions per packet of `netmonsec read`, counted by valgrind. Times move with whoever else is at work
# on a machine; these counts do not, so they can be compared from one commit to the next.
#
# For each input two captures are made that differ only in their length. What the longer one takes more is the price of a
# packet of a flow that is known; what the shorter one takes, start included, is printed as well.
#
# PROFILE  cargo profile (default release)
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "valgrind is missing: sudo apt-get install -y valgrind" >&2; exit 1; }
profile=${PROFILE:-release}
target=${CARGO_TARGET_DIR:-target}
cargo build --profile "$profile" --locked --quiet -p netmonsec -p netmonsec-engine --bins --example traffic
bin=$target/$profile
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# count FILE: instructions of reading it.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bin/netmonsec" read --workers 1 --print none "$1" 2>&1 |
        sed -n 's/^.*Collected : \([0-9]*\).*$/\1/p'
}

# packets KIND FILE ARGUMENTS ...: makes a capture and says how many packets it has.
packets() {
    "$bin/examples/traffic" "$@" | sed 's/ packets$//'
}

# measure NAME KIND FEWER MORE: the arguments of two captures.
measure() {
    local name=$1 kind=$2 fewer more few many
    # shellcheck disable=SC2086
    fewer=$(packets "$kind" "$dir/fewer.pcap" $3) more=$(packets "$kind" "$dir/more.pcap" $4)
    few=$(count "$dir/fewer.pcap") many=$(count "$dir/more.pcap")
    printf '%-42s %8d %14d %14d\n' "$name" "$more" $(((many - few) / (more - fewer))) $((many / more))
}

printf '%-42s %8s %14s %14s\n' input packets 'per packet' 'all / packets'
measure 'full-size segments of 200 flows' bulk '200 30' '200 60'
measure '60-byte packets of 10,000 flows' small '10000 4' '10000 8'
measure 'first packets of 20,000 more flows' small '10000 1' '30000 1'
