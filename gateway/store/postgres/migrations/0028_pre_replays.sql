-- Signed callbacks that came already: keyed hashes of their id and of what they said.
-- Nothing here is a source of anything; rows are forgotten after a day.
CREATE TABLE heard_webhook (
    id   bytea PRIMARY KEY,
    said bytea NOT NULL,
    at   bigint NOT NULL
);
CREATE INDEX heard_webhook_at ON heard_webhook (at);
