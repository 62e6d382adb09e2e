#!/usr/bin/env bash
# test.sh: formatting, lints, licences, every test; ends in one line that counts them.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

echo "== formatting"
cargo fmt --all --check
# cargo fmt does not see modules that a macro declares.
rustfmt --check --edition 2024 crates/dpi/src/protocols/*.rs crates/dpi/src/protocols/*/*.rs
echo "== dashboard"
scripts/dashboard.sh
echo "== lints"
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
echo "== documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
echo "== licences"
if command -v cargo-deny >/dev/null; then
  cargo deny --log-level error check licenses bans sources
else
  echo "SKIPPED licences: cargo-deny is not installed (cargo install cargo-deny)"
fi
echo "== tests"
status=0
# Live tests make networks and measure nothing, but they share two processors: one at a time.
cargo test --workspace --locked --no-fail-fast -- --nocapture 2>&1 | tee "$log" || status=$?

echo "== dashboard in a browser" | tee -a "$log"
if [ -f dashboard/dist/index.html ]; then
  scripts/test-dashboard.sh 2>&1 | tee -a "$log" || status=$?
else
  echo "SKIPPED dashboard::pages: Node is missing" | tee -a "$log"
fi

sum() { { grep -E '^test result:' "$log" || true; } | grep -oE "[0-9]+ $1" | awk '{ n += $1 } END { print n + 0 }'; }
skipped=$({ grep -oE 'SKIPPED [^:]+(::[^: ]+)*' "$log" || true; } | sort -u)
if [ -n "$skipped" ]; then
  echo
  echo "Skipped here:"
  { grep -oE 'SKIPPED .*' "$log" || true; } | sort -u | sed 's/^SKIPPED /  /'
fi
count=$(printf '%s' "$skipped" | grep -c . || true)
echo
echo "$(sum passed) passed, $(sum failed) failed, $count skipped"
exit "$status"
