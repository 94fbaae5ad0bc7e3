//! The books of a demo as somebody reads them.

use serde_json::{Value, json};

use super::account::Account;
use crate::cli::{console::Console, failure::Done, table::Table};

impl Account {
    /// Prints the books.
    pub(super) fn print(&self, console: &mut Console) -> Done {
        if console.json {
            return console.object(&self.as_json());
        }
        let rows: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                vec![
                    line.videos.to_string(),
                    line.state.to_owned(),
                    line.why.clone(),
                ]
            })
            .chain([vec![
                self.total.to_string(),
                "in all".to_owned(),
                String::new(),
            ]])
            .collect();
        console.rows(&mut Table::new(&["VIDEOS", "STATE", "WHY"]), &rows)?;
        for fault in &self.faults {
            console.line(format!("WRONG: {fault}"))?;
        }
        if self.faults.is_empty() {
            console.line("every video is accounted for, and every remote id is the one that the simulator gave")?;
        }
        Ok(())
    }

    fn as_json(&self) -> Value {
        let lines = self
            .lines
            .iter()
            .map(|line| json!({ "state": line.state, "why": line.why, "videos": line.videos }));
        json!({
            "videos": self.total,
            "lines": lines.collect::<Vec<_>>(),
            "faults": self.faults,
        })
    }
}
