use std::path::Path;

/// The document is committed, so that a change of the API shows in a review. `UPDATE_DOCS=1` writes it.
#[test]
fn the_openapi_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let made = api::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        made == kept,
        "docs/openapi.json is out of date: UPDATE_DOCS=1 cargo test -p netmonsec --test serve"
    );
}

#[test]
fn everything_is_documented() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 18);
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{method} {path}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let described = parameter["in"] == "path" || parameter["description"].is_string();
                assert!(described, "{method} {path}: {}", parameter["name"]);
            }
        }
    }
}

#[test]
fn rules_and_dashboards_ask_for_metrics_that_there_are() {
    let instance = crate::instance::Instance::of(&["portscan_nmap_connect.pcap"]);
    let metrics = instance.get("/metrics").text();
    let known: Vec<_> =
        metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    for file in ["prometheus/netmonsec.rules.yml", "grafana/netmonsec.json"] {
        let text = std::fs::read_to_string(deploy.join(file)).unwrap();
        let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
        let mut asked = 0;
        for (at, _) in text.match_indices("netmonsec_") {
            let name = text[at..].split(|c| !is_name(c)).next().unwrap();
            assert!(known.contains(&name), "{file}: {name}");
            asked += 1;
        }
        assert!(asked > 8, "{file}");
    }
    instance.stop();
}
