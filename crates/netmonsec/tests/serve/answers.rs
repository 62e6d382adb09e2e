use serde_json::{Value, json};

use crate::instance::Instance;

const SCANNER: &str = "08:00:27:50:00:66";

fn instance() -> Instance {
    Instance::of(&["quiet_office.pcap", "portscan_nmap_connect.pcap"])
}

fn items(value: &Value) -> &Vec<Value> {
    value["items"].as_array().unwrap()
}

#[test]
fn numbers_agree_with_each_other() {
    let instance = instance();
    let stats = instance.get("/api/v1/stats").good();
    let devices = instance.get("/api/v1/devices?limit=1000").good();
    assert_eq!(stats["devices"], devices["total"]);
    let drops = &stats["drops"];
    assert_eq!(drops["received"], drops["processed"]);
    assert!(stats["store"]["written"].as_u64().unwrap() > 0);
    let flows = instance.get("/api/v1/flows?limit=1000").good();
    assert_eq!(items(&flows).len() as u64, stats["flows"].as_u64().unwrap());
    let bytes = |flow: &Value| flow["src_bytes"].as_i64().unwrap() + flow["dst_bytes"].as_i64().unwrap();
    let of_flows: i64 = items(&flows).iter().map(bytes).sum();
    let of = |row: &Value| row["in_bytes"].as_i64().unwrap() + row["out_bytes"].as_i64().unwrap();
    let protocols = instance.get("/api/v1/protocols").good();
    assert_eq!(items(&protocols).iter().map(of).sum::<i64>(), of_flows);
    let series = instance.get("/api/v1/timeseries?from=-1h&step=60").good();
    let points = series["series"][0]["points"].as_array().unwrap();
    let of_points: i64 = points.iter().map(|p| p[1].as_i64().unwrap() + p[2].as_i64().unwrap()).sum();
    assert_eq!(of_points, of_flows);
    instance.stop();
}

#[test]
fn a_device_is_found_by_any_of_its_addresses() {
    let instance = instance();
    let by_mac = instance.get(&format!("/api/v1/devices/{SCANNER}")).good();
    let id = by_mac["id"].as_str().unwrap();
    assert_eq!(instance.get("/api/v1/devices/192.168.50.66").good()["id"], id);
    assert_eq!(instance.get(&format!("/api/v1/devices/{id}")).good(), by_mac);
    assert!(by_mac["risk"]["score"].as_u64().unwrap() >= 20, "{}", by_mac["risk"]);
    let flows = instance.get(&format!("/api/v1/devices/{id}/flows?limit=1000")).good();
    assert!(items(&flows).len() >= 190);
    assert!(items(&flows).iter().all(|flow| flow["src_device"] == id || flow["dst_device"] == id));
    let missing = instance.get("/api/v1/devices/192.0.2.99");
    assert_eq!((missing.status, missing.json()["title"].as_str()), (404, Some("Not Found")));
    instance.stop();
}

#[test]
fn pages_follow_one_another_without_gaps() {
    let instance = instance();
    for list in ["/api/v1/flows?", "/api/v1/devices?sort=name&", "/api/v1/alerts?"] {
        let whole = instance.get(&format!("{list}limit=1000")).good();
        let mut pages = Vec::new();
        let mut next = String::new();
        loop {
            let page = instance.get(&format!("{list}limit=7{next}")).good();
            pages.extend(items(&page).clone());
            let Some(cursor) = page["next"].as_str() else { break };
            next = format!("&cursor={cursor}");
        }
        assert_eq!(&pages, items(&whole), "{list}");
    }
    instance.stop();
}

#[test]
fn an_alert_is_dealt_with() {
    let instance = instance();
    let alerts = instance.get("/api/v1/alerts?detector=port-scan&state=open").good();
    let id = items(&alerts)[0]["id"].as_str().unwrap().to_owned();
    let open = instance.get("/api/v1/stats").good()["alerts_open"].as_u64().unwrap();
    let path = format!("/api/v1/alerts/{id}");
    let change = json!({"state": "acknowledged", "comment": "our scanner"});
    let changed = instance.client().post(&path, &change.to_string()).good();
    assert_eq!((&changed["state"], &changed["comment"]), (&json!("acknowledged"), &json!("our scanner")));
    assert_eq!(instance.get(&path).good(), changed);
    assert_eq!(instance.get("/api/v1/stats").good()["alerts_open"].as_u64().unwrap(), open - 1);
    assert!(items(&instance.get("/api/v1/alerts?detector=port-scan&state=open").good()).is_empty());
    assert_eq!(instance.client().post(&path, "{\"state\":\"gone\"}").status, 400);
    assert_eq!(instance.client().post("/api/v1/alerts/nothing", "{}").status, 404);
    instance.stop();
}

#[test]
fn a_flow_is_found_again_by_its_reference() {
    let instance = instance();
    let flows = instance.get("/api/v1/flows?limit=5").good();
    for flow in items(&flows) {
        let one = instance.get(&format!("/api/v1/flows/{}", flow["ref"].as_str().unwrap())).good();
        assert_eq!(one["id"], flow["id"]);
    }
    assert_eq!(instance.get("/api/v1/flows/20200101-1").status, 404);
    assert_eq!(instance.get("/api/v1/flows/none").status, 404);
    instance.stop();
}

#[test]
fn the_graph_names_only_its_own_nodes() {
    let instance = instance();
    for most in ["300", "3"] {
        let graph = instance.get(&format!("/api/v1/topology?most={most}")).good();
        let ids: Vec<_> = graph["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect();
        assert!(ids.len() > 2);
        let links = graph["links"].as_array().unwrap();
        assert!(!links.is_empty());
        assert!(links.iter().all(|link| ids.contains(&&link["source"]) && ids.contains(&&link["target"])));
    }
    instance.stop();
}

#[test]
fn metrics_have_help_and_type() {
    let instance = instance();
    let text = instance.get("/metrics").text();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split([' ', '{']).next().unwrap();
        assert!(
            text.contains(&format!("# HELP {name} ")) && text.contains(&format!("# TYPE {name} ")),
            "{line}"
        );
    }
    assert!(text.contains("netmonsec_alerts_total{detector=\"port-scan\",severity=\"medium\"} 1"), "{text}");
    instance.stop();
}

#[test]
fn filters_take_what_they_say_and_errors_point_at_the_column() {
    let instance = instance();
    let all = instance.get("/api/v1/flows?limit=1000").good();
    let tls = instance.get("/api/v1/flows?limit=1000&filter=protocol%20%3D%20tls").good();
    let expected = items(&all).iter().filter(|flow| flow["protocol"] == "tls").count();
    assert!(expected > 5);
    assert_eq!(items(&tls).len(), expected);
    let live = instance.get("/api/v1/flows?limit=1000&live=true&filter=protocol%20%3D%20tls").good();
    assert_eq!(items(&live).len(), expected);
    let scanner = instance.get("/api/v1/devices?filter=risk_score%20%3E%200").good();
    assert_eq!(items(&scanner).len(), 1);
    assert_eq!(items(&scanner)[0]["macs"][0], SCANNER);
    let severe = instance.get("/api/v1/alerts?filter=severity%20%3E%3D%20medium").good();
    assert!(items(&severe).iter().any(|alert| alert["detector"] == "port-scan"));
    let wrong = instance.get("/api/v1/flows?filter=protocl%20%3D%20tls");
    assert_eq!((wrong.status, wrong.json()["column"].as_u64()), (400, Some(1)));
    assert!(wrong.json()["detail"].as_str().unwrap().contains("`protocol`"), "{}", wrong.text());
    instance.stop();
}

#[test]
fn one_box_finds_devices_alerts_protocols_and_flows() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    let devices = instance.get("/api/v1/devices").good();
    let address = devices["items"][0]["ips"][0].as_str().unwrap();
    let kinds = |text: &str| {
        let found = instance.get(&format!("/api/v1/search?q={text}")).good();
        let kinds =
            found["items"].as_array().unwrap().iter().map(|hit| hit["kind"].as_str().unwrap().to_owned());
        kinds.collect::<Vec<_>>()
    };
    let of_address = kinds(address);
    assert!(of_address.contains(&"device".into()) && of_address.contains(&"flows".into()), "{of_address:?}");
    assert!(kinds("port-scan").contains(&"alert".into()));
    let protocols = instance.get("/api/v1/protocols").good();
    assert!(kinds(protocols["items"][0]["name"].as_str().unwrap()).contains(&"protocol".into()));
    assert!(kinds("nothing-is-called-so").is_empty());
    for text in ["", "%20", "%22%27%5C%3Bdrop", "%00", &"x".repeat(201)] {
        let status = instance.get(&format!("/api/v1/search?q={text}")).status;
        assert!(matches!(status, 200 | 400), "{text}: {status}");
    }
    let filter = instance.get(&format!("/api/v1/search?q={address}")).good();
    let filter =
        filter["items"].as_array().unwrap().iter().find(|hit| hit["kind"] == "flows").unwrap()["filter"]
            .clone();
    let filter = filter.as_str().unwrap().replace('"', "%22");
    assert!(
        !instance.get(&format!("/api/v1/flows?filter={filter}")).good()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    instance.stop();
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    let first = instance.get("/api/v1/devices");
    let tag = first.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let again = instance.client().with("If-None-Match", &tag).get("/api/v1/devices");
    assert_eq!((again.status, again.body.len()), (304, 0));
    let other = instance.client().with("If-None-Match", "W/\"0\"").get("/api/v1/devices");
    assert_eq!(other.body, first.body);
    instance.stop();
}

#[test]
fn the_reference_is_a_page_without_scripts() {
    let instance = Instance::of(&["portscan_nmap_connect.pcap"]);
    let page = instance.get("/api/v1/reference");
    assert!(page.head.contains("text/html") && page.text().contains("/api/v1/timeseries"));
    assert!(!page.text().contains("<script"));
    assert!(instance.get("/api/v1/reference.css").head.contains("text/css"));
    instance.stop();
}
