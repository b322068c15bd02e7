-- Reports of a month that were issued: figures is the whole report as it was (JSON,
-- numbers and codes only), number counts the times within the month.
CREATE TABLE issued (
    month     text COLLATE "C" NOT NULL,
    number    bigint NOT NULL,
    issued_at bigint NOT NULL,
    by        text COLLATE "C" NOT NULL,
    figures   text NOT NULL,
    PRIMARY KEY (month, number)
);

-- The dossiers that an issued report counted, each as it was counted: what changed
-- since is told by holding these against measure.
CREATE TABLE issued_dossier (
    month            text COLLATE "C" NOT NULL,
    number           bigint NOT NULL,
    dossier_id       text COLLATE "C" NOT NULL,
    unit             text COLLATE "C" NOT NULL,
    sender           text COLLATE "C" NOT NULL,
    procedure        text COLLATE "C" NOT NULL,
    lead             text COLLATE "C" NOT NULL,
    calendar         bigint NOT NULL,
    timeliness       text COLLATE "C" NOT NULL,
    as_portal        text COLLATE "C" NOT NULL,
    as_told          text COLLATE "C" NOT NULL,
    minutes          bigint NOT NULL,
    calendar_minutes bigint NOT NULL,
    rounds           bigint NOT NULL,
    PRIMARY KEY (month, number, dossier_id)
);

-- What a one-stop counted of a month by itself, as it was entered; '' is every procedure.
CREATE TABLE one_stop_count (
    month      text COLLATE "C" NOT NULL,
    sender     text COLLATE "C" NOT NULL,
    unit       text COLLATE "C" NOT NULL,
    procedure  text COLLATE "C" NOT NULL,
    received   bigint NOT NULL,
    on_time    bigint NOT NULL,
    early      bigint NOT NULL,
    late       bigint NOT NULL,
    entered_at bigint NOT NULL,
    by         text COLLATE "C" NOT NULL,
    PRIMARY KEY (month, sender, unit, procedure)
);
