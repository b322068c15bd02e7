-- Legs that lie with an office, and when it was last heard of about them. Measured like
-- the rest (0010): nothing here is a source. Open dossiers are measured once more.
CREATE TABLE held (
    dossier_id TEXT NOT NULL,
    leg        TEXT NOT NULL,
    agency     TEXT NOT NULL,
    office     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    sender     TEXT NOT NULL,
    heard_at   INTEGER NOT NULL,
    PRIMARY KEY (dossier_id, leg)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_heard ON held
    (office, heard_at, dossier_id, leg, agency, unit, sender);
INSERT INTO unmeasured (dossier_id, times) SELECT id, 1 FROM dossier WHERE open IS NOT NULL
 ON CONFLICT DO NOTHING;

-- When an office was last heard of at all; never earlier than it was. One that is not
-- here never spoke.
CREATE TABLE office_heard (
    office TEXT PRIMARY KEY,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who looks after a cause of standing still, and what they noted: a row for each time,
-- never changed. Both lie sealed; the cause is a digest of codes.
CREATE TABLE cause_note (
    cause      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    by         TEXT NOT NULL,
    payload    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    salt       BLOB NOT NULL,
    digest     BLOB NOT NULL,
    PRIMARY KEY (cause, version)
) STRICT, WITHOUT ROWID;
