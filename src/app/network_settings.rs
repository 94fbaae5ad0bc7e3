//! Settings of the network: preflight rules and the user list's profile. The one place where the service gets them.
//!
//! They live in the catalog, so that all daemons agree. The configuration file gives them to a new catalog; from then on
//! operators change them, and what the file says of them is only compared.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tracing::warn;

use super::{App, Error, Result};
use crate::{
    catalog::{KeptSetting, Tx},
    config::{self, Config, UserList},
    model::{self, Action, Actor, NetworkSetting, Timestamp},
};

/// Who gave a setting that nobody has changed yet.
const FILE: &str = "file";

/// A setting of the network in force.
#[derive(Clone, Debug)]
pub struct InForce<T> {
    pub value: T,
    /// Moves with every change, from 1. 0 is the file's value, while no daemon has started on this catalog.
    pub version: i64,
    /// When it was last changed, and by whom.
    pub changed: Option<(Timestamp, String)>,
}

impl<T> InForce<T> {
    /// Names the setting as it is now; another one after every change.
    pub fn edition(&self) -> String {
        self.version.to_string()
    }
}

impl<T: DeserializeOwned + Clone> InForce<T> {
    /// What is kept under this name, or else the file's.
    fn of(kept: &[KeptSetting], name: NetworkSetting, file: &T) -> Result<Self> {
        match kept.iter().find(|setting| setting.name == name) {
            Some(setting) => Self::kept(setting),
            None => Ok(Self {
                value: file.clone(),
                version: 0,
                changed: None,
            }),
        }
    }

    fn kept(setting: &KeptSetting) -> Result<Self> {
        Ok(Self {
            value: serde_json::from_str(&setting.value).map_err(Error::internal)?,
            version: setting.version,
            changed: Some((setting.changed_at, setting.changed_by.clone())),
        })
    }
}

impl<T: Clone> InForce<T> {
    /// The newer one of two: what was read before a change may arrive after it.
    fn newer(&self, other: &Self) -> Self {
        let newer = if other.version >= self.version {
            other
        } else {
            self
        };
        newer.clone()
    }
}

/// All of them, as this process knows them.
#[derive(Clone, Debug)]
pub(super) struct NetworkSettings {
    rules: InForce<config::Preflight>,
    user_list: InForce<UserList>,
}

impl NetworkSettings {
    /// What the file gives a new catalog.
    pub(super) fn of_file(config: &Config) -> Self {
        let given = Self::of(&[], config);
        given.expect("nothing is read that could be unreadable")
    }

    fn of(kept: &[KeptSetting], config: &Config) -> Result<Self> {
        Ok(Self {
            rules: InForce::of(kept, NetworkSetting::Rules, &config.preflight)?,
            user_list: InForce::of(kept, NetworkSetting::UserListProfile, &config.user_list)?,
        })
    }
}

impl App {
    /// The preflight rules in force.
    pub fn rules(&self) -> InForce<config::Preflight> {
        self.network.load().rules.clone()
    }

    /// The user list's profile in force.
    pub fn user_list_profile(&self) -> InForce<UserList> {
        self.network.load().user_list.clone()
    }

    /// The profile alone, for whoever reads by it.
    pub(super) fn user_list(&self) -> UserList {
        self.network.load().user_list.value.clone()
    }

    /// Gives a new catalog the file's settings, and puts those of the catalog in force. Logs what the file says otherwise.
    pub async fn settle_network_settings(self: &Arc<Self>) -> Result<()> {
        let kept = self.catalog.network_settings().await?;
        if kept.len() < NetworkSetting::ALL.len() {
            let app = Arc::clone(self);
            self.detached(async move { app.seed_network_settings().await })
                .await?;
        }
        self.refresh_network_settings().await?;
        self.tell_overruled_settings();
        Ok(())
    }

    async fn seed_network_settings(&self) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        for name in NetworkSetting::ALL {
            let file = self.in_file(name).to_string();
            tx.seed_network_setting(name, &file, now, FILE).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What the configuration file says of a setting.
    fn in_file(&self, name: NetworkSetting) -> Value {
        let config = self.config.load();
        match name {
            NetworkSetting::Rules => as_json(&config.preflight),
            NetworkSetting::UserListProfile => as_json(&config.user_list),
        }
    }

    /// Puts the catalog's settings in force here. To be called every few seconds: what was changed elsewhere counts from
    /// then on.
    pub async fn refresh_network_settings(&self) -> Result<()> {
        let kept = self.catalog.network_settings().await?;
        let settings = NetworkSettings::of(&kept, &self.config.load())?;
        self.put_in_force(&settings);
        Ok(())
    }

    fn put_in_force(&self, settings: &NetworkSettings) {
        self.network.rcu(|present| NetworkSettings {
            rules: present.rules.newer(&settings.rules),
            user_list: present.user_list.newer(&settings.user_list),
        });
    }

    /// Dotted names of settings of which the file, or a variable, says otherwise than they are in force.
    pub fn overruled_settings(&self) -> Vec<String> {
        let (config, network) = (self.config.load(), self.network.load());
        let in_force = |name| match name {
            NetworkSetting::Rules => as_json(&network.rules.value),
            NetworkSetting::UserListProfile => as_json(&network.user_list.value),
        };
        let mut names = Vec::new();
        for setting in NetworkSetting::ALL {
            let (file, kept) = (self.in_file(setting), in_force(setting));
            for (key, value) in file.as_object().into_iter().flatten() {
                let name = format!("{}.{key}", setting.section());
                if kept.get(key) != Some(value) && config.says(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Logs what the file says otherwise.
    pub fn tell_overruled_settings(&self) {
        for name in self.overruled_settings() {
            warn!(
                setting.name = name,
                "`{name}` has no effect: the catalog's value counts; `mcnd rules` and `mcnd user-list profile` show and reset it"
            );
        }
    }

    /// Puts other preflight rules in force. Every video is judged again, in the background; by the same rules only where
    /// that failed the last time.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong with them; [`Error::Changed`] when they are not any more of the
    /// edition that was seen.
    pub async fn set_rules(
        self: &Arc<Self>,
        by: Actor,
        rules: config::Preflight,
        edition: Option<String>,
    ) -> Result<InForce<config::Preflight>> {
        refuse(&rules.problems())?;
        let value = as_json(&rules).to_string();
        let kept = self.change_setting(by, NetworkSetting::Rules, value, edition);
        let rules = InForce::kept(&kept.await?)?;
        self.put_in_force(&NetworkSettings {
            rules: rules.clone(),
            ..NetworkSettings::clone(&self.network.load())
        });
        Ok(rules)
    }

    /// Gives the user list another profile.
    ///
    /// # Errors
    /// As [`Self::set_rules`].
    pub async fn set_user_list_profile(
        self: &Arc<Self>,
        by: Actor,
        profile: UserList,
        edition: Option<String>,
    ) -> Result<InForce<UserList>> {
        refuse(&profile.problems())?;
        let value = as_json(&profile).to_string();
        let kept = self.change_setting(by, NetworkSetting::UserListProfile, value, edition);
        let user_list = InForce::kept(&kept.await?)?;
        self.put_in_force(&NetworkSettings {
            user_list: user_list.clone(),
            ..NetworkSettings::clone(&self.network.load())
        });
        Ok(user_list)
    }

    async fn change_setting(
        self: &Arc<Self>,
        by: Actor,
        name: NetworkSetting,
        value: String,
        edition: Option<String>,
    ) -> Result<KeptSetting> {
        let app = Arc::clone(self);
        self.detached(async move { app.change_setting_once(&by, name, value, edition).await })
            .await
    }

    async fn change_setting_once(
        &self,
        by: &Actor,
        name: NetworkSetting,
        value: String,
        edition: Option<String>,
    ) -> Result<KeptSetting> {
        let (now, file) = (self.clock.now(), self.in_file(name).to_string());
        let mut tx = self.catalog.begin().await?;
        tx.seed_network_setting(name, &file, now, FILE).await?;
        let before = tx.own_network_setting(name).await?;
        let before = before.ok_or_else(|| Error::internal("a setting is not kept"))?;
        if edition.is_some_and(|seen| seen != before.version.to_string()) {
            let words = "the setting was changed since it was read; read it again";
            return Err(Error::Changed(words.to_owned()));
        }
        // The same rules once more: whoever says them wants what failed to be done.
        let is_undone = name == NetworkSetting::Rules && tx.has_judging_failed().await?;
        if before.value == value && !is_undone {
            return Ok(before);
        }
        tx.set_network_setting(name, &value, now, &by.name).await?;
        let action = match name {
            NetworkSetting::Rules => Action::ChangeRules,
            NetworkSetting::UserListProfile => Action::ChangeUserListProfile,
        };
        let mut line = self.audit_line(by, action, name.as_str());
        line.before = Some(before.value);
        line.after = Some(value.clone());
        tx.add_audit(&line).await?;
        if name == NetworkSetting::Rules {
            self.begin_judging_again(&mut tx, by, &value).await?;
        }
        tx.commit().await?;
        Ok(KeptSetting {
            name,
            value,
            version: before.version + 1,
            changed_at: now,
            changed_by: by.name.clone(),
        })
    }

    /// The rules that count in a transaction; nobody changes them before it ends. To be asked for before videos are.
    pub(super) async fn rules_within(&self, tx: &mut Tx) -> Result<InForce<config::Preflight>> {
        let name = NetworkSetting::Rules;
        let kept: Vec<_> = tx.network_setting(name).await?.into_iter().collect();
        InForce::of(&kept, name, &self.config.load().preflight)
    }
}

/// How videos are judged by these rules.
pub(super) fn preflight(rules: &config::Preflight) -> model::Preflight {
    model::Preflight {
        categories: rules.check_category.then(|| rules.categories.clone()),
    }
}

fn as_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("settings are names, texts, numbers and flags")
}

/// Says everything that is wrong, if anything is.
pub(super) fn refuse(problems: &[String]) -> Result<()> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems.join("; ")))
    }
}
