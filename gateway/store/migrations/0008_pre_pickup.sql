-- Messages that wait until their office fetches them: what was handed out has a number.
-- pickup is that number, given when a message is first shown to its office and only
-- while it is not acknowledged; unshown_at is set from when it is unconfirmed until it
-- is shown. Each is the only key of its queue. Who does not know them leaves them.
ALTER TABLE transfer ADD COLUMN pickup INTEGER;
ALTER TABLE transfer ADD COLUMN unshown_at INTEGER;
CREATE INDEX transfer_pickup ON transfer (office, pickup) WHERE pickup IS NOT NULL;
CREATE INDEX transfer_unshown ON transfer (office, unshown_at)
 WHERE unshown_at IS NOT NULL;

-- last is the highest number that an office was ever given.
CREATE TABLE pickup (
    office TEXT PRIMARY KEY,
    last   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
