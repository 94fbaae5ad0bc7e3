//! How foreign columns, categories and guids become ours.

use std::collections::BTreeMap;

use url::Url;

use crate::model::{Column, CreatorId, Fields, Guid, Recipe, short, short_escaped};

/// Columns of `mcnd video export` that say what happened to a video. An import passes over them: they are not the
/// network's to set.
pub const EXPORT_ONLY: [&str; 14] = [
    "broken",
    "state",
    "holds",
    "remote_id",
    "remote_ids",
    "conflict",
    "source_guid",
    "id",
    "refusal",
    "retry_at",
    "added_at",
    "content_at",
    "waiting_since",
    "ready_at",
];

const GUID: &str = "guid";
const CREATOR: &str = "creator";

/// What a foreign column fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Guid,
    Creator,
    Field(Column),
    Ignored,
}

impl Target {
    fn named(name: &str) -> Option<Self> {
        match name {
            GUID => Some(Self::Guid),
            CREATOR => Some(Self::Creator),
            _ => Column::named(name).map(Self::Field),
        }
    }

    /// The name of our column; that of an ignored one is of no use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Guid => GUID,
            Self::Creator => CREATOR,
            Self::Field(column) => column.name(),
            Self::Ignored => "",
        }
    }
}

/// The rules of one import or source. The default takes our own columns as they are.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    columns: BTreeMap<String, Target>,
    defaults: Vec<(Column, String)>,
    categories: BTreeMap<String, String>,
    guid_prefix: String,
    derive_guid: bool,
    creator: Option<CreatorId>,
    base: Option<Url>,
}

impl Mapping {
    /// Reads what an operator wrote.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the first pair that can't be used.
    pub fn read(recipe: &Recipe) -> Result<Self, String> {
        let mut mapping = Self::default();
        for pair in &recipe.map {
            mapping = mapping.map(pair)?;
        }
        for pair in &recipe.default {
            mapping = mapping.default_value(pair)?;
        }
        for pair in &recipe.category {
            mapping = mapping.category(pair)?;
        }
        if let Some(prefix) = &recipe.guid_prefix {
            mapping = mapping.guid_prefix(prefix)?;
        }
        mapping.derive_guid = recipe.derive_guid;
        Ok(mapping)
    }

    /// Names every row's creator, so that no column has to.
    #[must_use]
    pub fn for_creator(mut self, creator: CreatorId) -> Self {
        self.creator = Some(creator);
        self
    }

    /// Says where the document was found, which is what relative addresses of a feed are relative to. Its query, which may
    /// hold a key, becomes part of none.
    #[must_use]
    pub fn relative_to(mut self, mut address: Url) -> Self {
        address.set_query(None);
        self.base = Some(address);
        self
    }

    /// Reads `theirs=ours` of `--map`; `theirs=` leaves the column out.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the pair, as with the other readers of pairs.
    pub fn map(mut self, pair: &str) -> Result<Self, String> {
        let (theirs, ours) = pair
            .rsplit_once('=')
            .map_or((pair, None), |(theirs, ours)| {
                (theirs.trim(), Some(ours.trim()))
            });
        let Some(ours) = ours.filter(|_| !theirs.is_empty()) else {
            return Err(format!(
                "`--map {pair}` must be `theirs=ours`, or `theirs=` to leave a column out"
            ));
        };
        let target = if ours.is_empty() {
            Target::Ignored
        } else {
            Target::named(ours).ok_or_else(|| {
                format!(
                    "`--map {pair}`: there is no column `{ours}`{}",
                    did_you_mean(ours)
                )
            })?
        };
        match self.columns.insert(theirs.to_owned(), target) {
            Some(_) => Err(format!("`--map` names `{theirs}` twice; keep one")),
            None => Ok(self),
        }
    }

    /// Reads `field=value` of `--default`: what an absent column or an empty cell stands for.
    ///
    /// # Errors
    /// As [`Self::map`].
    pub fn default_value(mut self, pair: &str) -> Result<Self, String> {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("`--default {pair}` must be `field=value`"))?;
        let name = name.trim();
        let column = Column::named(name).ok_or_else(|| {
            format!(
                "`--default {pair}`: there is no field `{name}`{}",
                did_you_mean(name)
            )
        })?;
        if value.trim().is_empty() {
            return Err(format!("`--default {pair}` has no value"));
        }
        Fields::default()
            .set(column, Some(value))
            .map_err(|fault| format!("`--default {pair}`: {fault}"))?;
        if self.defaults.iter().any(|(known, _)| *known == column) {
            return Err(format!("`--default` names `{name}` twice; keep one"));
        }
        self.defaults.push((column, value.to_owned()));
        Ok(self)
    }

    /// Reads `theirs=ours` of `--category`.
    ///
    /// # Errors
    /// As [`Self::map`].
    pub fn category(mut self, pair: &str) -> Result<Self, String> {
        let (theirs, ours) = pair
            .rsplit_once('=')
            .map(|(theirs, ours)| (theirs.trim(), ours.trim()))
            .filter(|(theirs, ours)| !theirs.is_empty() && !ours.is_empty())
            .ok_or_else(|| format!("`--category {pair}` must be `theirs=ours`"))?;
        match self.categories.insert(theirs.to_owned(), ours.to_owned()) {
            Some(_) => Err(format!("`--category` names `{theirs}` twice; keep one")),
            None => Ok(self),
        }
    }

    /// Puts this before every guid, for ever; the source's own is kept beside it.
    ///
    /// # Errors
    /// As [`Self::map`].
    pub fn guid_prefix(mut self, prefix: &str) -> Result<Self, String> {
        // A letter stands for the guid, which may be what keeps a last blank from being an outer one.
        format!("{prefix}x")
            .parse::<Guid>()
            .map_err(|fault| format!("`--guid-prefix {}`: {fault}", prefix.escape_debug()))?;
        prefix.clone_into(&mut self.guid_prefix);
        Ok(self)
    }

    /// Derives the guid of a feed's item that has none from its address.
    #[must_use]
    pub fn deriving_guids(mut self) -> Self {
        self.derive_guid = true;
        self
    }

    /// What their column fills.
    ///
    /// # Errors
    /// A sentence with the nearest name and the ways out, when nothing says so.
    pub(super) fn target(&self, theirs: &str) -> Result<Target, String> {
        self.columns
            .get(theirs)
            .copied()
            .or_else(|| Target::named(theirs))
            .or_else(|| EXPORT_ONLY.contains(&theirs).then_some(Target::Ignored))
            .ok_or_else(|| {
                let (shown, guess) = (short_escaped(theirs), did_you_mean(theirs));
                format!("unknown column `{shown}`{guess}; name ours with `--map {shown}=ours`, or leave it out with `--map {shown}=`")
            })
    }

    pub(super) fn base(&self) -> Option<&Url> {
        self.base.as_ref()
    }

    pub(super) fn derives_guids(&self) -> bool {
        self.derive_guid
    }

    /// The names of `--map`.
    pub(super) fn mapped(&self) -> impl Iterator<Item = (&str, Target)> {
        self.columns
            .iter()
            .map(|(theirs, target)| (theirs.as_str(), *target))
    }

    /// Which of several categories is the one: the first that `--category` names, else the first.
    pub(super) fn main_category(&self, theirs: &[String]) -> usize {
        theirs
            .iter()
            .position(|name| self.categories.contains_key(name.trim()))
            .unwrap_or_default()
    }

    pub(super) fn creator(&self) -> Option<&CreatorId> {
        self.creator.as_ref()
    }

    /// What stands for an absent column or empty cell.
    pub(super) fn default_of(&self, column: Column) -> Option<&str> {
        self.defaults
            .iter()
            .find(|(known, _)| *known == column)
            .map(|(_, value)| value.as_str())
    }

    /// The columns that have a default.
    pub(super) fn defaulted(&self) -> impl Iterator<Item = Column> {
        self.defaults.iter().map(|(column, _)| *column)
    }

    /// Our name of their category.
    pub(super) fn category_of<'a>(&'a self, theirs: &'a str) -> &'a str {
        self.categories
            .get(theirs.trim())
            .map_or(theirs, String::as_str)
    }

    /// Our guid and, where a prefix makes it another, their own.
    ///
    /// # Errors
    /// The sentence of [`Guid`]'s reader.
    pub(super) fn guid(&self, theirs: &str) -> Result<(Guid, Option<String>), String> {
        let own = theirs.parse::<Guid>().map_err(|fault| fault.to_string())?;
        if self.guid_prefix.is_empty() {
            return Ok((own, None));
        }
        let guid = format!("{}{theirs}", self.guid_prefix)
            .parse::<Guid>()
            .map_err(|fault| format!("{fault}, with its prefix"))?;
        Ok((guid, Some(theirs.to_owned())))
    }
}

/// The end of a sentence about an unknown name: the nearest of ours, where one is near.
fn did_you_mean(name: &str) -> String {
    let spelled = short(name).to_lowercase().replace([' ', '-'], "_");
    let ours = [GUID, CREATOR]
        .into_iter()
        .chain(Column::ALL.map(Column::name));
    ours.map(|ours| (strsim::jaro_winkler(&spelled, ours), ours))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map_or_else(String::new, |(_, ours)| format!(", did you mean `{ours}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_names_need_no_mapping() {
        let mapping = Mapping::default();
        assert_eq!(mapping.target("guid"), Ok(Target::Guid));
        assert_eq!(mapping.target("creator"), Ok(Target::Creator));
        assert_eq!(mapping.target("title"), Ok(Target::Field(Column::Title)));
        for name in EXPORT_ONLY {
            assert_eq!(mapping.target(name), Ok(Target::Ignored));
        }
    }

    #[test]
    fn a_mapped_name_wins_and_an_empty_one_is_left_out() {
        let mapping = Mapping::default()
            .map("Name=title")
            .and_then(|mapping| mapping.map("title="))
            .and_then(|mapping| mapping.map("a=b=media_url"))
            .unwrap();
        assert_eq!(mapping.target("Name"), Ok(Target::Field(Column::Title)));
        assert_eq!(mapping.target("title"), Ok(Target::Ignored));
        assert_eq!(mapping.target("a=b"), Ok(Target::Field(Column::MediaUrl)));
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_of_ours() {
        for (theirs, ours) in [
            ("titel", "title"),
            ("Title", "title"),
            ("Media URL", "media_url"),
            ("guuid", "guid"),
            ("discription", "description"),
        ] {
            let fault = Mapping::default().target(theirs).unwrap_err();
            assert!(
                fault.contains(&format!("did you mean `{ours}`?")),
                "{fault}"
            );
            assert!(fault.contains(&format!("--map {theirs}=ours")), "{fault}");
        }
        let fault = Mapping::default().target("zzz").unwrap_err();
        assert!(!fault.contains("did you mean"), "{fault}");
    }

    #[test]
    fn wrong_pairs_say_what_is_wrong() {
        let rule = Mapping::default;
        for (made, part) in [
            (rule().map("title"), "must be `theirs=ours`"),
            (rule().map("=title"), "must be `theirs=ours`"),
            (rule().map("a=titel"), "did you mean `title`?"),
            (
                rule().map("a=title").unwrap().map("a=link"),
                "names `a` twice",
            ),
            (rule().default_value("category"), "must be `field=value`"),
            (rule().default_value("guid=1"), "no field `guid`"),
            (rule().default_value("category= "), "has no value"),
            (
                rule().default_value("made_for_kids=perhaps"),
                "neither true nor false",
            ),
            (
                rule()
                    .default_value("category=a")
                    .unwrap()
                    .default_value("category=b"),
                "names `category` twice",
            ),
            (rule().category("news"), "must be `theirs=ours`"),
            (rule().category("news="), "must be `theirs=ours`"),
            (
                rule().category("a=b").unwrap().category("a=c"),
                "names `a` twice",
            ),
            (rule().guid_prefix("\n"), "blanks around it"),
        ] {
            let fault = made.unwrap_err();
            assert!(fault.contains(part), "{fault}");
        }
    }

    #[test]
    fn a_prefix_becomes_part_of_the_guid_and_the_own_one_is_kept() {
        let plain = Mapping::default();
        assert_eq!(plain.guid("1"), Ok(("1".parse().unwrap(), None)));
        let prefixed = plain.guid_prefix("net-").unwrap();
        let expected = ("net-1".parse().unwrap(), Some("1".to_owned()));
        assert_eq!(prefixed.guid("1"), Ok(expected));
        for odd in ["", " 1", &"a".repeat(253)] {
            assert!(prefixed.guid(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn categories_get_our_names() {
        let mapping = Mapping::default().category("Films & TV=tv").unwrap();
        assert_eq!(mapping.category_of(" Films & TV "), "tv");
        assert_eq!(mapping.category_of("news"), "news");
    }
}
