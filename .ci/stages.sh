# Sourced by the scripts beside it: `stage NAME COMMAND…` runs a command and prints its time.
# Node and the tools come from node_modules, whatever the system has.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

stage() {
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  if "$@"; then
    echo "== $name: ok, $((SECONDS - start)) s"
  else
    local code=$?
    echo "== $name: FAILED with exit code $code after $((SECONDS - start)) s"
    exit "$code"
  fi
}
