-- A store that was restored begins a life of its own. begun_at is its first start: what
-- was to be sent at the point may have left before, and so may whatever follows from
-- facts that are older than begun_at. lines is the number of the last sealed line of the
-- point: from there on the feed tells other things than it did before the restore.
CREATE TABLE incarnation (
    number          bigint PRIMARY KEY,
    backup          text COLLATE "C" NOT NULL,        -- which one; '' where the database was restored by others
    point           bigint,               -- NULL: nobody said
    by              text COLLATE "C" NOT NULL,
    why             text COLLATE "C" NOT NULL,
    marked_at       bigint NOT NULL,
    begun_at        bigint,               -- NULL: not started yet
    lines           bigint,
    doubted         bigint,               -- transfers that were asked about because of it
    acknowledged_at bigint,
    acknowledged_by text COLLATE "C",
    CHECK ((begun_at IS NULL) = (lines IS NULL)),
    CHECK ((begun_at IS NULL) = (doubted IS NULL)),
    CHECK (acknowledged_at IS NULL OR begun_at IS NOT NULL),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);

-- Whether a message may have left before the restore: 'same' under this very
-- identifier, 'other' under one that was lost. Goes with the next thing known of it.
ALTER TABLE transfer ADD COLUMN doubt text COLLATE "C";
CREATE INDEX transfer_doubt ON transfer (seq) WHERE doubt IS NOT NULL;
