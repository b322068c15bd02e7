-- What is kept how long after a dossier's end, by version; days as JSON, kind → days.
CREATE TABLE retention (
    version   INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    effect_at INTEGER NOT NULL,
    by        TEXT NOT NULL,
    basis     TEXT NOT NULL,
    days      TEXT NOT NULL
) STRICT;

-- Dossiers of which nothing is deleted; why lies sealed in payload.
CREATE TABLE hold (
    id         TEXT PRIMARY KEY,
    dossier_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    by         TEXT NOT NULL,
    payload    TEXT NOT NULL,
    ended_at   INTEGER,
    ended_by   TEXT NOT NULL,
    CHECK ((ended_at IS NULL) = (ended_by = ''))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX hold_standing ON hold (dossier_id) WHERE ended_at IS NULL;

-- What was deleted of whom: with its line in the journal, all that is left of it.
CREATE TABLE deletion (
    dossier_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    rows       INTEGER NOT NULL,
    files      INTEGER NOT NULL,
    digest     BLOB NOT NULL,
    rule       INTEGER NOT NULL,
    PRIMARY KEY (dossier_id, kind)
) STRICT, WITHOUT ROWID;

-- Files whose rows are gone; a row goes when its file has gone.
CREATE TABLE doomed_file (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Identifiers of dossiers begin with their moment: what is written now lies together.
CREATE INDEX payload_dossier ON payload (dossier_id) WHERE dossier_id IS NOT NULL;
CREATE INDEX measure_ended ON measure (ended_at, dossier_id) WHERE ended_at IS NOT NULL;
CREATE INDEX report_stray ON report (arrived_at)
 WHERE dossier_id IS NULL AND payload IS NOT NULL;
