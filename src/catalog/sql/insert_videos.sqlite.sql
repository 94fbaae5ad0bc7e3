INSERT INTO videos (
    id, creator_id, state, held, needs, listed_from, guid, title, description, category, tags, language, country,
    link, media_url, media_type, media_size, duration, width, height, thumbnail_url, published_at, starts_at,
    ends_at, geo, made_for_kids, private, explicit, source_guid, broken, remote_id, other_remote_ids, retry_epoch,
    failed_epoch, unusable_epoch, refusal, retry_at, waiting_since, ready_at, added_at, content_at, relisted_from)
SELECT
    value ->> 'id', value ->> 'creator_id', value ->> 'state', value ->> 'held', value ->> 'needs',
    value ->> 'listed_from', value ->> 'guid', value ->> 'title', value ->> 'description', value ->> 'category',
    value ->> 'tags', value ->> 'language', value ->> 'country', value ->> 'link', value ->> 'media_url',
    value ->> 'media_type', value ->> 'media_size', value ->> 'duration', value ->> 'width', value ->> 'height',
    value ->> 'thumbnail_url', value ->> 'published_at', value ->> 'starts_at', value ->> 'ends_at', value ->> 'geo',
    value ->> 'made_for_kids', value ->> 'private', value ->> 'explicit', value ->> 'source_guid',
    value ->> 'broken', value ->> 'remote_id', value ->> 'other_remote_ids', value ->> 'retry_epoch',
    value ->> 'failed_epoch', value ->> 'unusable_epoch', value ->> 'refusal', value ->> 'retry_at',
    value ->> 'waiting_since', value ->> 'ready_at', value ->> 'added_at', value ->> 'content_at',
    value ->> 'relisted_from'
  FROM jsonb_each($1)
