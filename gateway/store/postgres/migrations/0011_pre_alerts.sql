-- What somebody has to know of, from its onset to its end. content is the alert as it
-- stands; nothing in it is personal. What a person noted lies sealed.
CREATE TABLE alert (
    id          text COLLATE "C" PRIMARY KEY,
    version     bigint NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    ended_at    bigint,             -- NULL: it stands
    content     bytea NOT NULL,
    note        text COLLATE "C",                -- what the ciphertext is bound to
    note_kind   text COLLATE "C",
    ciphertext  bytea,
    salt        bytea,
    digest      bytea
);
CREATE UNIQUE INDEX alert_standing ON alert (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX alert_ended ON alert (ended_at, id) WHERE ended_at IS NOT NULL;

-- What is to be told, one row for each road; due_at is NULL once it was told.
CREATE TABLE alert_notice (
    id        text COLLATE "C" PRIMARY KEY,
    alert     text COLLATE "C" NOT NULL,
    place     bigint NOT NULL,
    channel   text COLLATE "C" NOT NULL,
    what      text COLLATE "C" NOT NULL,
    at        bigint NOT NULL,
    due_at    bigint,
    attempts  bigint NOT NULL,
    content   bytea NOT NULL
);
CREATE INDEX alert_notice_due ON alert_notice (channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX alert_notice_left ON alert_notice (alert, channel, place)
    WHERE due_at IS NOT NULL;
CREATE INDEX alert_notice_at ON alert_notice (at);

-- Roads whose last use failed.
CREATE TABLE alert_channel (
    name  text COLLATE "C" PRIMARY KEY,
    since bigint NOT NULL,
    code  text COLLATE "C" NOT NULL
);
