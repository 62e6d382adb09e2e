//! `netmonsec user` and `netmonsec token`.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, Output, Stdio};

use access::{Access, Role};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use serde_json::Value;
use wire::Timestamp;

use crate::common::{netmonsec, run, text};
use crate::sample::Folder;

const PASSWORD: &str = "correct horse";

/// With a line on standard input.
fn run_with(arguments: &[&str], input: &str) -> Output {
    let mut child = netmonsec(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have refused before it read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn ended_well(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    text(&output.stderr)
}

fn logs_in(folder: &str, name: &str, password: &str) -> Option<Role> {
    let access = Access::open(Path::new(folder)).unwrap();
    let from = "192.0.2.1".parse().unwrap();
    access.login(name, password, from, Timestamp::new(1, 0)).ok().map(|session| session.identity.role)
}

#[test]
fn a_user_from_first_to_last() {
    let temporary = Folder::new();
    let data = &temporary.path("data");
    let out = run_with(&["user", "add", "bob", "--data", data], &format!("{PASSWORD}\n"));
    assert_eq!(ended_well(&out), "user added: bob (viewer)\n");
    assert!(text(&out.stderr).contains("nobody is admin"));
    let mode = fs::metadata(format!("{data}/access.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(logs_in(data, "bob", PASSWORD), Some(Role::Viewer));

    assert_eq!(
        ended_well(&run(&["user", "--data", data, "role", "bob", "admin"])),
        "role changed: bob (admin)\n"
    );
    assert_eq!(logs_in(data, "bob", PASSWORD), Some(Role::Admin));
    let out = run_with(&["user", "password", "bob", "--data", data], "another horse");
    assert_eq!(ended_well(&out), "password changed: bob (sessions ended: 2)\n");
    assert_eq!(logs_in(data, "bob", PASSWORD), None);
    assert_eq!(logs_in(data, "bob", "another horse"), Some(Role::Admin));

    let list = ended_well(&run(&["user", "list", "--data", data]));
    assert!(list.starts_with("name ") && list.contains("\nbob  ") && list.contains(" admin "), "{list}");
    let list: Value =
        serde_json::from_str(&ended_well(&run(&["user", "list", "--json", "--data", data]))).unwrap();
    assert_eq!((&list[0]["name"], &list[0]["sessions"]), (&Value::from("bob"), &Value::from(1)));

    assert_eq!(ended_well(&run(&["user", "remove", "bob", "--data", data])), "user removed: bob\n");
    assert_eq!(logs_in(data, "bob", "another horse"), None);
    let out = run(&["user", "list", "--data", data]);
    assert_eq!(ended_well(&out), "");
    assert_eq!(text(&out.stderr), format!("netmonsec: there are no users in {data}\n"));
}

#[test]
fn a_token_from_first_to_last() {
    let temporary = Folder::new();
    let data = &temporary.path("data");
    let out = run(&["token", "add", "grafana", "--role", "viewer", "--expires", "90d", "--data", data]);
    let secret = ended_well(&out);
    let secret = secret.strip_suffix('\n').unwrap();
    assert!(secret.starts_with("nms_") && !secret.contains('\n'), "{secret}");
    assert!(!text(&out.stderr).contains(secret));
    let access = Access::open(Path::new(data)).unwrap();
    let token = access.tokens().unwrap().remove(0);
    assert_eq!(token.expires.unwrap().secs() - token.created.secs(), 90 * 86_400);
    assert_eq!(access.token(secret, token.created).unwrap().unwrap().role, Role::Viewer);
    assert_eq!(access.token(secret, token.expires.unwrap()).unwrap(), None);

    let list: Value =
        serde_json::from_str(&ended_well(&run(&["token", "list", "--json", "--data", data]))).unwrap();
    assert_eq!(list[0]["name"], "grafana");
    assert!(list[0]["used"].is_string());
    let list = ended_well(&run(&["token", "list", "--data", data]));
    assert!(list.contains("\ngrafana ") && !list.contains("nms_"), "{list}");
    assert_eq!(ended_well(&run(&["token", "remove", "grafana", "--data", data])), "token revoked: grafana\n");
    assert_eq!(access.token(secret, token.created).unwrap(), None);
}

#[test]
fn mistakes_are_told_and_change_nothing() {
    let temporary = Folder::new();
    let data = &temporary.path("data");
    // A folder that is mistyped is not made.
    for arguments in [["user", "remove", "bob"], ["user", "password", "bob"], ["token", "remove", "x"]] {
        let said = refused(&run(&[&arguments[..], &["--data", data]].concat()));
        assert!(said.contains("there are neither users nor tokens in") && said.contains("--data"), "{said}");
    }
    assert!(run(&["user", "list", "--data", data]).status.success());
    assert!(!Path::new(data).exists());

    let add =
        |name: &str, input: &str| run_with(&["user", "add", name, "--role", "admin", "--data", data], input);
    assert!(refused(&add("bob", "")).contains("standard input holds no password"));
    assert!(refused(&add("bob", "123456789\n")).contains("has 9 characters; it needs at least 10"));
    assert!(refused(&add("b b", "correct horse\n")).contains("`b b` is no name"));
    ended_well(&add("bob", PASSWORD));
    assert!(refused(&add("BOB", PASSWORD)).contains("`netmonsec user password BOB` sets a new password"));
    ended_well(&run_with(&["user", "add", "eve", "--data", data], PASSWORD));
    assert!(refused(&run(&["user", "remove", "bob", "--data", data])).contains("the only admin"));
    assert!(refused(&run(&["user", "role", "bob", "viewer", "--data", data])).contains("the only admin"));
    assert!(
        refused(&run(&["user", "role", "eve", "root", "--data", data]))
            .contains("viewer, operator and admin")
    );
    assert!(refused(&run(&["user", "remove", "eva", "--data", data])).contains("there is no user `eva`"));
    assert!(
        refused(&run_with(&["user", "password", "eva", "--data", data], PASSWORD)).contains("no user `eva`")
    );
    assert!(refused(&run(&["token", "add", "x", "--data", data])).contains("--role"));
    let said = refused(&run(&["token", "add", "x", "--role", "admin", "--expires", "90", "--data", data]));
    assert!(said.contains("`90` has no unit"), "{said}");
    let said = refused(&run(&["token", "add", "x", "--role", "admin", "--expires", "0s", "--data", data]));
    assert!(said.contains("expired already"), "{said}");
    assert_eq!(Access::open(Path::new(data)).unwrap().users().unwrap().len(), 2);
    assert!(Access::open(Path::new(data)).unwrap().tokens().unwrap().is_empty());
}

#[test]
fn the_folder_is_that_of_the_history() {
    let temporary = Folder::new();
    let config = temporary.file("c.toml", format!("[store]\npath = \"{}\"\n", temporary.path("history")));
    ended_well(&run_with(&["user", "add", "bob", "-c", &config], PASSWORD));
    assert!(Path::new(&temporary.path("history/access.db")).exists());
}

/// A terminal with the program at it.
struct Typist {
    keys: File,
    screen: File,
    child: Child,
    said: ChildStderr,
}

impl Typist {
    fn at(arguments: &[&str]) -> Self {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keys).unwrap();
        unlockpt(&keys).unwrap();
        let name = ptsname(&keys, Vec::new()).unwrap();
        let screen =
            File::from(rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap());
        let mut child = netmonsec(arguments)
            .stdin(screen.try_clone().unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = child.stderr.take().unwrap();
        Self { keys: keys.into(), screen, child, said }
    }

    /// Waits for a prompt, and types.
    fn answer(&mut self, prompt: &str, keys: &str) {
        let mut said = Vec::new();
        while !said.ends_with(prompt.as_bytes()) {
            let mut byte = [0];
            assert_eq!(self.said.read(&mut byte).unwrap(), 1, "{}", text(&said));
            said.push(byte[0]);
        }
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn shows_what_is_typed(&self) -> bool {
        tcgetattr(&self.screen).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// What it printed last, on both streams, and whether it ended well.
    fn end(mut self) -> (String, bool) {
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        let output = self.child.wait_with_output().unwrap();
        // Nothing of what was typed was shown; the terminal is as before.
        rustix::io::ioctl_fionbio(&self.keys, true).unwrap();
        let mut shown = [0; 100];
        assert!(!matches!(self.keys.read(&mut shown), Ok(bytes) if bytes > 0), "{shown:?}");
        assert!(
            tcgetattr(&self.screen)
                .unwrap()
                .local_modes
                .contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
        );
        (said + &text(&output.stdout), output.status.success())
    }
}

#[test]
fn at_a_terminal_the_password_is_asked_for_twice_and_not_shown() {
    let temporary = Folder::new();
    let data = &temporary.path("data");
    let add = ["user", "add", "bob", "--data", data];
    let mut typist = Typist::at(&add);
    typist.answer("New password for bob: ", "wrong\x15correct horsd\x7fe\r");
    assert!(!typist.shows_what_is_typed());
    typist.answer("The same again: ", "correct horse\r");
    let (said, well) = typist.end();
    assert!(well && said.ends_with("user added: bob (viewer)\n"), "{said}");
    assert_eq!(logs_in(data, "bob", PASSWORD), Some(Role::Viewer));

    let mut typist = Typist::at(&["user", "password", "bob", "--data", data]);
    typist.answer("New password for bob: ", "another horse\r");
    typist.answer("The same again: ", "another hose\r");
    let (said, well) = typist.end();
    assert!(!well && said.contains("the two passwords differ; nothing was changed"), "{said}");

    for key in ["\x03", "\x04"] {
        let mut typist = Typist::at(&["user", "password", "bob", "--data", data]);
        typist.answer("New password for bob: ", key);
        let (said, well) = typist.end();
        assert!(!well && said.contains("cancelled; nothing was changed"), "{said}");
    }
    assert_eq!(logs_in(data, "bob", PASSWORD), Some(Role::Viewer));
}
