INSERT INTO videos (
    id, creator_id, state, held, needs, listed_from, guid, title, description, category, tags, language, country,
    link, media_url, media_type, media_size, duration, width, height, thumbnail_url, published_at, starts_at,
    ends_at, geo, made_for_kids, private, explicit, source_guid, broken, remote_id, other_remote_ids, retry_epoch,
    failed_epoch, unusable_epoch, refusal, retry_at, waiting_since, ready_at, added_at, content_at, relisted_from)
SELECT
    cells.id, cells.creator_id, cells.state, cells.held, cells.needs, cells.listed_from, cells.guid, cells.title, cells.description,
    cells.category, cells.tags, cells.language, cells.country, cells.link, cells.media_url, cells.media_type, cells.media_size,
    cells.duration, cells.width, cells.height, cells.thumbnail_url, cells.published_at, cells.starts_at, cells.ends_at, cells.geo,
    cells.made_for_kids, cells.private, cells.explicit, cells.source_guid, cells.broken, cells.remote_id, cells.other_remote_ids,
    cells.retry_epoch, cells.failed_epoch, cells.unusable_epoch, cells.refusal, cells.retry_at, cells.waiting_since,
    cells.ready_at, cells.added_at, cells.content_at,
    cells.relisted_from
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (
    id text, creator_id text, state text, held boolean, needs bigint, listed_from bigint, guid text, title text,
    description text, category text, tags text, language text, country text, link text, media_url text,
    media_type text, media_size bigint, duration bigint, width bigint, height bigint, thumbnail_url text,
    published_at bigint, starts_at bigint, ends_at bigint, geo text, made_for_kids boolean, private boolean,
    explicit boolean, source_guid text, broken text, remote_id text, other_remote_ids text, retry_epoch bigint,
    failed_epoch bigint, unusable_epoch bigint, refusal text, retry_at bigint, waiting_since bigint, ready_at bigint,
    added_at bigint, content_at bigint, relisted_from bigint)
 ORDER BY cells.id
