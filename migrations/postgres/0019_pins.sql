-- What operators hold against imports: a JSON object of columns, each with what the source last said of it. Nearly always
-- NULL, which takes no room.
ALTER TABLE videos ADD COLUMN pins TEXT;
