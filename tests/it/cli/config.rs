//! `mcnd config` and how commands take wrong settings.

use std::process::Command;

use crate::harness::{
    databases::TestDatabase,
    installation::Installation,
    process::{Ended, Process, mcnd, run},
};

/// Runs `config check` on this content.
async fn check(content: impl AsRef<[u8]>) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mcnd.toml");
    std::fs::write(&file, content).unwrap();
    run(&["config", "check", "--config", file.to_str().unwrap()], "").await
}

#[tokio::test]
async fn every_fault_is_named_at_once_with_its_line_and_cure() {
    let ended = check(
        "[feed]\nlimt = 5\nmax_bytes = \"many\"\ndelta_window = \"14 moons\"\n[server]\npublic = \"here\"\n\
         trusted_proxies = [\"10.0.0.0/99\"]\npublic_url = \"not a url\"\noperator = \"127.0.0.1:1\"\noperator = \"127.0.0.1:2\"\n",
    )
    .await;
    assert_eq!(ended.status.code(), Some(78), "{ended:?}");
    for told in [
        "mcnd.toml:2: `feed.limt`: there is no such setting; did you mean `feed.limit`?",
        "mcnd.toml:3: `feed.max_bytes`",
        "mcnd.toml:4: `feed.delta_window`",
        "mcnd.toml:6: `server.public`",
        "mcnd.toml:7: `server.trusted_proxies`",
        "mcnd.toml:8: `server.public_url`",
        "mcnd.toml:10: ",
    ] {
        assert!(ended.err.contains(told), "{told} is not in {}", ended.err);
    }
}

#[tokio::test]
async fn what_is_no_settings_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::os::unix::fs::symlink(path("nowhere"), path("dangling")).unwrap();
    std::fs::write(path("latin"), b"[feed]\n# caf\xe9\n").unwrap();
    std::fs::File::create(path("huge"))
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    for file in [
        path(""),
        path("absent"),
        path("dangling"),
        path("latin"),
        path("huge"),
    ] {
        for command in [&["config", "check"][..], &["serve"], &["status"]] {
            let ended = run(&[command, &["--config", &file]].concat(), "").await;
            assert_eq!(ended.status.code(), Some(78), "{file}: {ended:?}");
            assert!(ended.err.contains(&file), "{ended:?}");
        }
    }
}

fn with_url_file(file: &str, more: &[(&str, &str)]) -> Command {
    let mut command = mcnd();
    command
        .args(["config", "check"])
        .env("MCND__DATABASE__URL_FILE", file);
    command.envs(more.iter().copied());
    command
}

#[tokio::test]
async fn a_secret_file_is_read_only_when_it_is_sound_and_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8], mode: u32| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let code = async |command| {
        let ended = Process::start(command, "")
            .ends_within(std::time::Duration::from_secs(20))
            .await;
        assert!(!format!("{ended:?}").contains("hunter2"), "{ended:?}");
        ended.status.code()
    };
    let url = b"postgres://mcnd:hunter2@db.example/mcnd\n";
    let sound = write("sound", url, 0o600);
    assert_eq!(code(with_url_file(&sound, &[])).await, Some(0));
    let both = [("MCND__DATABASE__URL", "sqlite:x.sqlite")];
    assert_eq!(code(with_url_file(&sound, &both)).await, Some(78));
    let open = write("open", url, 0o644);
    assert_eq!(code(with_url_file(&open, &[])).await, Some(78));
    let waved = [("MCND__DATABASE__DANGEROUS_OPEN_SECRET_FILES", "true")];
    assert_eq!(code(with_url_file(&open, &waved)).await, Some(0));
    let refused = [
        write("empty", b"", 0o600),
        write("large", &vec![b'x'; 65 << 10], 0o600),
        "/nowhere/at/all".to_owned(),
    ];
    for file in refused {
        assert_eq!(code(with_url_file(&file, &[])).await, Some(78), "{file}");
    }
}

#[tokio::test]
async fn showing_the_settings_masks_secrets_and_names_origins() {
    let mut command = mcnd();
    command.args(["config", "show"]).env(
        "MCND__DATABASE__URL",
        "postgres://mcnd:hunter2@db.example/mcnd",
    );
    let shown = Process::start(command, "")
        .ends_within(std::time::Duration::from_secs(20))
        .await;
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    assert!(
        shown
            .out
            .contains("database.url = \"[secret]\"  # MCND__DATABASE__URL"),
        "{}",
        shown.out
    );
    assert!(!shown.out.contains("hunter2"));
}

#[tokio::test]
async fn a_public_address_without_a_proxy_is_warned_of_and_refused_where_tls_is_required() {
    let public = "[server]\npublic = \"0.0.0.0:8080\"\npublic_url = \"https://mcn.example\"\n";
    let warned = check(public).await;
    assert_eq!(warned.status.code(), Some(0), "{warned:?}");
    assert!(
        format!("{}{}", warned.out, warned.err).contains("behind_proxy"),
        "{warned:?}"
    );
    let refused = check(format!("{public}require_tls = true\n")).await;
    assert_eq!(refused.status.code(), Some(78), "{refused:?}");
}

#[tokio::test]
async fn exit_codes_tell_usage_from_refusal() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    installation.ends(&["no-such-command"], 2).await;
    installation.ends(&["import"], 2).await;
    installation
        .ends(&["credential", "add", "neither"], 2)
        .await;
    for refused in [
        ["creator", "show", "nobody"],
        ["video", "why", "nothing"],
        ["credential", "remove", "none"],
    ] {
        let ended = installation.ends(&refused, 1).await;
        assert!(ended.err.starts_with("error: "), "{ended:?}");
    }
}
