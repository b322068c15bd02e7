-- Messages that wait until their office fetches them: what was handed out has a number.
-- pickup is that number, given when a message is first shown to its office and only
-- while it is not acknowledged; unshown_at is set from when it is unconfirmed until it
-- is shown. Each is the only key of its queue. Who does not know them leaves them.
ALTER TABLE transfer ADD COLUMN pickup bigint;
ALTER TABLE transfer ADD COLUMN unshown_at bigint;
CREATE INDEX transfer_pickup ON transfer (office, pickup, seq) WHERE pickup IS NOT NULL;
CREATE INDEX transfer_unshown ON transfer (office, unshown_at, seq)
 WHERE unshown_at IS NOT NULL;

-- last is the highest number that an office was ever given. Whoever gives numbers
-- holds its row until the commit, so that a number seen has none below it to come.
CREATE TABLE pickup (
    office text COLLATE "C" PRIMARY KEY,
    last   bigint NOT NULL
);
