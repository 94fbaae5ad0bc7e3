-- Where people have signed in from lately: strangers who try their names elsewhere do not make them wait there.
CREATE TABLE sign_in_networks (
    operator_id   TEXT COLLATE "C" NOT NULL REFERENCES operators (id),
    -- An IPv4 address, or the /64 of an IPv6 one.
    network       TEXT COLLATE "C" NOT NULL,
    signed_in_at  BIGINT NOT NULL,
    PRIMARY KEY (operator_id, network)
);

CREATE INDEX sign_in_networks_by_time ON sign_in_networks (signed_in_at);

-- A new password ends all that waits for a code of somebody.
CREATE INDEX half_sign_ins_of_operator ON half_sign_ins (operator_id);
