#!/usr/bin/env bash
# run.sh [ARGUMENTS]: watches live; where that is not permitted, says so and shows the demo capture.
set -uo pipefail
cd "$(dirname "$0")/.."

"${CARGO_TARGET_DIR:-target}/release/netmonsec" "$@"
status=$?
# 77: not permitted (see netmonsec --help).
if [ "$status" = 77 ]; then
  echo
  echo "Live capture needs the capability above. Until then, this is the demo capture:"
  echo
  exec scripts/demo.sh
fi
exit "$status"
