//! A draft made an item of ours: the rules for odd shapes.

use crate::model::{Column, short_escaped};

use super::{
    Item,
    address::scheme,
    draft::{Address, Channel, Draft, Form, Level, Notes, Text, Told},
    html,
    kind::Kind,
    media::{Media, best},
    moments::moment,
    numbers,
};

/// What the item says, column by column.
pub(super) fn judge(mut draft: Draft, channel: &Channel) -> Item {
    let mut notes = std::mem::take(&mut draft.notes);
    let mut cells = Vec::with_capacity(Column::ALL.len());
    let chosen = best(&draft.media);
    let levels = levels(&draft, chosen);
    texts(&draft, &levels, &mut cells);
    let link = link(draft.link.as_ref(), &mut notes);
    let file = media(&draft, chosen, &levels, &mut cells, &mut notes);
    thumbnail(&draft, &levels, &mut cells, &mut notes);
    dates(&draft, &levels, &mut cells, &mut notes);
    rules(&draft, channel, &levels, &mut cells);
    let language = chosen
        .and_then(|media| media.language.clone())
        .or_else(|| draft.language.clone())
        .or_else(|| channel.language.clone());
    put(&mut cells, Column::Language, language);
    put(&mut cells, Column::Link, link.clone());
    let categories = levels
        .iter()
        .map(|level| &level.categories)
        .chain([&draft.categories, &channel.level.categories])
        .find(|categories| !categories.is_empty());
    let keywords = levels
        .iter()
        .find_map(|level| level.keywords.as_ref())
        .or(draft.podcast_keywords.as_ref())
        .or(channel.level.keywords.as_ref());
    Item {
        line: draft.line,
        guid: guid(draft.guid.as_ref()).or_else(|| guid(draft.about.as_ref())),
        address: link.or(file),
        categories: categories.cloned().unwrap_or_default(),
        keywords: keywords.cloned(),
        extras: draft.extras.clone(),
        cells,
        warnings: notes.warnings,
        faults: notes.faults,
    }
}

type Cells = Vec<(Column, Option<String>)>;

/// Adds a cell, where there is something to say.
fn put(cells: &mut Cells, column: Column, text: Option<String>) {
    if text.is_some() {
        cells.push((column, text));
    }
}

/// From the deepest level to the item's; then what is said of the item's other files, lest a rule of theirs be lost.
fn levels<'a>(draft: &'a Draft, chosen: Option<&'a Media>) -> Vec<&'a Level> {
    let group = chosen.and_then(|media| draft.groups.get(media.group?));
    let content = chosen.map(|media| &media.level);
    let files = draft
        .media
        .iter()
        .filter(|media| !matches!(media.kind, Kind::Image | Kind::Dropped));
    content
        .into_iter()
        .chain(group)
        .chain([&draft.level])
        .chain(&draft.groups)
        .chain(files.map(|media| &media.level))
        .collect()
}

fn guid(told: Option<&Told>) -> Option<String> {
    let text = told?.text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Title and description. The item's own go before those of Media RSS; a description that is declared to be plain
/// goes before one of which nobody knows. Empty ones alone clear the field.
fn texts(draft: &Draft, levels: &[&Level], cells: &mut Cells) {
    let media_title = levels.iter().find_map(|level| level.title.as_ref());
    let titles = [
        draft.title.as_ref(),
        media_title,
        draft.podcast_title.as_ref(),
    ];
    cell(cells, Column::Title, &titles, title);
    let of_media = levels.iter().find_map(|level| level.description.as_ref());
    let plain = of_media.filter(|text| text.form == Form::Plain);
    let descriptions = [
        plain,
        draft.description.as_ref(),
        of_media,
        draft.story.as_ref(),
        draft.summary.as_ref(),
    ];
    cell(cells, Column::Description, &descriptions, description);
}

/// The first text that is not blank; an empty cell where there are only blank ones.
fn cell(cells: &mut Cells, column: Column, texts: &[Option<&Text>], read: fn(&Text) -> String) {
    let mut told = texts.iter().flatten().peekable();
    if told.peek().is_some() {
        let text = told
            .map(|text| read(text))
            .find(|text| !text.trim().is_empty());
        cells.push((column, text));
    }
}

fn title(text: &Text) -> String {
    match text.form {
        Form::Html | Form::Markup => html::plain(&text.text),
        Form::Plain | Form::Unsaid => text.text.clone(),
    }
}

fn description(text: &Text) -> String {
    match text.form {
        Form::Plain => text.text.clone(),
        Form::Unsaid if !html::is_html(&text.text) => text.text.trim().to_owned(),
        _ => html::plain(&text.text),
    }
}

fn link(link: Option<&Address>, notes: &mut Notes) -> Option<String> {
    let link = link.filter(|link| !link.text.is_empty())?;
    let address = whole(link, notes)?;
    let page = ["http", "https"]
        .map(String::from)
        .contains(&scheme(&address)?);
    if !page {
        let shown = short_escaped(&link.text);
        let message = format!("`{shown}` is no web page; it is passed over");
        notes.warn(link.line, link.element, &message);
    }
    page.then_some(address)
}

/// The address in full, or a fault.
fn whole(address: &Address, notes: &mut Notes) -> Option<String> {
    if address.absolute.is_none() {
        let shown = short_escaped(&address.text);
        let message = format!(
            "`{shown}` is relative and nothing says to what; give whole addresses, or an `xml:base`"
        );
        notes.fault(address.line, address.element, &message);
    }
    address.absolute.clone()
}

/// The file and what is said of it, which goes together: what is not said of this file is cleared. Returns its address.
fn media(
    draft: &Draft,
    chosen: Option<&Media>,
    levels: &[&Level],
    cells: &mut Cells,
    notes: &mut Notes,
) -> Option<String> {
    let Some(media) = chosen else {
        not_a_file(draft, levels, cells, notes);
        return None;
    };
    let address = &media.address;
    let file = whole(address, notes);
    if let Some(reason) = media.kind.reason() {
        let shown = short_escaped(&address.text);
        notes.warn(
            address.line,
            address.element,
            &format!("`{shown}`: {reason}"),
        );
        cells.push((Column::MediaUrl, None));
        return file;
    }
    for odd in &media.odd {
        notes.warn(address.line, address.element, odd);
    }
    // An enclosure often repeats a `media:content`, and each says what the other does not.
    let of_file = |read: fn(&Media) -> Option<i64>| {
        let same = |other: &&Media| other.address.absolute == address.absolute;
        let others = draft.media.iter().filter(same);
        [media].into_iter().chain(others).find_map(read)
    };
    let podcast = draft.podcast_duration.as_ref();
    let duration = of_file(|media| media.duration);
    let duration = duration.or_else(|| podcast_duration(podcast?, notes));
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    cells.extend([
        (Column::MediaUrl, file.clone()),
        (Column::MediaType, media.video_type().map(str::to_owned)),
        (Column::MediaSize, number(of_file(|media| media.size))),
        (Column::Duration, number(duration)),
        (Column::Width, number(of_file(|media| media.width))),
        (Column::Height, number(of_file(|media| media.height))),
    ]);
    file
}

/// Says why an item has no file, where it seems to offer one.
fn not_a_file(draft: &Draft, levels: &[&Level], cells: &mut Cells, notes: &mut Notes) {
    let player = levels.iter().find_map(|level| level.player.as_ref());
    let (address, kind) = match (player, draft.media.first()) {
        (Some(player), _) => (player, Kind::Player),
        (None, Some(media)) => (&media.address, media.kind),
        (None, None) => return,
    };
    let shown = short_escaped(&address.text);
    let reason = kind.reason().unwrap_or_default();
    notes.warn(
        address.line,
        address.element,
        &format!("`{shown}`: {reason}"),
    );
    cells.push((Column::MediaUrl, None));
}

fn podcast_duration(told: &Told, notes: &mut Notes) -> Option<i64> {
    let seconds = numbers::seconds(&told.text);
    if seconds.is_none() && !told.text.trim().is_empty() {
        let shown = short_escaped(told.text.trim());
        let message = format!("`{shown}` is no duration in seconds; it is passed over");
        notes.warn(told.line, "itunes:duration", &message);
    }
    seconds
}

/// The first thumbnail of the deepest level, else the podcast's image, else the first image among the media.
fn thumbnail(draft: &Draft, levels: &[&Level], cells: &mut Cells, notes: &mut Notes) {
    let image = draft.media.iter().find(|media| media.kind == Kind::Image);
    let address = levels
        .iter()
        .find_map(|level| level.thumbnail.as_ref())
        .or(draft.image.as_ref())
        .or(image.map(|media| &media.address));
    let address = address.and_then(|address| whole(address, notes));
    put(cells, Column::ThumbnailUrl, address);
}

const UNREAD: &str = "a window without dates that can be read; write `start=2026-09-01T09:00:00Z; end=2026-10-01T09:00:00Z`";

fn dates(draft: &Draft, levels: &[&Level], cells: &mut Cells, notes: &mut Notes) {
    if let Some((_, told)) = &draft.published {
        put(cells, Column::PublishedAt, date(told, "pubDate", notes));
    }
    let Some(valid) = levels.iter().find_map(|level| level.valid.as_ref()) else {
        return;
    };
    let (start, end) = period(valid);
    if start.is_none() && end.is_none() {
        notes.fault(valid.line, "dcterms:valid", UNREAD);
    }
    for (column, bound) in [(Column::StartsAt, start), (Column::EndsAt, end)] {
        let Some(bound) = bound else {
            cells.push((column, None));
            continue;
        };
        let line = valid.line;
        match date(&Told { line, text: bound }, "dcterms:valid", notes) {
            Some(at) => cells.push((column, Some(at))),
            // Without its window a video would go out when it must not.
            None => notes.fault(line, "dcterms:valid", UNREAD),
        }
    }
}

/// A date as columns take it; an unreadable one is passed over.
fn date(told: &Told, element: &str, notes: &mut Notes) -> Option<String> {
    let text = told.text.trim();
    if text.is_empty() {
        return None;
    }
    let shown = short_escaped(text);
    let Some(found) = moment(text) else {
        let message = format!("`{shown}` is no date that can be read; it is passed over");
        notes.warn(told.line, element, &message);
        return None;
    };
    if found.zoneless {
        let message = format!("`{shown}` names no zone; it is taken as UTC");
        notes.warn(told.line, element, &message);
    }
    Some(found.at.to_string())
}

/// Start and end of a DCMI period; a bound that is absent or empty leaves its side open.
fn period(valid: &Told) -> (Option<String>, Option<String>) {
    let part = |name: &str| {
        valid.text.split(';').find_map(|part| {
            let (key, value) = part.split_once('=')?;
            let value = value.trim();
            (key.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
        })
    };
    (part("start"), part("end"))
}

/// Who may watch it.
fn rules(draft: &Draft, channel: &Channel, levels: &[&Level], cells: &mut Cells) {
    let all = || levels.iter().copied().chain([&channel.level]);
    let restriction = all().find_map(|level| level.restriction.clone());
    put(cells, Column::Geo, restriction);
    let explicit = levels
        .iter()
        .find_map(|level| level.adult)
        .or(draft.explicit)
        .or(channel.level.adult)
        .or(channel.explicit);
    put(
        cells,
        Column::Explicit,
        explicit.map(|explicit| explicit.to_string()),
    );
}
