-- The first schema, table by table that of SQLite. Times are microseconds since 1970
-- UTC. Queues are found by nullable moments alone (due_at, ask_at, poll_at,
-- lease_until), never by state: then exactly one partial index can serve each query,
-- whatever statistics say. Texts are ordered by their bytes, as pages of lists are.

CREATE TABLE dossier (
    id             text COLLATE "C" PRIMARY KEY,
    version        bigint NOT NULL,
    sender         text COLLATE "C" NOT NULL,
    unit           text COLLATE "C" NOT NULL,
    open           bigint,             -- 1 while open, else NULL
    unrouted       text COLLATE "C",                -- code, while no office is competent
    unrouted_at    bigint,
    asks           text COLLATE "C",                -- code, while the counter has to supply something
    asks_at        bigint,
    due_on         text COLLATE "C",
    document       text COLLATE "C" NOT NULL,
    wrapped_key    bytea NOT NULL,
    chain_position bigint NOT NULL,
    chain_digest   bytea NOT NULL,
    state          bytea NOT NULL,       -- the case as JSON
    CHECK ((unrouted IS NULL) = (unrouted_at IS NULL)),
    CHECK (unrouted IS NULL OR open IS NOT NULL),
    CHECK ((asks IS NULL) = (asks_at IS NULL)),
    CHECK (asks IS NULL OR open IS NOT NULL)
);
CREATE INDEX dossier_sender ON dossier (sender, id);
CREATE INDEX dossier_unit ON dossier (unit, id);
CREATE INDEX dossier_open ON dossier (id, sender, unit) WHERE open IS NOT NULL;
CREATE INDEX dossier_unrouted ON dossier (unrouted_at, id) WHERE unrouted_at IS NOT NULL;
CREATE INDEX dossier_asks ON dossier (asks_at, id) WHERE asks_at IS NOT NULL;

CREATE TABLE revision (
    dossier_id text COLLATE "C" NOT NULL,
    number     bigint NOT NULL,
    document   text COLLATE "C" NOT NULL,
    PRIMARY KEY (dossier_id, number)
);

CREATE TABLE payload (
    id         text COLLATE "C" PRIMARY KEY,
    dossier_id text COLLATE "C",
    kind       text COLLATE "C" NOT NULL,
    ciphertext bytea NOT NULL,
    salt       bytea NOT NULL,
    digest     bytea NOT NULL
);

-- seq is the order of creation. head is 1 for the one transfer of a conversation
-- that is due, on its way or unconfirmed: order is a constraint. lease_until is a moment
-- of the wall like the others; lease_ends is by the clock of this database, decides
-- whether a lease is over, and says nothing without lease_until.
CREATE TABLE transfer (
    seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            text COLLATE "C" NOT NULL,
    dossier_id    text COLLATE "C" NOT NULL,
    agency        text COLLATE "C" NOT NULL,
    office        text COLLATE "C" NOT NULL,
    leg           text COLLATE "C" NOT NULL,
    conversation  text COLLATE "C" NOT NULL,
    position      bigint NOT NULL,
    kind          text COLLATE "C" NOT NULL,
    state         text COLLATE "C" NOT NULL,
    fate          text COLLATE "C" NOT NULL,
    attempts      bigint NOT NULL DEFAULT 0,
    enquiries     bigint NOT NULL DEFAULT 0,
    created_at    bigint NOT NULL,
    facts         bytea NOT NULL,
    payload       text COLLATE "C",
    revision      bigint NOT NULL,
    dependent     bigint NOT NULL,
    overtakes     text COLLATE "C",                 -- kinds, separated by blanks
    head          bigint,
    due_at        bigint,
    ask_at        bigint,
    poll_at       bigint,
    lease_until   bigint,
    lease_ends    timestamptz,
    lease_by      text COLLATE "C",
    still_at      bigint,              -- parked, unconfirmed or badly answered since
    first_sent_at bigint,
    finished_at   bigint,
    cause         text COLLATE "C",
    named_by      text COLLATE "C",
    CHECK (state = 'waiting' OR state = 'due' OR state = 'sending'
           OR state = 'unconfirmed' OR state = 'delivered' OR state = 'answered'
           OR state = 'refused' OR state = 'parked' OR state = 'cancelled'
           OR state = 'withdrawn'),
    CHECK (fate = 'not_left' OR fate = 'may_have_left' OR fate = 'agency_has_it'),
    CHECK ((head IS NOT NULL)
           = (state = 'due' OR state = 'sending' OR state = 'unconfirmed')),
    CHECK ((due_at IS NOT NULL) = (state = 'due')),
    CHECK ((lease_until IS NOT NULL) = (state = 'sending')),
    CHECK ((ask_at IS NOT NULL) = (state = 'unconfirmed')),
    CHECK (still_at IS NOT NULL OR state NOT IN ('parked', 'unconfirmed')),
    CHECK (still_at IS NULL OR state IN ('parked', 'unconfirmed')
           OR (state = 'delivered' AND poll_at IS NOT NULL)),
    CHECK (poll_at IS NULL OR state = 'delivered'),
    CHECK ((finished_at IS NOT NULL)
           = (state = 'delivered' OR state = 'answered' OR state = 'refused'
              OR state = 'cancelled' OR state = 'withdrawn')),
    CHECK (state <> 'due' OR fate <> 'agency_has_it'),
    CHECK ((state <> 'delivered' AND state <> 'answered' AND state <> 'refused')
           OR fate = 'agency_has_it'),
    CHECK (state <> 'cancelled' OR named_by IS NOT NULL)
);
-- Rows change a few times within minutes and rest for years: room for the next version
-- on the same page, and dead ones cleared away long before a fifth of all has changed.
ALTER TABLE transfer SET (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE UNIQUE INDEX transfer_id ON transfer (id);
CREATE UNIQUE INDEX transfer_order
    ON transfer (dossier_id, agency, conversation, position);
CREATE UNIQUE INDEX transfer_head
    ON transfer (dossier_id, agency, conversation) WHERE head IS NOT NULL;
CREATE INDEX transfer_due ON transfer (office, due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX transfer_ask ON transfer (office, ask_at, seq) WHERE ask_at IS NOT NULL;
CREATE INDEX transfer_poll ON transfer (office, poll_at, seq) WHERE poll_at IS NOT NULL;
CREATE INDEX transfer_lease ON transfer (office, lease_until, seq) WHERE lease_until IS NOT NULL;
CREATE INDEX transfer_still ON transfer (still_at, id) WHERE still_at IS NOT NULL;
CREATE INDEX transfer_waiting ON transfer (seq) WHERE state = 'waiting';

CREATE TABLE attempt (
    transfer_id   text COLLATE "C" NOT NULL,
    number        bigint NOT NULL,
    purpose       text COLLATE "C" NOT NULL,
    started_at    bigint NOT NULL,
    outcome       text COLLATE "C" NOT NULL,
    code          text COLLATE "C" NOT NULL,
    connect_ms    double precision,
    first_byte_ms double precision,
    total_ms      double precision,
    response      text COLLATE "C",
    http_status   bigint,
    PRIMARY KEY (transfer_id, number)
);

CREATE TABLE reference (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier_id   text COLLATE "C" NOT NULL,
    agency       text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    blind        bytea NOT NULL,
    sealed_value bytea NOT NULL
);
CREATE UNIQUE INDEX reference_number ON reference (blind, kind, agency);
CREATE INDEX reference_dossier ON reference (dossier_id, seq);

CREATE TABLE word (
    blind      bytea NOT NULL,
    dossier_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (blind, dossier_id)
);
CREATE INDEX word_dossier ON word (dossier_id);

CREATE TABLE attachment (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier_id  text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    size_bytes  bigint NOT NULL,
    sealed_key  bytea NOT NULL,
    role        text COLLATE "C" NOT NULL,
    sealed_name bytea NOT NULL,
    blind       bytea NOT NULL
);
CREATE INDEX attachment_dossier ON attachment (dossier_id, seq);

-- In the order of arrival: a dossier's files come one after the other and go together;
-- in the order of their hashes each would change a page of its own.
CREATE TABLE upload (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner      text COLLATE "C" NOT NULL,
    blind      bytea NOT NULL,
    id         text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    size_bytes bigint NOT NULL,
    sealed_key bytea NOT NULL,
    at         bigint NOT NULL
);
CREATE UNIQUE INDEX upload_owner ON upload (owner, blind);

CREATE TABLE report (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          text COLLATE "C" NOT NULL,
    agency      text COLLATE "C" NOT NULL,
    office      text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    standing    text COLLATE "C" NOT NULL,
    event_at    bigint,
    arrived_at  bigint NOT NULL,
    facts       bytea NOT NULL,
    dossier_id  text COLLATE "C",
    transfer_id text COLLATE "C",
    payload     text COLLATE "C",
    code        text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX report_id ON report (id);
CREATE UNIQUE INDEX report_first ON report (fingerprint, office, agency)
    WHERE standing <> 'repeated';
CREATE INDEX report_dossier ON report (dossier_id) WHERE dossier_id IS NOT NULL;
CREATE INDEX report_unmatched ON report (seq)
    WHERE standing IN ('unmatched', 'unreadable');

CREATE TABLE "fetch" (
    id          text COLLATE "C" PRIMARY KEY,
    dossier_id  text COLLATE "C" NOT NULL,
    office      text COLLATE "C" NOT NULL,
    sealed_link bytea NOT NULL,
    due_at      bigint,                -- NULL once fetched
    tries       bigint NOT NULL
);
CREATE INDEX fetch_due ON "fetch" (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX fetch_left ON "fetch" (dossier_id) WHERE due_at IS NOT NULL;

CREATE TABLE intake_key (
    sender      text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    answer      bytea NOT NULL,
    PRIMARY KEY (sender, key)
);

-- Ids are given before a commit and may be lost: a line has its number from when it is
-- sealed. xact tells which lines no transaction that still runs can come before.
-- chain is NULL for a dossier's own chain; teller is the sender for status lines.
CREATE TABLE journal (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain          text COLLATE "C",
    position       bigint NOT NULL,
    dossier_id     text COLLATE "C",
    kind           text COLLATE "C" NOT NULL,
    at             bigint NOT NULL,
    actor          text COLLATE "C" NOT NULL,
    facts          bytea NOT NULL,
    payload        text COLLATE "C",
    payload_digest bytea NOT NULL,
    digest         bytea NOT NULL,
    teller         text COLLATE "C",
    number         bigint,
    xact           xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CHECK ((chain IS NULL) = (dossier_id IS NOT NULL)),
    CHECK ((teller IS NOT NULL) = (kind = 'status' AND dossier_id IS NOT NULL))
);
CREATE INDEX journal_dossier ON journal (dossier_id, id) WHERE dossier_id IS NOT NULL;
CREATE INDEX journal_feed ON journal (teller, number)
    WHERE teller IS NOT NULL AND number IS NOT NULL;
CREATE UNIQUE INDEX journal_number ON journal (number) WHERE number IS NOT NULL;
CREATE INDEX journal_unsealed ON journal (id) WHERE number IS NULL;

CREATE TABLE chain (
    name     text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    digest   bytea NOT NULL
);

CREATE TABLE seal (
    last     bigint PRIMARY KEY,       -- number of the last line it covers
    lines    bigint NOT NULL,
    at       bigint NOT NULL,
    root     bytea NOT NULL,
    previous bytea NOT NULL,
    digest   bytea NOT NULL
);

CREATE TABLE lane (
    office    text COLLATE "C" PRIMARY KEY,
    agency    text COLLATE "C" NOT NULL,
    state     text COLLATE "C" NOT NULL,
    since     bigint NOT NULL,
    why       text COLLATE "C" NOT NULL,
    by        text COLLATE "C" NOT NULL,
    resume_at bigint,
    failures  bigint NOT NULL
);

CREATE TABLE principal (
    token_hash bytea PRIMARY KEY,
    id         text COLLATE "C" NOT NULL UNIQUE,
    content    bytea NOT NULL
);

CREATE TABLE configuration (
    version bigint PRIMARY KEY,
    at      bigint NOT NULL,
    content bytea NOT NULL
);
