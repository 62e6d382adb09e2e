#!/usr/bin/env bash
# test-dashboard.sh: types, units, and every page in a browser against the program that was built.
set -euo pipefail
cd "$(dirname "$0")/../dashboard"
status=0

# passes WHAT COMMAND...: one check that counts.
passes() {
  local what=$1
  shift
  if "$@"; then
    echo "test result: ok. 1 passed; 0 failed ($what)"
  else
    echo "test result: FAILED. 0 passed; 1 failed ($what)"
    status=1
  fi
}
passes "types of the API are up to date" node scripts/types-current.mjs
passes "types" npx --no-install tsc --noEmit
passes "lints" npx --no-install eslint src tests public
npx --no-install vitest run --reporter=default --reporter=json --outputFile=test-results/units.json || status=1
node -e '
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(require("node:fs").readFileSync("test-results/units.json"));
  console.log(`test result: ${failed ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed (units)`);
'
NETMONSEC_BIN=${NETMONSEC_BIN:-$(realpath "${CARGO_TARGET_DIR:-../target}/debug/netmonsec")} node tests/pages.mjs || status=1
exit "$status"
