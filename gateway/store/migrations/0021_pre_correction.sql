-- What staff want changed in a dossier's document; what and why lies sealed in payload.
CREATE TABLE correction (
    id         TEXT PRIMARY KEY,
    dossier_id TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    by         TEXT NOT NULL,
    at         INTEGER NOT NULL,
    payload    TEXT NOT NULL,
    state      TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at INTEGER,
    CHECK (state IN ('open', 'approved', 'rejected')),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK (state <> 'approved' OR decided_by <> by)   -- a second person
) STRICT, WITHOUT ROWID;
CREATE INDEX correction_dossier ON correction (dossier_id, id);
CREATE UNIQUE INDEX correction_open ON correction (dossier_id) WHERE state = 'open';
CREATE INDEX correction_waiting ON correction (id) WHERE state = 'open';
