-- Why a fault of ours ended a walk over all videos. Its ending is 'cancelled' then, a word that older programs read.
ALTER TABLE rule_walks ADD COLUMN message TEXT;

-- When a creator's status last changed; none where it never did, or only before this column was there.
ALTER TABLE creators ADD COLUMN status_changed_at INTEGER;
