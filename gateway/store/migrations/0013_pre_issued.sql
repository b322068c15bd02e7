-- Reports of a month that were issued: figures is the whole report as it was (JSON,
-- numbers and codes only), number counts the times within the month.
CREATE TABLE issued (
    month     TEXT NOT NULL,
    number    INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    by        TEXT NOT NULL,
    figures   TEXT NOT NULL,
    PRIMARY KEY (month, number)
) STRICT, WITHOUT ROWID;

-- The dossiers that an issued report counted, each as it was counted: what changed
-- since is told by holding these against measure.
CREATE TABLE issued_dossier (
    month            TEXT NOT NULL,
    number           INTEGER NOT NULL,
    dossier_id       TEXT NOT NULL,
    unit             TEXT NOT NULL,
    sender           TEXT NOT NULL,
    procedure        TEXT NOT NULL,
    lead             TEXT NOT NULL,
    calendar         INTEGER NOT NULL,
    timeliness       TEXT NOT NULL,
    as_portal        TEXT NOT NULL,
    as_told          TEXT NOT NULL,
    minutes          INTEGER NOT NULL,
    calendar_minutes INTEGER NOT NULL,
    rounds           INTEGER NOT NULL,
    PRIMARY KEY (month, number, dossier_id)
) STRICT, WITHOUT ROWID;

-- What a one-stop counted of a month by itself, as it was entered; '' is every procedure.
CREATE TABLE one_stop_count (
    month      TEXT NOT NULL,
    sender     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    procedure  TEXT NOT NULL,
    received   INTEGER NOT NULL,
    on_time    INTEGER NOT NULL,
    early      INTEGER NOT NULL,
    late       INTEGER NOT NULL,
    entered_at INTEGER NOT NULL,
    by         TEXT NOT NULL,
    PRIMARY KEY (month, sender, unit, procedure)
) STRICT, WITHOUT ROWID;
