UPDATE videos
   SET
    state = cells.value ->> 'state', held = cells.value ->> 'held', needs = cells.value ->> 'needs',
    listed_from = cells.value ->> 'listed_from', relisted_from = cells.value ->> 'relisted_from', title = cells.value ->> 'title',
    description = cells.value ->> 'description', category = cells.value ->> 'category', tags = cells.value ->> 'tags',
    language = cells.value ->> 'language', country = cells.value ->> 'country', link = cells.value ->> 'link',
    media_url = cells.value ->> 'media_url', media_type = cells.value ->> 'media_type',
    media_size = cells.value ->> 'media_size', duration = cells.value ->> 'duration', width = cells.value ->> 'width',
    height = cells.value ->> 'height', thumbnail_url = cells.value ->> 'thumbnail_url',
    published_at = cells.value ->> 'published_at', starts_at = cells.value ->> 'starts_at',
    ends_at = cells.value ->> 'ends_at', geo = cells.value ->> 'geo', made_for_kids = cells.value ->> 'made_for_kids',
    private = cells.value ->> 'private', explicit = cells.value ->> 'explicit', broken = cells.value ->> 'broken',
    remote_id = cells.value ->> 'remote_id', other_remote_ids = cells.value ->> 'other_remote_ids',
    retry_epoch = cells.value ->> 'retry_epoch', failed_epoch = cells.value ->> 'failed_epoch',
    unusable_epoch = cells.value ->> 'unusable_epoch', refusal = cells.value ->> 'refusal',
    retry_at = cells.value ->> 'retry_at', waiting_since = cells.value ->> 'waiting_since',
    ready_at = cells.value ->> 'ready_at', content_at = cells.value ->> 'content_at',
    pins = cells.value ->> 'pins'
  FROM jsonb_each($1) AS cells
 WHERE videos.id = cells.value ->> 'id'
