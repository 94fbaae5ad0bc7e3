//! Refusals of names that do not exist, each with the name that was probably meant.
//!
//! Values are never quoted here: a misspelt name may hold a secret.

use super::{
    VARIABLE_PREFIX,
    faults::{Fault, Origin, refusal},
    layers::Settings,
    name::{Name, nearest, nearest_name},
};

impl Settings<'_> {
    pub(super) fn unknown_section(&self, origin: Origin, section: &str) -> Fault {
        let known = nearest(section, self.names().map(|name| name.section.as_str()));
        let cure = known.map_or_else(no_such_name, |known| format!("did you mean `[{known}]`?"));
        Fault::at(origin)
            .key(section.escape_debug())
            .refused(refusal("there is no such section", cure))
    }

    pub(super) fn outside_sections(&self, origin: Origin, key: &str) -> Fault {
        let meant = self
            .names()
            .find(|name| name.key == key || name.section == key);
        let cure = meant.map_or_else(no_such_name, |name| {
            format!("write settings under `[{}]`", name.section)
        });
        Fault::at(origin)
            .key(key.escape_debug())
            .refused(refusal("it stands outside every section", cure))
    }

    pub(super) fn unknown_key(&self, origin: Origin, name: &Name) -> Fault {
        let meant = nearest_name(name, self.names());
        let cure = meant.map_or_else(no_such_name, |meant| format!("did you mean `{meant}`?"));
        let key = name.to_string();
        Fault::at(origin)
            .key(key.escape_debug())
            .refused(refusal("there is no such setting", cure))
    }

    pub(super) fn unknown_variable(&self, variable: &str) -> Fault {
        let rest = variable
            .trim_start_matches(VARIABLE_PREFIX)
            .to_ascii_lowercase();
        let (section, key) = rest.split_once("__").unwrap_or(("", &rest));
        let meant = nearest_name(&Name::new(section, key), self.names());
        let cure = meant.map_or_else(no_such_name, |meant| {
            format!("did you mean `{}`?", meant.variable())
        });
        Fault::at(variable).refused(refusal("no setting belongs to this variable", cure))
    }
}

fn no_such_name() -> String {
    "remove it; `mcnd config show` lists what exists".to_owned()
}

#[cfg(test)]
mod tests {
    use crate::config::given;

    #[test]
    fn a_name_in_the_wrong_place_is_led_to_the_right_one() {
        assert!(
            given::faults("public_url = \"x\"")[0]
                .ends_with("it stands outside every section; write settings under `[server]`")
        );
        assert!(
            given::faults("[feed]\npublic_url = \"x\"")[0]
                .ends_with("did you mean `server.public_url`?")
        );
        assert!(
            given::faults("[server.tls]\ncert = \"x\"")[0]
                .contains("`server.tls`: there is no such setting")
        );
        assert!(
            given::faults("server = 7")[0].contains("`server`: it stands outside every section")
        );
        assert_eq!(given::faults("[nonsense]\na = 1\nb = 2").len(), 1);
    }

    #[test]
    fn a_variable_without_a_setting_is_refused_with_the_nearest_name() {
        let cases = [
            (
                "MCND__SERVER__PUBLIC_ULR",
                "did you mean `MCND__SERVER__PUBLIC_URL`?",
            ),
            (
                "MCND__server__public_url",
                "did you mean `MCND__SERVER__PUBLIC_URL`?",
            ),
            ("MCND__FEED", "no setting belongs to this variable"),
            ("MCND__", "no setting belongs to this variable"),
        ];
        for (variable, words) in cases {
            let faults = given::variable_faults(&[(variable, "hunter2")]);
            assert_eq!(faults.len(), 1);
            assert!(
                faults[0].starts_with(&format!("{variable}: ")) && faults[0].contains(words),
                "{}",
                faults[0]
            );
        }
        assert!(
            given::variable_faults(&[("MCND__LOG__LEVEL", "in\u{fffd}fo")])[0]
                .contains("not UTF-8")
        );
    }
}
