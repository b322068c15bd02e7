-- The weekly letter of what is due, one row for each week and whom it is meant for.
-- begun is written before the mail server gets it; what stays so may have left.
CREATE TABLE due_mail (
    week      text COLLATE "C" NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    target    text COLLATE "C" NOT NULL,
    version   bigint NOT NULL,
    state     text COLLATE "C" NOT NULL,
    at        bigint NOT NULL,
    dossiers  bigint NOT NULL,
    overdue   bigint NOT NULL,
    addresses bigint NOT NULL,
    refused   bigint NOT NULL,
    code      text COLLATE "C" NOT NULL,
    PRIMARY KEY (week, kind, target),
    CHECK (state IN ('begun', 'sent', 'unclear', 'failed', 'nothing', 'no_address'))
);

-- Reminders to an office in a working day, numbered: of two who mail at once one does.
CREATE TABLE office_mail (
    office   text COLLATE "C" NOT NULL,
    day      text COLLATE "C" NOT NULL,
    number   bigint NOT NULL,
    at       bigint NOT NULL,
    dossiers bigint NOT NULL,
    PRIMARY KEY (office, day, number)
);
