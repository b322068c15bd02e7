-- A store that was restored begins a life of its own. begun_at is its first start: what
-- was to be sent at the point may have left before, and so may whatever follows from
-- facts that are older than begun_at. lines is the number of the last sealed line of the
-- point: from there on the feed tells other things than it did before the restore.
CREATE TABLE incarnation (
    number          INTEGER PRIMARY KEY,
    backup          TEXT NOT NULL,        -- which one; '' where the database was restored by others
    point           INTEGER,              -- NULL: nobody said
    by              TEXT NOT NULL,
    why             TEXT NOT NULL,
    marked_at       INTEGER NOT NULL,
    begun_at        INTEGER,              -- NULL: not started yet
    lines           INTEGER,
    doubted         INTEGER,              -- transfers that were asked about because of it
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    CHECK ((begun_at IS NULL) = (lines IS NULL)),
    CHECK ((begun_at IS NULL) = (doubted IS NULL)),
    CHECK (acknowledged_at IS NULL OR begun_at IS NOT NULL),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
) STRICT;

-- Whether a message may have left before the restore: 'same' under this very
-- identifier, 'other' under one that was lost. Goes with the next thing known of it.
ALTER TABLE transfer ADD COLUMN doubt TEXT;
CREATE INDEX transfer_doubt ON transfer (seq) WHERE doubt IS NOT NULL;
