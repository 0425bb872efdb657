-- What readers say of a support: their text, what it is about, the day. Nothing says who wrote it.
CREATE TABLE feedback (
    id TEXT NOT NULL PRIMARY KEY,
    day TEXT NOT NULL,
    support TEXT NOT NULL,
    rule_book TEXT NOT NULL,
    lang TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX feedback_day ON feedback (day);
-- Words that were searched for in vain: how often on a day. Nothing says by whom.
CREATE TABLE vain_searches (
    day TEXT NOT NULL,
    field TEXT NOT NULL,
    word TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (day, field, word)
);
