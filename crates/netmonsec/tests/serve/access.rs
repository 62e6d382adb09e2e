//! Who may ask for what, where users must log in.

use std::fs;

use access::{Access, Actor, Role};
use tempfile::TempDir;
use wire::Timestamp;

use crate::client::{Answer, Client};
use crate::instance::Instance;

const PASSWORD: &str = "correct horse";

/// An instance that asks for a login, and a user of each role.
fn closed() -> (Instance, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let users = Access::open(folder.path()).unwrap();
    for role in Role::ALL {
        let _ = users
            .add_user(role.as_str(), PASSWORD, role, &Actor::COMMAND_LINE, Timestamp::new(1, 0))
            .unwrap();
    }
    let path = format!("store.path={:?}", folder.path());
    let instance =
        Instance::with(&["portscan_nmap_connect.pcap"], &["--set", "api.login=\"on\"", "--set", &path]);
    (instance, folder)
}

fn login(instance: &Instance, name: &str, password: &str) -> Answer {
    let body = format!("{{\"name\":{name:?},\"password\":{password:?}}}");
    instance.client().post("/api/v1/login", &body)
}

/// Whoever has the cookie of that answer.
fn of(instance: &Instance, answer: &Answer) -> Client {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let line = answer.head.lines().find(|line| line.to_lowercase().starts_with("set-cookie: ")).unwrap();
    assert!(line.contains("; HttpOnly; SameSite=Strict"), "{line}");
    let cookie = line.split_once(": ").unwrap().1.split(';').next().unwrap();
    instance.client().with("Cookie", cookie)
}

fn alert(client: &Client) -> String {
    let id = client.get("/api/v1/alerts").good()["items"][0]["id"].as_str().unwrap().to_owned();
    format!("/api/v1/alerts/{id}")
}

#[test]
fn nobody_learns_anything_without_a_login() {
    let (instance, _folder) = closed();
    for path in
        ["stats", "devices", "flows", "alerts", "config", "users", "tokens", "audit", "session", "none"]
    {
        let answer = instance.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 401, "{path}: {}", answer.text());
        assert!(answer.head.to_lowercase().contains("www-authenticate: bearer"), "{}", answer.head);
    }
    assert_eq!(instance.get("/metrics").status, 401);
    assert_eq!(instance.client().socket("/api/v1/events").err().unwrap().status, 401);
    assert_eq!(instance.get("/api/v1/health").status, 200);
    for shown in ["Bearer nms_", "Bearer x", "Basic YWRtaW46YWRtaW4=", "Bearer ' OR 1=1 --"] {
        let client = instance.client().with("Authorization", shown);
        assert_eq!(client.get("/api/v1/stats").status, 401, "{shown}");
    }
    instance.stop();
}

#[test]
fn roles_bound_what_a_session_may_do() {
    let (instance, _folder) = closed();
    let [viewer, operator, admin] =
        ["viewer", "operator", "admin"].map(|name| of(&instance, &login(&instance, name, PASSWORD)));
    assert_eq!(viewer.get("/api/v1/session").good()["role"], "viewer");
    let path = alert(&viewer);
    let comment = "{\"comment\":\"ours\"}";
    assert_eq!(viewer.post(&path, comment).status, 403);
    assert_eq!(operator.post(&path, comment).good()["comment"], "ours");
    for client in [&viewer, &operator] {
        assert_eq!(client.get("/api/v1/users").status, 403);
        let new = "{\"name\":\"eve\",\"password\":\"correct horse\",\"role\":\"admin\"}";
        assert_eq!(client.post("/api/v1/users", new).status, 403);
    }
    assert_eq!(admin.get("/api/v1/users").good()["items"].as_array().unwrap().len(), 3);
    assert!(viewer.socket("/api/v1/events").is_ok());
    // A page of another site sends the cookie of an old browser, too.
    let admin = of(&instance, &login(&instance, "admin", PASSWORD)).with("Origin", "http://evil.example");
    assert_eq!(admin.post(&path, comment).status, 403);
    assert_eq!(admin.socket("/api/v1/events").err().unwrap().status, 403);
    instance.stop();
}

#[test]
fn sessions_and_tokens_end() {
    let (instance, _folder) = closed();
    let admin = of(&instance, &login(&instance, "admin", PASSWORD));
    let viewer = of(&instance, &login(&instance, "viewer", PASSWORD));
    assert_eq!(viewer.post("/api/v1/logout", "").status, 204);
    assert_eq!(viewer.get("/api/v1/stats").status, 401);

    let operator = of(&instance, &login(&instance, "operator", PASSWORD));
    assert_eq!(admin.ask("DELETE", "/api/v1/users/operator", "").status, 204);
    assert_eq!(operator.get("/api/v1/stats").status, 401);

    let made = admin.post("/api/v1/tokens", "{\"name\":\"grafana\",\"role\":\"viewer\"}");
    assert_eq!(made.status, 201, "{}", made.text());
    let token = format!("Bearer {}", made.json()["token"].as_str().unwrap());
    let grafana = instance.client().with("Authorization", &token);
    assert_eq!(grafana.get("/metrics").status, 200);
    assert_eq!(grafana.post(&alert(&grafana), "{\"state\":\"muted\"}").status, 403);
    assert_eq!(admin.ask("DELETE", "/api/v1/tokens/grafana", "").status, 204);
    assert_eq!(grafana.get("/metrics").status, 401);

    let changed = "{\"old\":\"correct horse\",\"new\":\"battery staple\"}";
    assert_eq!(admin.post("/api/v1/session/password", changed).status, 204);
    assert_eq!(admin.get("/api/v1/stats").status, 401);
    assert_eq!(login(&instance, "admin", PASSWORD).status, 401);
    assert_eq!(login(&instance, "admin", "battery staple").status, 200);
    instance.stop();
}

#[test]
fn guesses_are_slowed_down() {
    let (instance, _folder) = closed();
    let answers: Vec<_> = (0..12).map(|_| login(&instance, "admin", "wrong password").status).collect();
    assert_eq!(answers[..10], [401; 10]);
    assert_eq!(answers[10..], [429; 2]);
    assert_eq!(login(&instance, "admin", PASSWORD).status, 429);
    instance.stop();
}

#[test]
fn what_was_changed_is_noted_and_no_secret_with_it() {
    let (mut instance, folder) = closed();
    let admin = of(&instance, &login(&instance, "admin", PASSWORD));
    assert_eq!(login(&instance, "viewer", "a guess of mine").status, 401);
    let new = "{\"name\":\"bob\",\"password\":\"battery staple\",\"role\":\"operator\"}";
    assert_eq!(admin.post("/api/v1/users", new).status, 201);
    let made = admin.post("/api/v1/tokens", "{\"name\":\"script\",\"role\":\"viewer\"}").json();
    assert_eq!(
        admin.post(&alert(&admin), "{\"state\":\"muted\",\"comment\":\"<b>\\u001b[31m\"}").status,
        200
    );

    let noted = admin.get("/api/v1/audit?limit=4").good()["items"].clone();
    let actions: Vec<_> =
        noted.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["alert-judged", "token-created", "user-added", "login-refused"]);
    assert_eq!((&noted[2]["actor"], &noted[2]["from"]), (&"admin".into(), &"127.0.0.1".into()));

    let mut everything = instance.said().join("\n").into_bytes();
    assert!(!everything.contains(&0x1b), "a terminal would obey what is logged");
    for entry in fs::read_dir(folder.path()).unwrap() {
        everything.extend(fs::read(entry.unwrap().path()).unwrap());
    }
    let token = made["token"].as_str().unwrap();
    for secret in [PASSWORD, "a guess of mine", "battery staple", token] {
        let found = everything.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret}");
    }
    instance.stop();
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    let (instance, _folder) = closed();
    let admin = of(&instance, &login(&instance, "admin", PASSWORD));
    for (method, path, body, status) in [
        ("POST", "users", "{\"name\":\"x y\",\"password\":\"correct horse\",\"role\":\"viewer\"}", 400),
        ("POST", "users", "{\"name\":\"eve\",\"password\":\"short\",\"role\":\"viewer\"}", 400),
        ("POST", "users", "{\"name\":\"eve\",\"password\":\"correct horse\",\"role\":\"root\"}", 400),
        ("POST", "users", "{\"name\":\"Admin\",\"password\":\"correct horse\",\"role\":\"viewer\"}", 409),
        ("POST", "users", "{\"name\":\"eve\"}", 422),
        ("POST", "users", "{", 400),
        ("PUT", "users/admin", "{\"role\":\"viewer\"}", 409),
        ("PUT", "users/nobody", "{\"role\":\"viewer\"}", 404),
        ("DELETE", "users/admin", "", 409),
        ("DELETE", "tokens/none", "", 404),
        ("POST", "tokens", "{\"name\":\"a\",\"role\":\"viewer\",\"expires_s\":0}", 400),
    ] {
        let answer = admin.ask(method, &format!("/api/v1/{path}"), body);
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text());
        assert!(!answer.json()["detail"].as_str().unwrap().is_empty());
    }
    instance.stop();
}

#[test]
fn others_are_not_served_without_anywhere_to_keep_users() {
    let capture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/captures/attacks/portscan_nmap_connect.pcap");
    let output = crate::common::run(&[
        "read",
        "--serve",
        capture,
        "--set",
        "api.listen=\"0.0.0.0:0\"",
        "--set",
        "store.path=\"\"",
    ]);
    assert!(!output.status.success());
    let said = crate::common::text(&output.stderr);
    assert!(said.contains("others must log in") && said.contains("store.path"), "{said}");
}
