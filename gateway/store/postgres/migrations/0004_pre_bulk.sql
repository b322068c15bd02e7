-- One act on many transfers. Its items are frozen when it is asked; position is the
-- transfer's seq. open is 1 while an item is left, active while a runner has something
-- to do. asked and skipped grow with the items; the others are counted, and kept once
-- the job is over.
CREATE TABLE bulk_job (
    id           text COLLATE "C" PRIMARY KEY,
    state        text COLLATE "C" NOT NULL,
    active       bigint,
    action       text COLLATE "C" NOT NULL,
    selection    bytea NOT NULL,         -- as JSON
    actor        text COLLATE "C" NOT NULL,
    scope        text COLLATE "C" NOT NULL,         -- as JSON
    reason       text COLLATE "C" NOT NULL,         -- a payload
    per_second   bigint NOT NULL,
    asked_at     bigint NOT NULL,
    bound        bigint NOT NULL,
    progress     text COLLATE "C" NOT NULL,         -- how far the selection is written down
    complete     bigint NOT NULL,
    asked        bigint NOT NULL,
    skipped      bigint NOT NULL,
    done         bigint,
    failed       bigint,
    stopped      bigint,
    ended_at     bigint,
    runner       text COLLATE "C",
    runner_until bigint,
    client_key   bytea,
    fingerprint  bytea NOT NULL,
    CHECK (state IN ('collecting', 'running', 'paused', 'stopping', 'stopped', 'ended')),
    CHECK ((active IS NOT NULL) = (state IN ('collecting', 'running', 'stopping'))),
    CHECK ((ended_at IS NOT NULL) = (state IN ('stopped', 'ended'))),
    CHECK (ended_at IS NULL
           OR (done IS NOT NULL AND failed IS NOT NULL AND stopped IS NOT NULL
               AND asked = skipped + done + failed + stopped))
);
CREATE INDEX bulk_job_active ON bulk_job (id) WHERE active IS NOT NULL;
CREATE UNIQUE INDEX bulk_job_key ON bulk_job (actor, client_key)
    WHERE client_key IS NOT NULL;

CREATE TABLE bulk_item (
    job         text COLLATE "C" NOT NULL,
    position    bigint NOT NULL,
    transfer_id text COLLATE "C" NOT NULL,
    dossier_id  text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL,
    fate        text COLLATE "C" NOT NULL,
    attempts    bigint NOT NULL,
    open        bigint,
    outcome     text COLLATE "C" NOT NULL,
    code        text COLLATE "C" NOT NULL,
    at          bigint,
    PRIMARY KEY (job, position),
    CHECK (outcome = 'left' OR outcome = 'done' OR outcome = 'failed'
           OR outcome = 'stopped' OR outcome = 'skipped'),
    CHECK ((open IS NOT NULL) = (outcome = 'left'))
);
CREATE INDEX bulk_item_open ON bulk_item (job, position) WHERE open IS NOT NULL;
CREATE INDEX bulk_item_outcome ON bulk_item (job, outcome, position);
