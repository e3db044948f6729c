#!/bin/bash
# Simulated: the real one asks CockroachDB. The dump on stdout, its log on stderr (dcos/dcos packages/cockroach/extra).
echo "[INFO] My internal IP address is \`$(/opt/mesosphere/bin/detect_ip)\`" >&2
echo '[INFO] Dump iam database (simulated by the dcosctl lab)' >&2
[ -e /var/lib/lab/faults/iam-dump-fails ] && { echo '[ERROR] Failed to dump database.' >&2; exit 1; }
[ -e /var/lib/lab/faults/iam-dump-empty ] && exit 0
cat <<'SQL'
-- simulated by the dcosctl lab
CREATE TABLE users (
	id INT NOT NULL DEFAULT unique_rowid(),
	uid STRING NOT NULL,
	passwordhash STRING NULL,
	CONSTRAINT "primary" PRIMARY KEY (id ASC),
	FAMILY "primary" (id, uid, passwordhash)
);

INSERT INTO users (id, uid, passwordhash) VALUES
	(1, 'bootstrapuser', '$6$rounds=656000$simulated');

CREATE TABLE acls (
	id INT NOT NULL DEFAULT unique_rowid(),
	rid STRING NOT NULL,
	CONSTRAINT "primary" PRIMARY KEY (id ASC),
	FAMILY "primary" (id, rid)
);
SQL
echo '[INFO] Database successfully dumped.' >&2
