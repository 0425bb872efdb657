-- Shares: a firm's answers, sealed with a key that only the link holds. The day of making is kept, not
-- the second, and no column says whose answers they are.
CREATE TABLE shares (
    id TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_day TEXT NOT NULL,
    owner TEXT NOT NULL
);
