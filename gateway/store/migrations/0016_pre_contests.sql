-- To whom the lateness of ended dossiers is counted, and what offices said against it.
-- Measured like the rest (0010): nothing here is a source. What passes with the days is
-- never kept: whoever asks compares until_on. What ended late is measured once more.
CREATE TABLE charge (
    dossier_id TEXT PRIMARY KEY,
    unit       TEXT NOT NULL,
    sender     TEXT NOT NULL,
    month      TEXT NOT NULL,
    leg        TEXT NOT NULL,
    clock      TEXT NOT NULL,
    cause      TEXT NOT NULL,             -- office whose term ran over furthest
    whose      TEXT NOT NULL,
    office     TEXT NOT NULL,             -- who answers now, by the last decision
    minutes    INTEGER NOT NULL,          -- that a decision moves
    ended_at   INTEGER NOT NULL,
    state      TEXT NOT NULL,
    told_at    INTEGER,
    until_on   TEXT,                      -- the last day to object
    objection  TEXT NOT NULL,
    CHECK (state IN ('untold', 'told', 'objected', 'rejected', 'nobody')),
    CHECK ((told_at IS NULL) = (until_on IS NULL)),
    CHECK (state <> 'told' OR told_at IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX charge_month ON charge (month, dossier_id);
CREATE INDEX charge_untold ON charge (office, dossier_id) WHERE state = 'untold';

CREATE TABLE objection (
    id         TEXT PRIMARY KEY,
    dossier_id TEXT NOT NULL,
    office     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    sender     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    by         TEXT NOT NULL,
    on_behalf  INTEGER NOT NULL,
    state      TEXT NOT NULL,
    decided_at INTEGER,
    decided_by TEXT NOT NULL,
    party      TEXT NOT NULL,             -- to whom it is counted instead; '': to nobody else
    CHECK (state IN ('open', 'upheld', 'rejected', 'overtaken')),
    CHECK ((decided_at IS NOT NULL) = (state IN ('upheld', 'rejected')))
) STRICT, WITHOUT ROWID;
CREATE INDEX objection_state ON objection (state, at, id);
CREATE INDEX objection_dossier ON objection (dossier_id);

INSERT INTO unmeasured (dossier_id, times)
 SELECT dossier_id, 1 FROM measure WHERE timeliness = 'late'
 ON CONFLICT (dossier_id) DO UPDATE SET times = unmeasured.times + 1;

-- Nobody is told of latenesses from before: unless the settings say since when, since
-- the day on which a store that has some learns of this.
INSERT INTO mark (name, value)
 SELECT 'lateness_since', strftime('%Y-%m-%d', 'now', '+7 hours')
 WHERE EXISTS (SELECT 1 FROM measure WHERE ended_at IS NOT NULL);

-- Links in mails, by the hash of their token: the dossiers that the mail names.
CREATE TABLE lateness_link (
    token      BLOB PRIMARY KEY,
    office     TEXT NOT NULL,
    dossiers   TEXT NOT NULL,             -- as JSON
    contact    TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who answers for a lateness, as whose:office; of an issued report NULL is: not known.
ALTER TABLE measure ADD COLUMN charged TEXT NOT NULL DEFAULT '';
ALTER TABLE issued_dossier ADD COLUMN charged TEXT;
