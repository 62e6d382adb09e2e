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

#[test]
fn a_filter_says_which_of_them() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    let mut socket = instance.client().socket("/api/v1/events").ok().unwrap();
    let flows = instance.get("/api/v1/flows?live=true&limit=1000&filter=dst_port%20%3C%20100").good();
    let flows = flows["items"].as_array().unwrap().clone();
    assert!((1..100).contains(&flows.len()));
    socket.say("{\"subscribe\":[\"flows\",\"alerts\"],\"filter\":{\"flows\":\"dst_port < 100\",\"alerts\":\"severity < low\"}}");
    let data = socket.hear()["data"].clone();
    assert_eq!((&data["flows"], &data["alerts"]), (&flows.into(), &serde_json::json!([])));
    for (wrong, why) in
        [("{\"flows\":\"prot = 5\"}", "column 1"), ("{\"devices\":\"nas\"}", "not subscribed")]
    {
        socket.say(&format!("{{\"subscribe\":[\"flows\"],\"filter\":{wrong}}}"));
        let refusal = socket.hear();
        assert_eq!(refusal["type"], "error");
        assert!(refusal["data"].as_str().unwrap().contains(why), "{refusal}");
    }
    instance.stop();
}

/// Those who do not read cost the memory of what is on its way to them, and nobody else waits.
#[test]
fn a_hundred_listen_and_ten_of_them_do_not_read() {
    const LISTENERS: usize = 90;
    const DEAF: usize = 10;
    const ASKED: usize = 2000;
    /// Bytes of memory that they may take together.
    const MOST_BYTES: u64 = 100 << 20;
    let mut instance = Instance::with(&["brute_vnc_hydra.pcap"], &["--speed", "0.7"]);
    let all = "{\"subscribe\":[\"stats\",\"flows\",\"devices\",\"alerts\"]}";
    let open = |_| {
        let mut socket = instance.client().socket("/api/v1/events").ok().unwrap();
        socket.say(all);
        socket
    };
    let before = instance.get("/api/v1/health").good();
    assert_eq!(before["status"], "ok", "{before}");
    let resident = instance.resident_bytes();
    let mut deaf: Vec<_> = (0..DEAF).map(open).collect();
    for socket in &mut deaf {
        // Answers to all of these do not fit into what the kernel holds for them.
        (0..ASKED).for_each(|_| socket.say(all));
    }
    let listeners: Vec<_> = (0..LISTENERS).map(open).collect();
    let heard = listeners.into_iter().map(|mut socket| {
        std::thread::spawn(move || {
            assert_eq!(socket.hear()["type"], "snapshot");
            let mut seconds = 0;
            while seconds < 6 {
                let kind = socket.hear()["type"].clone();
                assert_ne!(kind, "lagged");
                seconds += u64::from(kind == "stats");
            }
        })
    });
    for listener in heard.collect::<Vec<_>>() {
        listener.join().unwrap();
    }
    let grown = instance.resident_bytes().saturating_sub(resident);
    assert!(grown < MOST_BYTES, "{grown} bytes more");
    assert!(instance.said().iter().all(|line| !line.contains("panicked")));
    // One that reads after all gets what waited, and then what happens.
    let mut late = deaf.swap_remove(3);
    let waited = std::iter::from_fn(|| (late.hear()["type"] == "snapshot").then_some(())).count();
    assert!((1..=ASKED + 1).contains(&waited));
    testlab::until("news for who came late", || late.hear()["type"] == "stats");
    drop(deaf);
    testlab::until("the end of the capture", || {
        instance.get("/api/v1/stats").good()["drops"]["received"] == 274
    });
    instance.stop();
}
