-- One act on many transfers. Its items are frozen when it is asked; position is the
-- transfer's seq. open is 1 while an item is left, active while a runner has something
-- to do. asked and skipped grow with the items; the others are counted, and kept once
-- the job is over.
CREATE TABLE bulk_job (
    id           TEXT PRIMARY KEY,
    state        TEXT NOT NULL,
    active       INTEGER,
    action       TEXT NOT NULL,
    selection    BLOB NOT NULL,         -- as JSON
    actor        TEXT NOT NULL,
    scope        TEXT NOT NULL,         -- as JSON
    reason       TEXT NOT NULL,         -- a payload
    per_second   INTEGER NOT NULL,
    asked_at     INTEGER NOT NULL,
    bound        INTEGER NOT NULL,
    progress     TEXT NOT NULL,         -- how far the selection is written down
    complete     INTEGER NOT NULL,
    asked        INTEGER NOT NULL,
    skipped      INTEGER NOT NULL,
    done         INTEGER,
    failed       INTEGER,
    stopped      INTEGER,
    ended_at     INTEGER,
    runner       TEXT,
    runner_until INTEGER,
    client_key   BLOB,
    fingerprint  BLOB NOT NULL,
    CHECK (state IN ('collecting', 'running', 'paused', 'stopping', 'stopped', 'ended')),
    CHECK ((active IS NOT NULL) = (state IN ('collecting', 'running', 'stopping'))),
    CHECK ((ended_at IS NOT NULL) = (state IN ('stopped', 'ended'))),
    CHECK (ended_at IS NULL
           OR (done IS NOT NULL AND failed IS NOT NULL AND stopped IS NOT NULL
               AND asked = skipped + done + failed + stopped))
) STRICT;
CREATE INDEX bulk_job_active ON bulk_job (id) WHERE active IS NOT NULL;
CREATE UNIQUE INDEX bulk_job_key ON bulk_job (actor, client_key)
    WHERE client_key IS NOT NULL;

CREATE TABLE bulk_item (
    job         TEXT NOT NULL,
    position    INTEGER NOT NULL,
    transfer_id TEXT NOT NULL,
    dossier_id  TEXT NOT NULL,
    state       TEXT NOT NULL,
    fate        TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    open        INTEGER,
    outcome     TEXT NOT NULL,
    code        TEXT NOT NULL,
    at          INTEGER,
    PRIMARY KEY (job, position),
    CHECK (outcome = 'left' OR outcome = 'done' OR outcome = 'failed'
           OR outcome = 'stopped' OR outcome = 'skipped'),
    CHECK ((open IS NOT NULL) = (outcome = 'left'))
) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_item_open ON bulk_item (job, position) WHERE open IS NOT NULL;
CREATE INDEX bulk_item_outcome ON bulk_item (job, outcome, position);
