-- Messages that wait until their office fetches them: what was handed out has a number.
-- pickup is that number, given when a message is first shown to its office and only
-- while it is not acknowledged; who does not know the column leaves it.
ALTER TABLE transfer ADD COLUMN pickup bigint;
CREATE INDEX transfer_pickup ON transfer (office, pickup) WHERE pickup IS NOT NULL;
CREATE INDEX transfer_unshown ON transfer (office, seq)
 WHERE ask_at IS NOT NULL AND pickup IS NULL;

-- last is the highest number that an office was ever given. Whoever gives numbers
-- holds its row until the commit, so that a number seen has none below it to come.
CREATE TABLE pickup (
    office text COLLATE "C" PRIMARY KEY,
    last   bigint NOT NULL
);
