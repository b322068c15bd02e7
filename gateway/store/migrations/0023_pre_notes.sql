-- What staff write on a dossier, who of them looks after it, until when it is put off:
-- a row for each time, never changed but for its end. Words lie sealed in payload.
CREATE TABLE note (
    id         TEXT PRIMARY KEY,
    dossier_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    by         TEXT NOT NULL,
    payload    TEXT NOT NULL,
    until      INTEGER,               -- of one that puts off, with the version it was put off at
    version    INTEGER,
    ended_at   INTEGER,
    ended_by   TEXT NOT NULL,
    CHECK (kind IN ('note', 'owner', 'postponed')),
    CHECK ((kind = 'postponed') = (until IS NOT NULL)),
    CHECK ((until IS NULL) = (version IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by = ''))
) STRICT, WITHOUT ROWID;
CREATE INDEX note_dossier ON note (dossier_id, at, id);
CREATE UNIQUE INDEX note_owner ON note (dossier_id)
 WHERE kind = 'owner' AND ended_at IS NULL;
CREATE UNIQUE INDEX note_postponed ON note (dossier_id)
 WHERE kind = 'postponed' AND ended_at IS NULL;

-- Until when a cause of standing still is put off; it comes back with the next dossier.
CREATE TABLE cause_postponed (
    cause      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    by         TEXT NOT NULL,
    until      INTEGER,               -- NULL: put off no more
    payload    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    salt       BLOB NOT NULL,
    digest     BLOB NOT NULL,
    PRIMARY KEY (cause, version)
) STRICT, WITHOUT ROWID;

-- Lists that somebody named: an address of codes; its name lies sealed.
CREATE TABLE saved_view (
    id         TEXT PRIMARY KEY,
    by         TEXT NOT NULL,
    at         INTEGER NOT NULL,
    page       TEXT NOT NULL,
    query      TEXT NOT NULL,
    name       BLOB NOT NULL,         -- a keyed hash
    shared     INTEGER NOT NULL,
    payload    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    salt       BLOB NOT NULL,
    digest     BLOB NOT NULL,
    UNIQUE (by, page, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_view_shared ON saved_view (page) WHERE shared = 1;

-- Corrections that nobody else may approve: they take effect after a notice.
CREATE TABLE stand_in (
    correction TEXT PRIMARY KEY,
    dossier_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    told_at    INTEGER,               -- when the head was told; until then nothing runs
    effect_at  INTEGER,
    over_at    INTEGER,
    CHECK ((told_at IS NULL) = (effect_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX stand_in_open ON stand_in (correction) WHERE over_at IS NULL;
CREATE INDEX stand_in_over ON stand_in (over_at) WHERE over_at IS NOT NULL;
