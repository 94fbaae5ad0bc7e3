-- The words by which each video is found: those of its guid and title, folded by the program. Rows of an older program are
-- added by a job.
CREATE TABLE video_words (
    number    INTEGER NOT NULL PRIMARY KEY,
    video_id  TEXT    NOT NULL UNIQUE,
    words     TEXT    NOT NULL
) STRICT;

-- Which videos have a word: `ascii` parts at blanks and folds nothing that is not folded already.
CREATE VIRTUAL TABLE video_search USING fts5 (
    words, content = 'video_words', content_rowid = 'number', tokenize = 'ascii', detail = 'none', columnsize = 0
);
CREATE TRIGGER video_words_added AFTER INSERT ON video_words BEGIN
    INSERT INTO video_search (rowid, words) VALUES (new.number, new.words);
END;
CREATE TRIGGER video_words_changed AFTER UPDATE OF words ON video_words BEGIN
    INSERT INTO video_search (video_search, rowid, words) VALUES ('delete', old.number, old.words);
    INSERT INTO video_search (rowid, words) VALUES (new.number, new.words);
END;

-- Until when videos were looked at for missing words.
INSERT INTO marks (name, value) VALUES ('searchable_until', 0);

-- What waits, held or not, in the order in which feeds list it: of all creators and of one.
CREATE INDEX videos_waiting_longest ON videos (listed_from, id) WHERE state = 'waiting';
CREATE INDEX videos_of_creator_waiting ON videos (creator_id, listed_from, id) WHERE state = 'waiting';
-- What somebody has to look at.
CREATE INDEX videos_refused ON videos (refusal, id) WHERE state = 'refused';
CREATE INDEX videos_broken ON videos (id) WHERE broken IS NOT NULL;
CREATE INDEX videos_held ON videos (id) WHERE held;
