-- Roots over seals, which evidence keys sign and a timestamp service stamps. The statement
-- is the exact text that is signed; the other columns repeat what is looked for.
CREATE TABLE seal_root (
    number    INTEGER PRIMARY KEY,
    last      INTEGER NOT NULL UNIQUE,     -- number of the last line it covers
    seals     INTEGER NOT NULL,
    statement BLOB NOT NULL
) STRICT;

CREATE TABLE root_signature (
    root   INTEGER NOT NULL,
    key    TEXT NOT NULL,
    at     INTEGER NOT NULL,
    value  BLOB NOT NULL,
    PRIMARY KEY (root, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE root_stamp (
    root   INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,               -- by the service
    token  BLOB NOT NULL
) STRICT;

-- Public halves alone. A key that was revoked stays: what it signed has to be refused.
CREATE TABLE evidence_key (
    id         TEXT PRIMARY KEY,
    public     BLOB NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
