-- Why a fault of ours ended a walk over all videos. Its ending is 'cancelled' then, a word that older programs read.
ALTER TABLE rule_walks ADD COLUMN message TEXT;
