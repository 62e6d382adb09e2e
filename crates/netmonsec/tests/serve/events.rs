use crate::instance::Instance;

#[test]
fn whoever_subscribes_gets_what_there_is() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    let mut socket = instance.client().socket("/api/v1/events").ok().unwrap();
    socket.say("{\"subscribe\":[\"stats\",\"alerts\",\"devices\"]}");
    let snapshot = socket.hear();
    assert_eq!(snapshot["type"], "snapshot");
    let data = snapshot["data"].as_object().unwrap();
    assert!(data.contains_key("stats") && !data.contains_key("flows"), "{:?}", data.keys());
    assert_eq!(data["alerts"][0]["detector"], "port-scan");
    assert!(data["devices"].as_array().unwrap().len() >= 2);

    socket.say("{\"subscribe\":[\"flows\"]}");
    assert!(socket.hear()["data"]["flows"].as_array().unwrap().len() >= 100);
    socket.say("{\"subscribe\":[\"nonsense\"]}");
    let refusal = socket.hear();
    assert_eq!(refusal["type"], "error");
    assert!(refusal["data"].as_str().unwrap().contains("nonsense"), "{refusal}");
    instance.stop();
}

#[test]
fn pages_of_others_hear_nothing() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    let foreign = instance.client().with("Origin", "http://evil.example");
    assert_eq!(foreign.socket("/api/v1/events").err().unwrap().status, 403);
    let own = instance.client().with("Origin", &format!("http://{}", instance.address));
    assert!(own.socket("/api/v1/events").is_ok());
    instance.stop();
}

#[test]
fn a_replayed_capture_happens_now_and_ends_as_if_it_was_read() {
    let read = Instance::of(&["brute_vnc_hydra.pcap"]);
    let ids = |instance: &Instance, path: &str| {
        let items = instance.get(path).good()["items"].clone();
        let ids = items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned());
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let (devices, alerts) = (ids(&read, "/api/v1/devices"), ids(&read, "/api/v1/alerts"));
    let packets = read.get("/api/v1/stats").good()["drops"]["received"].clone();
    read.stop();

    // Of eight seconds it makes four.
    let replayed = Instance::with(&["brute_vnc_hydra.pcap"], &["--speed", "2"]);
    let mut socket = replayed.client().socket("/api/v1/events").ok().unwrap();
    socket.say("{\"subscribe\":[\"stats\"]}");
    let mut seen = 0;
    // To hear nothing for long is a failure by itself.
    while seen == 0 || replayed.get("/api/v1/stats").good()["drops"]["received"] != packets {
        seen += u64::from(socket.hear()["type"] == "stats");
    }
    testlab::until("all devices and alerts", || {
        ids(&replayed, "/api/v1/devices") == devices && ids(&replayed, "/api/v1/alerts") == alerts
    });
    replayed.stop();
}
