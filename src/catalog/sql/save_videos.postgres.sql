UPDATE videos
   SET
    state = cells.state, held = cells.held, needs = cells.needs, listed_from = cells.listed_from, relisted_from = cells.relisted_from, title = cells.title,
    description = cells.description, category = cells.category, tags = cells.tags, language = cells.language,
    country = cells.country, link = cells.link, media_url = cells.media_url, media_type = cells.media_type,
    media_size = cells.media_size, duration = cells.duration, width = cells.width, height = cells.height,
    thumbnail_url = cells.thumbnail_url, published_at = cells.published_at, starts_at = cells.starts_at,
    ends_at = cells.ends_at, geo = cells.geo, made_for_kids = cells.made_for_kids, private = cells.private,
    explicit = cells.explicit, broken = cells.broken, remote_id = cells.remote_id, other_remote_ids = cells.other_remote_ids,
    retry_epoch = cells.retry_epoch, failed_epoch = cells.failed_epoch, unusable_epoch = cells.unusable_epoch,
    refusal = cells.refusal, retry_at = cells.retry_at, waiting_since = cells.waiting_since, ready_at = cells.ready_at,
    content_at = cells.content_at, pins = cells.pins
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (
    id text, state text, held boolean, needs bigint, listed_from bigint, relisted_from bigint, title text, description text, category text,
    tags text, language text, country text, link text, media_url text, media_type text, media_size bigint,
    duration bigint, width bigint, height bigint, thumbnail_url text, published_at bigint, starts_at bigint,
    ends_at bigint, geo text, made_for_kids boolean, private boolean, explicit boolean, broken text, remote_id text,
    other_remote_ids text, retry_epoch bigint, failed_epoch bigint, unusable_epoch bigint, refusal text,
    retry_at bigint, waiting_since bigint, ready_at bigint, content_at bigint, pins text)
 WHERE videos.id = cells.id
RETURNING 1
