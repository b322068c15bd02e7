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
