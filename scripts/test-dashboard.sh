#!/usr/bin/env bash
# test-dashboard.sh: types, units, and every page in a browser against the program that was built.
set -euo pipefail
cd "$(dirname "$0")/../dashboard"
status=0

# The types are made from the document of the API.
types=$(mktemp)
trap 'rm -f "$types"' EXIT
npx --no-install openapi-typescript ../docs/openapi.json -o "$types" >/dev/null 2>&1
if cmp -s "$types" src/lib/openapi.d.ts; then
  echo "test result: ok. 1 passed; 0 failed (types of the API are up to date)"
else
  echo "test result: FAILED. 0 passed; 1 failed (types of the API are out of date: npm run types)"
  status=1
fi
if npx --no-install tsc --noEmit; then
  echo "test result: ok. 1 passed; 0 failed (types)"
else
  echo "test result: FAILED. 0 passed; 1 failed (types)"
  status=1
fi
npx --no-install vitest run --reporter=default --reporter=json --outputFile=test-results/units.json || status=1
node -e '
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(require("node:fs").readFileSync("test-results/units.json"));
  console.log(`test result: ${failed ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed (units)`);
'
NETMONSEC_BIN=${NETMONSEC_BIN:-${CARGO_TARGET_DIR:-../target}/debug/netmonsec} node tests/pages.mjs || status=1
exit "$status"
