-- What is measured of dossiers. Nothing here is a source: all of it can be thrown away
-- and made again from the journal. Minutes are working minutes; '' is nobody, no office.

-- Dossiers whose journal has grown since they were measured; times is how often.
CREATE TABLE unmeasured (
    dossier_id text COLLATE "C" PRIMARY KEY,
    times      bigint NOT NULL
);
INSERT INTO unmeasured (dossier_id, times) SELECT id, 1 FROM dossier;

-- One row per dossier. times is how often its journal had grown, over its whole life,
-- when it was read for this row: with what stands in unmeasured it only ever rises.
-- first_ is what it was when it was first measured as ended, restated_at when that last
-- became another. Overdue is never kept: whoever asks compares.
CREATE TABLE measure (
    dossier_id       text COLLATE "C" PRIMARY KEY,
    times            bigint NOT NULL,
    version          bigint NOT NULL,
    calendar         bigint NOT NULL,
    measured_at      bigint NOT NULL,
    unit             text COLLATE "C" NOT NULL,
    sender           text COLLATE "C" NOT NULL,
    procedure        text COLLATE "C" NOT NULL,
    lead             text COLLATE "C" NOT NULL,
    accepted_at      bigint NOT NULL,
    promised_on      text COLLATE "C",
    due_on           text COLLATE "C",
    ending           text COLLATE "C" NOT NULL,
    ended_at         bigint, -- NULL while open
    month            text COLLATE "C", -- of ended_at, by Vietnam's day
    timeliness       text COLLATE "C" NOT NULL,
    as_portal        text COLLATE "C" NOT NULL,
    as_told          text COLLATE "C" NOT NULL,
    minutes          bigint NOT NULL,
    calendar_minutes bigint NOT NULL,
    rounds           bigint NOT NULL,
    late_leg         text COLLATE "C" NOT NULL,
    late_clock       text COLLATE "C" NOT NULL,
    late_office      text COLLATE "C" NOT NULL,
    first_month      text COLLATE "C",
    first_timeliness text COLLATE "C",
    restated_at      bigint,
    CHECK ((ended_at IS NULL) = (ending = '')),
    CHECK ((ended_at IS NULL) = (month IS NULL)),
    CHECK ((first_month IS NULL) = (first_timeliness IS NULL)),
    CHECK (ended_at IS NULL OR first_month IS NOT NULL),
    CHECK (restated_at IS NULL OR first_month IS NOT NULL),
    CHECK (timeliness <> 'overdue' AND as_portal <> 'overdue' AND as_told <> 'overdue')
);
CREATE INDEX measure_month ON measure (month, dossier_id) WHERE month IS NOT NULL;
CREATE INDEX measure_open ON measure (due_on, dossier_id) WHERE ended_at IS NULL;
CREATE INDEX measure_first ON measure (first_month, dossier_id)
 WHERE restated_at IS NOT NULL;

-- One row per clock of a leg, or of the dossier (leg ''). Each queue is found by one
-- nullable moment: due_at only while it runs; rung_at (when the percent rung is reached,
-- the first one of rungs) and hard_at only while it runs and they are to be told.
CREATE TABLE clock (
    dossier_id     text COLLATE "C" NOT NULL,
    leg            text COLLATE "C" NOT NULL,
    name           text COLLATE "C" NOT NULL,
    rule           text COLLATE "C" NOT NULL,
    level          text COLLATE "C" NOT NULL,
    whose          text COLLATE "C" NOT NULL,
    agency         text COLLATE "C" NOT NULL,
    office         text COLLATE "C" NOT NULL,
    unit           text COLLATE "C" NOT NULL,
    sender         text COLLATE "C" NOT NULL,
    procedure      text COLLATE "C" NOT NULL,
    running        text COLLATE "C" NOT NULL,
    begun_at       bigint NOT NULL,
    count          bigint NOT NULL, -- how often it began again
    budget_minutes bigint NOT NULL,
    used_minutes   bigint NOT NULL,
    due_at         bigint,
    due_on         text COLLATE "C",
    stopped_at     bigint,
    month          text COLLATE "C", -- of stopped_at, by Vietnam's day
    timeliness     text COLLATE "C" NOT NULL,
    rung           bigint,
    rung_at        bigint,
    rungs          text COLLATE "C" NOT NULL, -- as JSON: percent and moment, the next first
    hard_at        bigint,
    hard_told_at   bigint,
    PRIMARY KEY (dossier_id, leg, name),
    CHECK ((stopped_at IS NOT NULL) = (running = 'stopped')),
    CHECK ((stopped_at IS NULL) = (month IS NULL)),
    CHECK (due_at IS NULL OR running = 'running'),
    CHECK (rung_at IS NULL OR running = 'running'),
    CHECK (hard_at IS NULL OR (running = 'running' AND hard_told_at IS NULL)),
    CHECK ((rung IS NULL) = (rung_at IS NULL)),
    CHECK (timeliness <> 'overdue')
);
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
    dossier_id text COLLATE "C" NOT NULL,
    leg        text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    count      bigint NOT NULL,
    percent    bigint NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (dossier_id, leg, name, count, percent)
);

-- How long who had a dossier, while which leg was waited for; month is that of its end.
-- once is 1 in one row of each dossier, whose and office, so that dossiers can be counted.
CREATE TABLE share (
    dossier_id text COLLATE "C" NOT NULL,
    whose      text COLLATE "C" NOT NULL,
    leg        text COLLATE "C" NOT NULL,
    office     text COLLATE "C" NOT NULL,
    unit       text COLLATE "C" NOT NULL,
    sender     text COLLATE "C" NOT NULL,
    minutes    bigint NOT NULL,
    once       bigint NOT NULL,
    month      text COLLATE "C",
    PRIMARY KEY (dossier_id, whose, leg, office)
);
CREATE INDEX share_month ON share
    (month, whose, office, dossier_id, leg, minutes, once)
 WHERE month IS NOT NULL;

-- Rows change with every event of their dossier and rest for years once it has ended:
-- dead ones are cleared away long before a fifth of all has changed.
ALTER TABLE unmeasured SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE measure SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE clock SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE share SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);
