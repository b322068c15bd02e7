-- What somebody has to know of, from its onset to its end. content is the alert as it
-- stands; nothing in it is personal. What a person noted lies sealed.
CREATE TABLE alert (
    id          TEXT PRIMARY KEY,
    version     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    ended_at    INTEGER,             -- NULL: it stands
    content     BLOB NOT NULL,
    note        TEXT,                -- what the ciphertext is bound to
    note_kind   TEXT,
    ciphertext  BLOB,
    salt        BLOB,
    digest      BLOB
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX alert_standing ON alert (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX alert_ended ON alert (ended_at, id) WHERE ended_at IS NOT NULL;

-- What is to be told, one row for each road; due_at is NULL once it was told.
CREATE TABLE alert_notice (
    id        TEXT PRIMARY KEY,
    alert     TEXT NOT NULL,
    place     INTEGER NOT NULL,
    channel   TEXT NOT NULL,
    what      TEXT NOT NULL,
    at        INTEGER NOT NULL,
    due_at    INTEGER,
    attempts  INTEGER NOT NULL,
    content   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_notice_due ON alert_notice (channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX alert_notice_left ON alert_notice (alert, channel, place)
    WHERE due_at IS NOT NULL;
CREATE INDEX alert_notice_at ON alert_notice (at);

-- Roads whose last use failed.
CREATE TABLE alert_channel (
    name  TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    code  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
