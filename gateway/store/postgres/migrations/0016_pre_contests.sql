-- To whom the lateness of ended dossiers is counted, and what offices said against it.
-- Measured like the rest (0010): nothing here is a source. What passes with the days is
-- never kept: whoever asks compares until_on. What ended late is measured once more.
CREATE TABLE charge (
    dossier_id text COLLATE "C" PRIMARY KEY,
    unit       text COLLATE "C" NOT NULL,
    sender     text COLLATE "C" NOT NULL,
    month      text COLLATE "C" NOT NULL,
    leg        text COLLATE "C" NOT NULL,
    clock      text COLLATE "C" NOT NULL,
    cause      text COLLATE "C" NOT NULL,             -- office whose term ran over furthest
    whose      text COLLATE "C" NOT NULL,
    office     text COLLATE "C" NOT NULL,             -- who answers now, by the last decision
    minutes    bigint NOT NULL,          -- that a decision moves
    ended_at   bigint NOT NULL,
    state      text COLLATE "C" NOT NULL,
    told_at    bigint,
    until_on   text COLLATE "C",                      -- the last day to object
    objection  text COLLATE "C" NOT NULL,
    CHECK (state IN ('untold', 'told', 'objected', 'rejected', 'nobody')),
    CHECK ((told_at IS NULL) = (until_on IS NULL)),
    CHECK (state <> 'told' OR told_at IS NOT NULL)
);
CREATE INDEX charge_month ON charge (month, dossier_id);
CREATE INDEX charge_untold ON charge (office, dossier_id) WHERE state = 'untold';

CREATE TABLE objection (
    id         text COLLATE "C" PRIMARY KEY,
    dossier_id text COLLATE "C" NOT NULL,
    office     text COLLATE "C" NOT NULL,
    unit       text COLLATE "C" NOT NULL,
    sender     text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    by         text COLLATE "C" NOT NULL,
    on_behalf  bigint NOT NULL,
    state      text COLLATE "C" NOT NULL,
    decided_at bigint,
    decided_by text COLLATE "C" NOT NULL,
    party      text COLLATE "C" NOT NULL,             -- to whom it is counted instead; '': to nobody else
    CHECK (state IN ('open', 'upheld', 'rejected', 'overtaken')),
    CHECK ((decided_at IS NOT NULL) = (state IN ('upheld', 'rejected')))
);
CREATE INDEX objection_state ON objection (state, at, id);
CREATE INDEX objection_dossier ON objection (dossier_id);

INSERT INTO unmeasured (dossier_id, times)
 SELECT dossier_id, 1 FROM measure WHERE timeliness = 'late'
 ON CONFLICT (dossier_id) DO UPDATE SET times = unmeasured.times + 1;

-- Nobody is told of latenesses from before: unless the settings say since when, since
-- the day on which a store that has some learns of this.
INSERT INTO mark (name, value)
 SELECT 'lateness_since', to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD')
 WHERE EXISTS (SELECT 1 FROM measure WHERE ended_at IS NOT NULL);

-- Links in mails, by the hash of their token: the dossiers that the mail names.
CREATE TABLE lateness_link (
    token      bytea PRIMARY KEY,
    office     text COLLATE "C" NOT NULL,
    dossiers   text COLLATE "C" NOT NULL,             -- as JSON
    contact    text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL
);

-- Who answers for a lateness, as whose:office; of an issued report NULL is: not known.
ALTER TABLE measure ADD COLUMN charged text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE issued_dossier ADD COLUMN charged text COLLATE "C";
