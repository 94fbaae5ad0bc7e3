//! What a form asks to be done to what: an action, and a query by the names that lists, flags and addresses use.

use crate::{app::BulkTask, http::Problem, model::BulkAction};

/// What an action is to be done to, by the fields of a form; a blank field is an absent one.
///
/// # Errors
/// 400 that names every field that is wrong.
pub(super) fn bulk_task(
    action: BulkAction,
    field: impl Fn(&str) -> Option<String>,
) -> Result<BulkTask, Problem> {
    let given = |name: &'static str| field(name).filter(|text| !text.trim().is_empty());
    BulkTask::read(action, given).map_err(|wrong| {
        Problem::bad_request("the query is not as it should be").with_problems(wrong)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{app::VideoQuery, model::State};

    fn read(pairs: &[(&str, &str)]) -> Result<BulkTask, Problem> {
        bulk_task(BulkAction::TakeDown, |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_blank_field_does_not_narrow() {
        let task = read(&[
            ("state", "refused"),
            ("creator", ""),
            ("search", " "),
            ("sort", "newest"),
        ]);
        let refused = VideoQuery {
            state: Some(State::Refused),
            ..VideoQuery::default()
        };
        assert_eq!(task.unwrap(), BulkTask::TakeDown(refused));
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let problem = read(&[("state", "lost"), ("held", "1")]).unwrap_err();
        let (status, _, _, problems) = problem.shown();
        assert_eq!((status.as_u16(), problems.len()), (400, 2), "{problems:?}");
    }
}
