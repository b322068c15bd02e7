-- What is measured of dossiers. Nothing here is a source: all of it can be thrown away
-- and made again from the journal. Minutes are working minutes; '' is nobody, no office.

-- Dossiers whose journal has grown since they were measured; times is how often.
CREATE TABLE unmeasured (
    dossier_id TEXT PRIMARY KEY,
    times      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO unmeasured (dossier_id, times) SELECT id, 1 FROM dossier;

-- One row per dossier. times is how often its journal had grown, over its whole life,
-- when it was read for this row: with what stands in unmeasured it only ever rises.
-- first_ is what it was when it was first measured as ended, restated_at when that last
-- became another. Overdue is never kept: whoever asks compares.
CREATE TABLE measure (
    dossier_id       TEXT PRIMARY KEY,
    times            INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    calendar         INTEGER NOT NULL,
    measured_at      INTEGER NOT NULL,
    unit             TEXT NOT NULL,
    sender           TEXT NOT NULL,
    procedure        TEXT NOT NULL,
    lead             TEXT NOT NULL,
    accepted_at      INTEGER NOT NULL,
    promised_on      TEXT,
    due_on           TEXT,
    ending           TEXT NOT NULL,
    ended_at         INTEGER,             -- NULL while open
    month            TEXT,                -- of ended_at, by Vietnam's day
    timeliness       TEXT NOT NULL,
    as_portal        TEXT NOT NULL,
    as_told          TEXT NOT NULL,
    minutes          INTEGER NOT NULL,
    calendar_minutes INTEGER NOT NULL,
    rounds           INTEGER NOT NULL,
    late_leg         TEXT NOT NULL,
    late_clock       TEXT NOT NULL,
    late_office      TEXT NOT NULL,
    first_month      TEXT,
    first_timeliness TEXT,
    restated_at      INTEGER,
    CHECK ((ended_at IS NULL) = (ending = '')),
    CHECK ((ended_at IS NULL) = (month IS NULL)),
    CHECK ((first_month IS NULL) = (first_timeliness IS NULL)),
    CHECK (ended_at IS NULL OR first_month IS NOT NULL),
    CHECK (restated_at IS NULL OR first_month IS NOT NULL),
    CHECK (timeliness <> 'overdue' AND as_portal <> 'overdue' AND as_told <> 'overdue')
) STRICT, WITHOUT ROWID;
CREATE INDEX measure_month ON measure (month, dossier_id) WHERE month IS NOT NULL;
CREATE INDEX measure_open ON measure (due_on, dossier_id) WHERE ended_at IS NULL;
CREATE INDEX measure_first ON measure (first_month, dossier_id)
 WHERE restated_at IS NOT NULL;

-- One row per clock of a leg, or of the dossier (leg ''). Each queue is found by one
-- nullable moment: due_at only while it runs; rung_at (when the percent rung is reached,
-- the first one of rungs) and hard_at only while it runs and they are to be told.
CREATE TABLE clock (
    dossier_id     TEXT NOT NULL,
    leg            TEXT NOT NULL,
    name           TEXT NOT NULL,
    rule           TEXT NOT NULL,
    level          TEXT NOT NULL,
    whose          TEXT NOT NULL,
    agency         TEXT NOT NULL,
    office         TEXT NOT NULL,
    unit           TEXT NOT NULL,
    sender         TEXT NOT NULL,
    procedure      TEXT NOT NULL,
    running        TEXT NOT NULL,
    begun_at       INTEGER NOT NULL,
    count          INTEGER NOT NULL,      -- how often it began again
    budget_minutes INTEGER NOT NULL,
    used_minutes   INTEGER NOT NULL,
    due_at         INTEGER,
    due_on         TEXT,
    stopped_at     INTEGER,
    month          TEXT,                  -- of stopped_at, by Vietnam's day
    timeliness     TEXT NOT NULL,
    rung           INTEGER,
    rung_at        INTEGER,
    rungs          TEXT NOT NULL,         -- as JSON: percent and moment, the next first
    hard_at        INTEGER,
    hard_told_at   INTEGER,
    PRIMARY KEY (dossier_id, leg, name),
    CHECK ((stopped_at IS NOT NULL) = (running = 'stopped')),
    CHECK ((stopped_at IS NULL) = (month IS NULL)),
    CHECK (due_at IS NULL OR running = 'running'),
    CHECK (rung_at IS NULL OR running = 'running'),
    CHECK (hard_at IS NULL OR (running = 'running' AND hard_told_at IS NULL)),
    CHECK ((rung IS NULL) = (rung_at IS NULL)),
    CHECK (timeliness <> 'overdue')
) STRICT, WITHOUT ROWID;
CREATE INDEX clock_due ON clock (due_at, dossier_id, leg, name, office, unit, whose, sender)
 WHERE due_at IS NOT NULL;
CREATE INDEX clock_rung ON clock (rung_at, dossier_id, leg, name)
 WHERE rung_at IS NOT NULL;
CREATE INDEX clock_hard ON clock (hard_at, dossier_id, leg, name)
 WHERE hard_at IS NOT NULL;
CREATE INDEX clock_month ON clock
    (month, office, name, timeliness, dossier_id, leg, used_minutes, budget_minutes)
 WHERE month IS NOT NULL;

-- What was told of a clock, once for each time that it began. Percent -1 is its hard
-- moment. Of what was told nothing goes when it is measured again.
CREATE TABLE told_rung (
    dossier_id TEXT NOT NULL,
    leg        TEXT NOT NULL,
    name       TEXT NOT NULL,
    count      INTEGER NOT NULL,
    percent    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (dossier_id, leg, name, count, percent)
) STRICT, WITHOUT ROWID;

-- How long who had a dossier, while which leg was waited for; month is that of its end.
-- once is 1 in one row of each dossier, whose and office, so that dossiers can be counted.
CREATE TABLE share (
    dossier_id TEXT NOT NULL,
    whose      TEXT NOT NULL,
    leg        TEXT NOT NULL,
    office     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    sender     TEXT NOT NULL,
    minutes    INTEGER NOT NULL,
    once       INTEGER NOT NULL,
    month      TEXT,
    PRIMARY KEY (dossier_id, whose, leg, office)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_month ON share
    (month, whose, office, dossier_id, leg, minutes, once)
 WHERE month IS NOT NULL;
