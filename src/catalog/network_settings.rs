//! Settings of the network: preflight rules and the user list's profile, the same for all daemons.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    rows::read,
};
use crate::model::{NetworkSetting, Timestamp};

/// The columns of a setting, in front of what selects the rows.
macro_rules! select_settings {
    ($rest:literal) => {
        concat!(
            "SELECT name, value, version, changed_at, changed_by
           FROM network_settings",
            $rest
        )
    };
}

statements! {
    LIST = Sql::same(select_settings!(" ORDER BY name"));
    /// Stays as it is until the transaction ends. SQLite has one writer anyway.
    SHARE = Sql::each(
        select_settings!(" WHERE name = $1"),
        select_settings!(" WHERE name = $1 FOR SHARE"));
    /// Nobody else reads or changes it in a transaction until this one ends.
    OWN = Sql::each(
        select_settings!(" WHERE name = $1"),
        select_settings!(" WHERE name = $1 FOR UPDATE"));
    SEED = Sql::same(
        "INSERT INTO network_settings (name, value, version, changed_at, changed_by)
         VALUES ($1, $2, 1, $3, $4)
             ON CONFLICT (name) DO NOTHING");
    SET = Sql::same(
        "UPDATE network_settings
            SET value = $2, version = version + 1, changed_at = $3, changed_by = $4
          WHERE name = $1");
}

/// A setting as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSetting {
    pub name: NetworkSetting,
    /// JSON, by the names of the configuration file.
    pub value: String,
    /// Moves with every change, from 1.
    pub version: i64,
    pub changed_at: Timestamp,
    /// The actor, or `file` for one that nobody has changed yet.
    pub changed_by: String,
}

#[derive(sqlx::FromRow)]
struct SettingRow {
    name: String,
    value: String,
    version: i64,
    changed_at: i64,
    changed_by: String,
}

impl TryFrom<SettingRow> for KeptSetting {
    type Error = Error;

    fn try_from(row: SettingRow) -> Result<Self> {
        Ok(Self {
            name: read(&row.name)?,
            value: row.value,
            version: row.version,
            changed_at: Timestamp::from_millis(row.changed_at),
            changed_by: row.changed_by,
        })
    }
}

impl Catalog {
    /// Every setting that is kept: none before the first daemon has started.
    pub async fn network_settings(&self) -> Result<Vec<KeptSetting>> {
        let rows: Vec<SettingRow> = self.db.all(LIST, &args![]).await?;
        rows.into_iter().map(KeptSetting::try_from).collect()
    }
}

impl Tx {
    /// A setting, which nobody changes before this transaction ends. To be asked for before videos are, so that whoever
    /// changes it waits for no two at once.
    pub async fn network_setting(&mut self, name: NetworkSetting) -> Result<Option<KeptSetting>> {
        let row: Option<SettingRow> = self.maybe(SHARE, &args![name.as_str()]).await?;
        row.map(KeptSetting::try_from).transpose()
    }

    /// A setting that this transaction changes: every other one that has read it has ended.
    pub async fn own_network_setting(
        &mut self,
        name: NetworkSetting,
    ) -> Result<Option<KeptSetting>> {
        let row: Option<SettingRow> = self.maybe(OWN, &args![name.as_str()]).await?;
        row.map(KeptSetting::try_from).transpose()
    }

    /// Keeps a setting unless it is there already.
    pub async fn seed_network_setting(
        &mut self,
        name: NetworkSetting,
        value: &str,
        now: Timestamp,
        by: &str,
    ) -> Result<()> {
        self.run(SEED, &args![name.as_str(), value, now, by])
            .await
            .map(|_one| ())
    }

    /// Changes a setting.
    pub async fn set_network_setting(
        &mut self,
        name: NetworkSetting,
        value: &str,
        now: Timestamp,
        by: &str,
    ) -> Result<()> {
        self.run(SET, &args![name.as_str(), value, now, by])
            .await
            .map(|_one| ())
    }
}
