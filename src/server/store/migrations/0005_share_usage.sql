-- How much is shared, so that a limit is looked up and not counted: one row for all shares (no caller and no
-- day), and one row a caller and day. A caller is the id of an API key, or a keyed hash of an address and
-- the day, from which the address cannot be found without the key.
ALTER TABLE shares ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
UPDATE shares SET bytes = length(sealed);
CREATE INDEX shares_expires_at ON shares (expires_at, bytes);
CREATE TABLE share_usage (
    caller TEXT NOT NULL,
    day TEXT NOT NULL,
    count BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (caller, day)
);
INSERT INTO share_usage (caller, day, count, bytes)
    SELECT '', '', COUNT(*), COALESCE(SUM(bytes), 0) FROM shares;
