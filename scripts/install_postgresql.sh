#!/usr/bin/env bash
# Installs PostgreSQL for the tests of shared job queues, where it is missing and can be installed; no server is started.
# Without it those tests are skipped and say so.
set -euo pipefail

if command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "job tests: PostgreSQL is not installed; its tests will be skipped" >&2
    exit 0
fi
echo "job tests: installing PostgreSQL"
# No cluster of the system's own: the tests make theirs.
mkdir -p /etc/postgresql-common
grep -qs '^create_main_cluster' /etc/postgresql-common/createcluster.conf ||
    echo "create_main_cluster = false" >>/etc/postgresql-common/createcluster.conf
(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql) >/dev/null 2>&1 ||
    echo "job tests: PostgreSQL could not be installed; its tests will be skipped" >&2
