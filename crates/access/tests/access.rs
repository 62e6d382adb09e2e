//! Users, sessions and tokens from outside.

// Test code: a panic is a failure with a place in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::net::IpAddr;

use access::{Access, AccessError, Action, Actor, LoginError, Refusal, Role, Session, Via, WeakPassword};
use tempfile::TempDir;
use wire::Timestamp;

const CLI: Actor<'static> = Actor::COMMAND_LINE;
const BOB: &str = "correct horse";
const EVE: &str = "battery staple";
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

fn at(second: u64) -> Timestamp {
    Timestamp::new(1_795_000_000 + second, 0)
}

fn home() -> IpAddr {
    "192.0.2.1".parse().unwrap()
}

/// With Bob, who looks, and Eve, who manages.
fn two() -> (TempDir, Access) {
    let folder = tempfile::tempdir().unwrap();
    let access = Access::open(folder.path()).unwrap();
    assert!(!access.has_users().unwrap());
    let _ = access.add_user("Eve", EVE, Role::Admin, &CLI, at(0)).unwrap();
    let audit = access.add_user("bob", BOB, Role::Viewer, &CLI, at(0)).unwrap();
    assert_eq!(audit.to_string(), "user-added bob (viewer) by command line");
    assert!(access.has_users().unwrap());
    (folder, access)
}

fn login(access: &Access, name: &str, password: &str, second: u64) -> Result<Session, LoginError> {
    access.login(name, password, home(), at(second))
}

fn who(access: &Access, session: &Session, second: u64) -> Option<String> {
    access.session(session.cookie.expose(), at(second)).unwrap().map(|identity| identity.name)
}

#[test]
fn who_knows_the_password_gets_in() {
    let (_folder, access) = two();
    let session = login(&access, "BOB", BOB, 1).unwrap();
    assert_eq!(session.audit.to_string(), "login bob by bob from 192.0.2.1");
    let identity = access.session(session.cookie.expose(), at(2)).unwrap().unwrap();
    assert_eq!((identity.name.as_str(), identity.role, identity.via), ("bob", Role::Viewer, Via::Session));
    assert_eq!(identity, session.identity);
    assert_ne!(login(&access, "bob", BOB, 3).unwrap().cookie, session.cookie);
    assert_eq!(access.users().unwrap().iter().map(|user| user.sessions).collect::<Vec<_>>(), [2, 0]);
}

#[test]
fn who_does_not_learns_nothing() {
    let (_folder, access) = two();
    let mut told = Vec::new();
    for (name, password) in
        [("bob", EVE), ("nobody", BOB), ("bob", ""), ("", ""), ("a\0b", "x"), (BOB, "bob")]
    {
        let error = login(&access, name, password, 1).unwrap_err();
        assert!(matches!(error.refusal, Refusal::Wrong));
        assert_eq!(error.audit.action, Action::LoginRefused);
        assert!(!error.audit.to_string().contains("horse"), "{}", error.audit);
        told.push(error.to_string());
    }
    told.dedup();
    assert_eq!(told, ["wrong name or password"]);
}

/// Nobody times a test here: that the same is computed for both is tested where it is computed. This
/// tells how long it takes.
#[test]
fn as_much_is_computed_for_a_name_that_nobody_has() {
    #[allow(clippy::disallowed_methods, reason = "told, not asserted on")]
    fn milliseconds(access: &Access, name: &str) -> f64 {
        let before = std::time::Instant::now();
        assert!(login(access, name, "wrong password", 1).is_err());
        before.elapsed().as_secs_f64() * 1000.0
    }
    let (_folder, access) = two();
    let (there, nobody): (Vec<_>, Vec<_>) =
        (0..5).map(|_| (milliseconds(&access, "bob"), milliseconds(&access, "nobody"))).unzip();
    println!("a user's name: {there:.1?} ms; nobody's: {nobody:.1?} ms");
}

#[test]
fn planted_and_cut_cookies_are_nobodys() {
    let (_folder, access) = two();
    let session = login(&access, "bob", BOB, 1).unwrap();
    let cookie = session.cookie.expose();
    for planted in
        ["", "x", &"A".repeat(43), &cookie[1..], &format!("{cookie}A"), &format!("{cookie}' OR 1=1 --")]
    {
        assert_eq!(access.session(planted, at(1)).unwrap(), None, "{planted}");
        assert_eq!(access.logout(planted, at(1)).unwrap(), None, "{planted}");
    }
    // A cookie is no token, and a token none.
    assert_eq!(access.token(cookie, at(1)).unwrap(), None);
    assert_eq!(access.token(&format!("nms_{cookie}"), at(1)).unwrap(), None);
}

#[test]
fn a_planted_cookie_does_not_become_valid_and_the_one_before_ends() {
    let (_folder, access) = two();
    let planted = "A".repeat(43);
    let first = access.login_again(Some(&planted), "bob", BOB, home(), at(1)).unwrap();
    assert_eq!(access.session(&planted, at(1)).unwrap(), None);
    let second = access.login_again(Some(first.cookie.expose()), "bob", BOB, home(), at(2)).unwrap();
    assert_eq!(who(&access, &first, 2), None);
    assert_eq!(who(&access, &second, 2).as_deref(), Some("bob"));
}

#[test]
fn a_session_ends_unused() {
    let (_folder, access) = two();
    let session = login(&access, "bob", BOB, 0).unwrap();
    assert!(who(&access, &session, 12 * HOUR - 1).is_some());
    assert!(who(&access, &session, 24 * HOUR - 2).is_some());
    assert_eq!(who(&access, &session, 36 * HOUR), None);
    // And does not come back with a clock that does.
    assert_eq!(who(&access, &session, 1), None);
}

#[test]
fn a_session_ends_after_a_week_however_much_it_is_used() {
    let (_folder, access) = two();
    let session = login(&access, "bob", BOB, 0).unwrap();
    for hour in 0..7 * 24 {
        assert!(who(&access, &session, hour * HOUR).is_some(), "{hour}");
    }
    assert!(who(&access, &session, 7 * DAY - 1).is_some());
    assert_eq!(who(&access, &session, 7 * DAY), None);
}

#[test]
fn a_session_ends_by_logout_new_password_and_removal() {
    let (_folder, access) = two();
    let [a, b, c] = [1, 2, 3].map(|second| login(&access, "bob", BOB, second).unwrap());
    let eve = login(&access, "eve", EVE, 3).unwrap();
    let audit = access.logout(a.cookie.expose(), at(4)).unwrap().unwrap();
    assert_eq!(audit.to_string(), "logout bob by bob");
    assert_eq!([&a, &b, &c].map(|session| who(&access, session, 5).is_some()), [false, true, true]);
    let audit = access.set_password("Bob", "new password 1", &CLI, at(6)).unwrap();
    assert_eq!(audit.to_string(), "password-changed Bob (sessions ended: 2) by command line");
    assert_eq!([&b, &c].map(|session| who(&access, session, 7).is_some()), [false, false]);
    assert!(matches!(login(&access, "bob", BOB, 8), Err(LoginError { refusal: Refusal::Wrong, .. })));
    let d = login(&access, "bob", "new password 1", 9).unwrap();
    let _ = access.remove_user("bob", &Actor { name: "Eve", from: Some(home()) }, at(10)).unwrap();
    assert_eq!(who(&access, &d, 11), None);
    assert!(login(&access, "bob", "new password 1", 12).is_err());
    assert!(who(&access, &eve, 13).is_some());
    // A new Bob is another.
    let _ = access.add_user("bob", BOB, Role::Viewer, &CLI, at(14)).unwrap();
    assert_eq!(who(&access, &d, 15), None);
}

#[test]
fn what_the_command_line_does_holds_at_once_for_a_running_instance() {
    let (folder, running) = two();
    let command_line = Access::open(folder.path()).unwrap();
    let session = login(&running, "bob", BOB, 1).unwrap();
    let _ = command_line.set_role("bob", Role::Operator, &CLI, at(2)).unwrap();
    assert_eq!(running.session(session.cookie.expose(), at(3)).unwrap().unwrap().role, Role::Operator);
    let _ = command_line.remove_user("bob", &CLI, at(4)).unwrap();
    assert_eq!(who(&running, &session, 5), None);
}

#[test]
fn sessions_of_a_user_are_bounded_and_outlive_the_program() {
    let (folder, access) = two();
    let sessions: Vec<_> = (0..34).map(|second| login(&access, "bob", BOB, second).unwrap()).collect();
    drop(access);
    let access = Access::open(folder.path()).unwrap();
    let open: Vec<_> = sessions.iter().map(|session| who(&access, session, 40).is_some()).collect();
    assert_eq!(open.iter().filter(|open| **open).count(), 32);
    assert!(!open[0] && !open[1] && open[2]);
}

#[test]
fn guesses_are_counted_and_refused() {
    let (_folder, access) = two();
    let mut wrong = 0;
    let after = loop {
        match login(&access, "bob", "wrong password", 1).unwrap_err() {
            LoginError { refusal: Refusal::Wrong, .. } => wrong += 1,
            LoginError { refusal: Refusal::Throttled { after_s }, audit } => {
                assert_eq!(audit.action, Action::LoginThrottled);
                break after_s;
            }
            LoginError { refusal, .. } => panic!("{refusal}"),
        }
    };
    assert_eq!(wrong, 10);
    // Not even the right one.
    assert!(login(&access, "bob", BOB, 1).is_err());
    assert!(
        login(&access, "bob", BOB, 1 + after).is_err_and(|e| matches!(e.refusal, Refusal::Throttled { .. }))
    );
    assert!(login(&access, "bob", BOB, 61).is_ok());
}

#[test]
fn passwords_and_names_must_be_such() {
    let (_folder, access) = two();
    let add = |name: &str, password: &str| access.add_user(name, password, Role::Viewer, &CLI, at(1));
    assert!(matches!(add("eve", EVE), Err(AccessError::Exists { what: "user", .. })));
    assert!(matches!(add("BOB", BOB), Err(AccessError::Exists { .. })));
    assert!(matches!(add("carol", "short"), Err(AccessError::Password(WeakPassword::Short(5)))));
    for name in ["", " ", "a b", "-a", ".a", "a/b", "ä", "a\nb", "a'b", &"a".repeat(65)] {
        assert!(matches!(add(name, BOB), Err(AccessError::BadName(_))), "{name}");
    }
    for name in ["a", "carol@example.org", "first.last_2", &"a".repeat(64)] {
        let _ = add(name, BOB).unwrap();
    }
    assert!(matches!(
        access.set_password("bob", "short", &CLI, at(1)),
        Err(AccessError::Password(WeakPassword::Short(_)))
    ));
    assert!(matches!(
        access.set_password("nobody", BOB, &CLI, at(1)),
        Err(AccessError::Missing { what: "user", .. })
    ));
    assert!(matches!(access.remove_user("nobody", &CLI, at(1)), Err(AccessError::Missing { .. })));
    let told = access.set_role("no\x1b[2Jbody", Role::Admin, &CLI, at(1)).unwrap_err().to_string();
    assert_eq!(told, "there is no user `no\\u{1b}[2Jbody`");
}

#[test]
fn somebody_stays_who_manages_users() {
    let (_folder, access) = two();
    for refused in [
        access.remove_user("eve", &CLI, at(1)).unwrap_err(),
        access.set_role("eve", Role::Operator, &CLI, at(1)).unwrap_err(),
    ] {
        assert!(matches!(refused, AccessError::LastAdmin(_)), "{refused}");
    }
    let _ = access.set_role("eve", Role::Admin, &CLI, at(1)).unwrap();
    let _ = access.set_role("bob", Role::Admin, &CLI, at(1)).unwrap();
    let _ = access.set_role("eve", Role::Viewer, &CLI, at(1)).unwrap();
    let _ = access.remove_user("eve", &CLI, at(1)).unwrap();
    let _ = access.remove_user("bob", &CLI, at(1)).unwrap();
    assert!(!access.has_users().unwrap());
}

#[test]
fn tokens() {
    let (_folder, access) = two();
    let new = access.create_token("grafana", Role::Viewer, Some(at(DAY)), &CLI, at(0)).unwrap();
    assert_eq!(new.audit.to_string(), "token-created grafana (viewer) by command line");
    let secret = new.secret.expose();
    assert!(secret.starts_with("nms_") && secret.len() == 47, "{secret}");
    let used = || access.tokens().unwrap()[0].used;
    assert_eq!(used(), None);
    let identity = access.token(secret, at(10)).unwrap().unwrap();
    assert_eq!((identity.name.as_str(), identity.role, identity.via), ("grafana", Role::Viewer, Via::Token));
    for (second, noted) in [(10, 10), (69, 10), (70, 70), (71, 70), (DAY - 1, DAY - 1)] {
        assert!(access.token(secret, at(second)).unwrap().is_some());
        assert_eq!(used(), Some(at(noted)), "{second}");
    }
    assert_eq!(access.token(secret, at(DAY)).unwrap(), None);
    for wrong in ["", "nms_", &secret[4..], &secret[..46], &format!("{secret}="), &secret.to_lowercase()] {
        assert_eq!(access.token(wrong, at(10)).unwrap(), None, "{wrong}");
    }
    let for_good = access.create_token("backup", Role::Admin, None, &CLI, at(0)).unwrap();
    assert!(access.token(for_good.secret.expose(), at(4000 * DAY)).unwrap().is_some());
    let _ = access.revoke_token("BACKUP", &CLI, at(1)).unwrap();
    assert_eq!(access.token(for_good.secret.expose(), at(1)).unwrap(), None);
    assert!(matches!(
        access.revoke_token("backup", &CLI, at(1)),
        Err(AccessError::Missing { what: "token", .. })
    ));
    assert!(matches!(
        access.create_token("Grafana", Role::Admin, None, &CLI, at(1)),
        Err(AccessError::Exists { what: "token", .. })
    ));
    assert!(matches!(
        access.create_token("x", Role::Admin, Some(at(1)), &CLI, at(1)),
        Err(AccessError::Expired)
    ));
}

#[test]
fn the_file_holds_no_secret() {
    let (folder, access) = two();
    let session = login(&access, "bob", BOB, 1).unwrap();
    let token = access.create_token("grafana", Role::Viewer, None, &CLI, at(0)).unwrap();
    let contains =
        |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let mut found_name = false;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [BOB, EVE, session.cookie.expose(), token.secret.expose()] {
            assert!(!contains(&bytes, secret));
        }
        found_name |= contains(&bytes, "grafana");
    }
    assert!(found_name);
}

#[test]
fn many_threads_at_once() {
    let (_folder, access) = two();
    let session = login(&access, "bob", BOB, 0).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (access, session) = (&access, &session);
            scope.spawn(move || {
                for i in 0..200 {
                    assert!(who(access, session, thread * 60 + i).is_some());
                }
                let name = format!("token{thread}");
                let token = access.create_token(&name, Role::Viewer, None, &CLI, at(0)).unwrap();
                assert!(access.token(token.secret.expose(), at(1)).unwrap().is_some());
            });
        }
    });
    assert_eq!(access.tokens().unwrap().len(), 4);
}
