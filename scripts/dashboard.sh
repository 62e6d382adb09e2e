#!/usr/bin/env bash
# dashboard.sh: builds the dashboard, which the program then carries. Without Node the program is built
# without it, and says so.
set -euo pipefail
cd "$(dirname "$0")/../dashboard"

if ! command -v npm >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 18 ]; then
  echo "dashboard: needs Node 18 or newer; the program is built without the dashboard" >&2
  exit 0
fi
# Nothing newer than what was built: nothing to do.
if [ -f dist/index.html ] && [ -z "$(find index.html package-lock.json vite.config.ts src public -newer dist/index.html -print -quit)" ]; then
  exit 0
fi
[ -d node_modules ] && [ node_modules -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
npm run --silent build -- --logLevel warn
touch dist/index.html
