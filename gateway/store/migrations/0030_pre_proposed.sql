-- Configurations that move destinations, until a second person puts them in force or
-- refuses them. At most one waits.
CREATE TABLE proposed_configuration (
    id         TEXT PRIMARY KEY,
    base       INTEGER NOT NULL,
    content    BLOB NOT NULL,
    by         TEXT NOT NULL,
    at         INTEGER NOT NULL,
    why        TEXT NOT NULL,
    again      INTEGER,
    state      TEXT NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'overtaken')),
    decided_by TEXT NOT NULL,
    decided_at INTEGER,
    told_at    INTEGER,
    effect_at  INTEGER,
    CHECK ((state = 'open') = (decided_by = '')),
    CHECK ((told_at IS NULL) = (effect_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX proposed_configuration_open ON proposed_configuration (state)
    WHERE state = 'open';
