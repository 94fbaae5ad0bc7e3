-- Waiting videos that no feed lists: an overview counts them.
CREATE INDEX videos_waiting_held ON videos (id) WHERE state = 'waiting' AND held;
