//! Without the right to capture.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use testlab::{FAR, Lab};

use crate::common::{BINARY, text};

/// Who nobody is.
const NOBODY: u32 = 65_534;
/// EX_NOPERM of sysexits.h.
const NOT_PERMITTED: i32 = 77;

#[test]
fn without_the_capability_it_says_what_to_do() {
    let Some(lab) = Lab::new("without_the_capability_it_says_what_to_do") else { return };
    // Where it was built nobody else may look.
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let copy = folder.path().join("netmonsec");
    std::fs::copy(BINARY, &copy).unwrap();
    let mut command = Command::new(&copy);
    command
        .args(["-i", FAR, "--json", "--set", "store.path=\"\"", "--set", "api.listen=\"\""])
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY);
    let output = lab.enter(|| command.output().unwrap());
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(NOT_PERMITTED), "{said}");
    assert!(output.stdout.is_empty());
    let remedy = format!("sudo setcap cap_net_raw,cap_net_admin=eip {}", copy.display());
    assert!(said.contains(&remedy), "{said}");
    assert!(said.contains(FAR), "{said}");
}
