-- Whether every video lies where the feed policy puts it: 0 from the moment the policy changes until all were looked at.
INSERT INTO marks (name, value) VALUES ('policy_settled', 1);
