-- The last time that a creator's feed was asked for and had not changed, however many feeds are asked for in a minute.
CREATE INDEX unchanged_visits_of_creator ON unchanged_visits (creator_id, minute);
