-- Configurations that move destinations, until a second person puts them in force or
-- refuses them. At most one waits.
CREATE TABLE proposed_configuration (
    id         text COLLATE "C" PRIMARY KEY,
    base       bigint NOT NULL,
    content    bytea NOT NULL,
    by         text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    why        text COLLATE "C" NOT NULL,
    again      bigint,
    state      text COLLATE "C" NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'overtaken')),
    decided_by text COLLATE "C" NOT NULL,
    decided_at bigint,
    told_at    bigint,
    effect_at  bigint,
    CHECK ((state = 'open') = (decided_by = '')),
    CHECK ((told_at IS NULL) = (effect_at IS NULL))
);
CREATE UNIQUE INDEX proposed_configuration_open ON proposed_configuration (state)
    WHERE state = 'open';
