INSERT INTO videos (
    id, creator_id, state, held, needs, listed_from, guid, title, description, category, tags, language,
    country, link, media_url, media_type, media_size, duration, width, height, thumbnail_url, published_at,
    starts_at, ends_at, geo, made_for_kids, private, explicit, source_guid, broken, remote_id,
    other_remote_ids, retry_epoch, failed_epoch, unusable_epoch, refusal, retry_at, waiting_since, ready_at,
    added_at, content_at, relisted_from)
VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
    $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42)
