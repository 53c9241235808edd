#!/usr/bin/env bash
# Fetches what the browser tests need: Chromium, if it is missing and can be installed, and axe-core into build/axe.
# Without them those tests are skipped and say so.
set -euo pipefail
cd "$(dirname "$0")/.."

axe="axe-core@4.14.1"
axe_sha256="29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "browser tests: installing Chromium"
        (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium) >/dev/null 2>&1 ||
            echo "browser tests: Chromium could not be installed; they will be skipped" >&2
    else
        echo "browser tests: there is no chromium command; they will be skipped" >&2
    fi
fi

if [ "$(cat build/axe/version 2>/dev/null)" != "$axe" ]; then
    if command -v npm >/dev/null; then
        echo "browser tests: fetching $axe"
        rm -rf build/axe
        mkdir -p build/axe
        if npm pack --silent --pack-destination build/axe "$axe" >/dev/null 2>&1; then
            tar -xzf build/axe/*.tgz -C build/axe --strip-components=1 package/axe.min.js package/LICENSE
            rm build/axe/*.tgz
            if ! echo "$axe_sha256  build/axe/axe.min.js" | sha256sum --check --status; then
                rm -rf build/axe
                echo "browser tests: $axe is not the file that is expected (sha256 differs)" >&2
                exit 1
            fi
            echo "$axe" >build/axe/version
        else
            echo "browser tests: $axe could not be fetched; the accessibility tests will be skipped" >&2
        fi
    else
        echo "browser tests: there is no npm command; the accessibility tests will be skipped" >&2
    fi
fi
