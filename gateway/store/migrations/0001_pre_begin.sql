-- The first schema. Times are microseconds since 1970 UTC. Queues are found by
-- nullable moments alone (due_at, ask_at, poll_at, lease_until), never by state:
-- then exactly one partial index can serve each query, whatever statistics say.

CREATE TABLE dossier (
    id             TEXT PRIMARY KEY,
    version        INTEGER NOT NULL,
    sender         TEXT NOT NULL,
    unit           TEXT NOT NULL,
    open           INTEGER,             -- 1 while open, else NULL
    unrouted       TEXT,                -- code, while no office is competent
    unrouted_at    INTEGER,
    asks           TEXT,                -- code, while the counter has to supply something
    asks_at        INTEGER,
    due_on         TEXT,
    document       TEXT NOT NULL,
    wrapped_key    BLOB NOT NULL,
    chain_position INTEGER NOT NULL,
    chain_digest   BLOB NOT NULL,
    state          BLOB NOT NULL,       -- the case as JSON
    CHECK ((unrouted IS NULL) = (unrouted_at IS NULL)),
    CHECK (unrouted IS NULL OR open IS NOT NULL),
    CHECK ((asks IS NULL) = (asks_at IS NULL)),
    CHECK (asks IS NULL OR open IS NOT NULL)
) STRICT;
CREATE INDEX dossier_sender ON dossier (sender, id);
CREATE INDEX dossier_unit ON dossier (unit, id);
CREATE INDEX dossier_open ON dossier (id, sender, unit) WHERE open IS NOT NULL;
CREATE INDEX dossier_unrouted ON dossier (unrouted_at, id) WHERE unrouted_at IS NOT NULL;
CREATE INDEX dossier_asks ON dossier (asks_at, id) WHERE asks_at IS NOT NULL;

CREATE TABLE revision (
    dossier_id TEXT NOT NULL,
    number     INTEGER NOT NULL,
    document   TEXT NOT NULL,
    PRIMARY KEY (dossier_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE payload (
    id         TEXT PRIMARY KEY,
    dossier_id TEXT,
    kind       TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    salt       BLOB NOT NULL,
    digest     BLOB NOT NULL
) STRICT;

-- seq is the order of creation. head is 1 for the one transfer of a conversation
-- that is due, on its way or unconfirmed: order is a constraint. States are compared
-- one by one: for a list of more than two, SQLite makes a table at every row written.
CREATE TABLE transfer (
    seq           INTEGER PRIMARY KEY,
    id            TEXT NOT NULL,
    dossier_id    TEXT NOT NULL,
    agency        TEXT NOT NULL,
    office        TEXT NOT NULL,
    leg           TEXT NOT NULL,
    conversation  TEXT NOT NULL,
    position      INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    state         TEXT NOT NULL,
    fate          TEXT NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0,
    enquiries     INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    facts         BLOB NOT NULL,
    payload       TEXT,
    revision      INTEGER NOT NULL,
    dependent     INTEGER NOT NULL,
    overtakes     TEXT,                 -- kinds, separated by blanks
    head          INTEGER,
    due_at        INTEGER,
    ask_at        INTEGER,
    poll_at       INTEGER,
    lease_until   INTEGER,
    lease_by      TEXT,
    still_at      INTEGER,              -- parked, unconfirmed or badly answered since
    first_sent_at INTEGER,
    finished_at   INTEGER,
    cause         TEXT,
    named_by      TEXT,
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
) STRICT;
CREATE UNIQUE INDEX transfer_id ON transfer (id);
CREATE UNIQUE INDEX transfer_order
    ON transfer (dossier_id, agency, conversation, position);
CREATE UNIQUE INDEX transfer_head
    ON transfer (dossier_id, agency, conversation) WHERE head IS NOT NULL;
CREATE INDEX transfer_due ON transfer (office, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX transfer_ask ON transfer (office, ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX transfer_poll ON transfer (office, poll_at) WHERE poll_at IS NOT NULL;
CREATE INDEX transfer_lease ON transfer (office, lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX transfer_still ON transfer (still_at, id) WHERE still_at IS NOT NULL;
CREATE INDEX transfer_waiting ON transfer (seq) WHERE state = 'waiting';

CREATE TABLE attempt (
    transfer_id   TEXT NOT NULL,
    number        INTEGER NOT NULL,
    purpose       TEXT NOT NULL,
    started_at    INTEGER NOT NULL,
    outcome       TEXT NOT NULL,
    code          TEXT NOT NULL,
    connect_ms    REAL,
    first_byte_ms REAL,
    total_ms      REAL,
    response      TEXT,
    http_status   INTEGER,
    PRIMARY KEY (transfer_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE reference (
    seq          INTEGER PRIMARY KEY,
    dossier_id   TEXT NOT NULL,
    agency       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    blind        BLOB NOT NULL,
    sealed_value BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX reference_number ON reference (blind, kind, agency);
CREATE INDEX reference_dossier ON reference (dossier_id);

CREATE TABLE word (
    blind      BLOB NOT NULL,
    dossier_id TEXT NOT NULL,
    PRIMARY KEY (blind, dossier_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX word_dossier ON word (dossier_id);

CREATE TABLE attachment (
    seq         INTEGER PRIMARY KEY,
    dossier_id  TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    size_bytes  INTEGER NOT NULL,
    sealed_key  BLOB NOT NULL,
    role        TEXT NOT NULL,
    sealed_name BLOB NOT NULL,
    blind       BLOB NOT NULL
) STRICT;
CREATE INDEX attachment_dossier ON attachment (dossier_id);

-- In the order of arrival: a dossier's files come one after the other and go together;
-- in the order of their hashes each would change a page of its own.
CREATE TABLE upload (
    seq        INTEGER PRIMARY KEY,
    owner      TEXT NOT NULL,
    blind      BLOB NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    sealed_key BLOB NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX upload_owner ON upload (owner, blind);

CREATE TABLE report (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL,
    agency      TEXT NOT NULL,
    office      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    standing    TEXT NOT NULL,
    event_at    INTEGER,
    arrived_at  INTEGER NOT NULL,
    facts       BLOB NOT NULL,
    dossier_id  TEXT,
    transfer_id TEXT,
    payload     TEXT,
    code        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX report_id ON report (id);
CREATE UNIQUE INDEX report_first ON report (fingerprint, office, agency)
    WHERE standing <> 'repeated';
CREATE INDEX report_dossier ON report (dossier_id) WHERE dossier_id IS NOT NULL;
CREATE INDEX report_unmatched ON report (seq)
    WHERE standing IN ('unmatched', 'unreadable');

CREATE TABLE fetch (
    id          TEXT PRIMARY KEY,
    dossier_id  TEXT NOT NULL,
    office      TEXT NOT NULL,
    sealed_link BLOB NOT NULL,
    due_at      INTEGER,                -- NULL once fetched
    tries       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX fetch_due ON fetch (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX fetch_left ON fetch (dossier_id) WHERE due_at IS NOT NULL;

CREATE TABLE intake_key (
    sender      TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answer      BLOB NOT NULL,
    PRIMARY KEY (sender, key)
) STRICT, WITHOUT ROWID;

-- One connection writes, so ids follow the order of commits and have no gaps:
-- a line is sealed when its id is not above the last seal's, and id is its number.
-- chain is NULL for a dossier's own chain; teller is the sender for status lines.
CREATE TABLE journal (
    id             INTEGER PRIMARY KEY,
    chain          TEXT,
    position       INTEGER NOT NULL,
    dossier_id     TEXT,
    kind           TEXT NOT NULL,
    at             INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    facts          BLOB NOT NULL,
    payload        TEXT,
    payload_digest BLOB NOT NULL,
    digest         BLOB NOT NULL,
    teller         TEXT,
    CHECK ((chain IS NULL) = (dossier_id IS NOT NULL)),
    CHECK ((teller IS NOT NULL) = (kind = 'status' AND dossier_id IS NOT NULL))
) STRICT;
CREATE INDEX journal_dossier ON journal (dossier_id) WHERE dossier_id IS NOT NULL;
CREATE INDEX journal_feed ON journal (teller, id) WHERE teller IS NOT NULL;

CREATE TABLE chain (
    name     TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    digest   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE seal (
    last     INTEGER PRIMARY KEY,       -- number of the last line it covers
    lines    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    root     BLOB NOT NULL,
    previous BLOB NOT NULL,
    digest   BLOB NOT NULL
) STRICT;

CREATE TABLE lane (
    office    TEXT PRIMARY KEY,
    agency    TEXT NOT NULL,
    state     TEXT NOT NULL,
    since     INTEGER NOT NULL,
    why       TEXT NOT NULL,
    by        TEXT NOT NULL,
    resume_at INTEGER,
    failures  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE principal (
    token_hash BLOB PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    content    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE configuration (
    version INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;
