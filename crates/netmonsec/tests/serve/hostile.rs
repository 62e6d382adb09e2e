use crate::instance::Instance;

#[test]
fn names_that_others_chose_are_refused() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    for host in ["evil.example", "localhost.evil.example:8080", "127.0.0.1.evil.example"] {
        assert_eq!(instance.client().with("Host", host).get("/api/v1/stats").status, 421, "{host}");
    }
    let by_name = format!("localhost:{}", instance.address.port());
    assert_eq!(instance.client().with("Host", &by_name).get("/api/v1/stats").status, 200);
    instance.stop();
}

#[test]
fn pages_of_others_change_nothing() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    let id = instance.get("/api/v1/alerts").good()["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/alerts/{id}");
    let muted = "{\"state\":\"muted\"}";
    for (name, value) in
        [("Origin", "http://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")]
    {
        assert_eq!(instance.client().with(name, value).post(&path, muted).status, 403, "{name}: {value}");
    }
    assert_eq!(instance.get(&path).good()["state"], "open");
    instance.stop();
}

#[test]
fn answers_tell_a_browser_to_run_nothing_of_others() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    for path in ["/api/v1/stats", "/nothing", "/metrics"] {
        let head = instance.get(path).head.to_lowercase();
        assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    }
    let strange = instance.get("/api/v1/%3Cscript%3E%1b[31m");
    assert_eq!(strange.status, 404);
    assert!(strange.head.contains("application/problem+json"), "{}", strange.head);
    instance.stop();
}

#[test]
fn nonsense_gets_a_problem_and_no_more() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    for path in [
        "/api/v1/flows?limit=0",
        "/api/v1/flows?limit=1001",
        "/api/v1/flows?limit=-1",
        "/api/v1/flows?from=tomorrow",
        "/api/v1/flows?cursor=x",
        "/api/v1/flows?from=-99999999999999999999d",
        "/api/v1/flows?from=-9223372036854775807&to=9223372036854775807",
        "/api/v1/devices?sort=;drop",
        "/api/v1/devices?cursor='",
        "/api/v1/timeseries?by=x",
        "/api/v1/timeseries?step=7",
        "/api/v1/timeseries?top=0",
        "/api/v1/topology?most=0",
        "/api/v1/alerts?state=x",
        "/api/v1/alerts?severity=x",
    ] {
        let answer = instance.get(path);
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
    }
    let large = format!("{{\"comment\":\"{}\"}}", "x".repeat(70_000));
    assert_eq!(instance.client().post("/api/v1/alerts/x", &large).status, 413);
    let strange = instance.get("/api/v1/devices?q=%27%20OR%201=1--%00%ff");
    assert!(matches!(strange.status, 200 | 400), "{}", strange.text());
    instance.stop();
}
