//! `[access]`: who may read the user list and the feeds.

use ipnet::IpNet;

use super::{faults::refusal, parse, read::Section};

/// Who may read the user list and the feeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Lists and feeds need no credential.
    pub open: bool,
    /// Where Dailymotion's crawler comes from.
    pub addresses: Vec<IpNet>,
    pub address_check: AddressCheck,
    /// Wrong credentials per address and minute; at least 1.
    pub wrong_per_minute: u32,
}

/// What happens to a caller from outside [`Access::addresses`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressCheck {
    Off,
    Report,
    Enforce,
}

impl Access {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let checks = [
            ("off", AddressCheck::Off),
            ("report", AddressCheck::Report),
            ("enforce", AddressCheck::Enforce),
        ];
        let access = Self {
            open: section.flag("open"),
            addresses: section.list("addresses", parse::network),
            address_check: section.choice("address_check", &checks),
            wrong_per_minute: section.number("wrong_per_minute", 1..=10_000),
        };
        if access.address_check == AddressCheck::Enforce && access.addresses.is_empty() {
            let cure = "list Dailymotion's networks in `access.addresses`";
            section.refuse(
                "address_check",
                refusal("with no address listed it refuses everybody", cure),
            );
        }
        access
    }
}

#[cfg(test)]
mod tests {
    use crate::config::given;

    #[test]
    fn enforcing_an_empty_list_of_addresses_is_refused() {
        let faults = given::faults("[access]\naddresses = []\naddress_check = \"enforce\"");
        assert_eq!(faults.len(), 1);
        assert!(
            faults[0].contains(":3: `access.address_check`"),
            "{}",
            faults[0]
        );
        given::config("[access]\naddresses = []\naddress_check = \"off\"");
    }
}
