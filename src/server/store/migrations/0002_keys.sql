-- Keys of the API: of a key only a keyed hash. A time of 0, or an empty text, means none.
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    previous_until BIGINT NOT NULL,
    made_with TEXT NOT NULL,
    scopes TEXT NOT NULL,
    origins TEXT NOT NULL,
    rate BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);
