-- Files that were refused and are shut away; the same from one place is one row.
CREATE TABLE quarantine (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    size_bytes    INTEGER NOT NULL,
    sealed_key    BLOB NOT NULL,
    blind         BLOB NOT NULL,
    sealed_digest BLOB NOT NULL,
    code          TEXT NOT NULL,
    signature     TEXT NOT NULL,
    door          TEXT NOT NULL,
    by            TEXT NOT NULL,
    dossier_id    TEXT,
    at            INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    times         INTEGER NOT NULL,
    UNIQUE (by, blind)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_last ON quarantine (last_at);
