#!/usr/bin/env bash
# bench.sh [bulk|small|mix ...]: ns per packet of `netmonsec read`, beside other programs (docs/performance.md).
#
# BENCH_DIR  where the inputs are kept (default target/bench; 2 GB)
# ROUNDS     rounds that are counted (default 5; small: 1)
set -euo pipefail
cd "$(dirname "$0")/.."

dir=${BENCH_DIR:-target/bench}
mkdir -p "$dir"
cargo build --release --locked --quiet -p netmonsec -p netmonsec-capture -p netmonsec-engine --bins --example floor --example traffic
bin=${CARGO_TARGET_DIR:-target}/release

missing=()
command -v softflowd >/dev/null || missing+=(softflowd)
command -v argus >/dev/null || missing+=(argus-server)
command -v ndpiReader >/dev/null || missing+=(libndpi-bin)
if [ ${#missing[@]} -gt 0 ]; then
    echo "without some of the programs to compare with; to have them: sudo apt-get install -y ${missing[*]}"
fi

# The larger set of captures, where it is at hand, makes a better mix.
if [ ! -s "$dir/mix.pcap" ] || [ ! -s "$dir/bulk.pcap" ] || [ ! -s "$dir/small.pcap" ]; then
    if [ -x ../shared/bench/make.sh ] && command -v gcc >/dev/null; then
        ../shared/bench/make.sh "$dir" >/dev/null
    else
        shopt -s nullglob
        captures=(assets/*.pcap* crates/netmonsec/tests/captures/*.pcap*)
        [ -s "$dir/small.pcap" ] || "$bin/examples/traffic" small "$dir/small.pcap" 1000000 10
        [ -s "$dir/bulk.pcap" ] || "$bin/examples/traffic" bulk "$dir/bulk.pcap" 200 1000
        [ -s "$dir/mix.pcap" ] || [ ${#captures[@]} -eq 0 ] || "$bin/examples/traffic" mix "$dir/mix.pcap" 200 "${captures[@]}"
    fi
fi

exec python3 scripts/bench.py "$dir" "$bin" "$@" ${ROUNDS:+--rounds "$ROUNDS"}
