//! Operating systems by their handshakes: those of machines that are known, and of others by what
//! their browsers say. Every disagreement is printed.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod common;

use std::collections::BTreeSet;

use common::{captures, json_lines, run, text};
use serde_json::Value;

fn flows(file: &std::path::Path) -> Vec<Value> {
    // Some captures are cut: what is before the damage counts.
    json_lines(&text(&run(&["read", "--json", file.to_str().unwrap()]).stdout))
}

/// Linux, Windows, Apple: what a handshake can tell apart.
fn family(system: &str) -> String {
    match system.split(' ').next().unwrap_or_default() {
        "Mac" | "macOS" | "iOS" => "apple".to_owned(),
        "Android" | "ChromeOS" => "linux".to_owned(),
        first => first.to_lowercase(),
    }
}

fn of_user_agent(agent: &str) -> Option<&'static str> {
    let agent = agent.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| agent.contains(word));
    match () {
        () if any(&["windows phone"]) => None,
        () if any(&["windows nt"]) => Some("windows"),
        () if any(&["iphone", "ipad", "mac os x", "cfnetwork"]) => Some("apple"),
        () if any(&["android", "linux", "ubuntu", "dalvik"]) => Some("linux"),
        () => None,
    }
}

#[test]
fn captures_made_on_linux_are_of_linux() {
    let folders = ["tests/captures", "tests/captures/protocols", "../../assets"];
    let (mut linux, mut nameless, mut others) = (0, BTreeSet::new(), BTreeSet::new());
    for file in folders.into_iter().flat_map(|f| captures("systems::captures_made_on_linux_are_of_linux", f))
    {
        for flow in flows(&file) {
            for side in ["src", "dst"] {
                let Some(signature) = flow[format!("{side}_tcp_sig")].as_str() else { continue };
                match flow[format!("{side}_os")].as_str() {
                    None => drop(nameless.insert(signature.to_owned())),
                    Some(system) if family(system) == "linux" => linux += 1,
                    // One of the machines scanned another.
                    Some(system) if family(system) == "nmap" => {}
                    Some(system) => drop(others.insert(format!("{}: {system}: {signature}", file.display()))),
                }
            }
        }
    }
    println!("{linux} handshakes are of Linux; without a name: {nameless:#?}");
    assert!(others.is_empty(), "not Linux: {others:#?}");
    assert!(linux > 200, "only {linux} of Linux");
}

#[test]
fn handshakes_agree_with_user_agents() {
    let test = "systems::handshakes_agree_with_user_agents";
    let (mut agree, mut disagree) = (BTreeSet::new(), BTreeSet::new());
    let files = captures(test, "../../../shared/corpus/pcap");
    for file in &files {
        for flow in flows(file) {
            let agent = flow["http"]["user_agent"].as_str().unwrap_or_default();
            let (Some(said), Some(seen)) = (of_user_agent(agent), flow["src_os"].as_str()) else { continue };
            let who = format!("{} {}: {seen}: {agent}", file.display(), flow["src_ip"]);
            if family(seen) == said { &mut agree } else { &mut disagree }.insert(who);
        }
    }
    if files.is_empty() {
        return;
    }
    println!("{} agree, disagree: {disagree:#?}", agree.len());
    let share = agree.len() as f64 / (agree.len() + disagree.len()) as f64;
    assert!(share >= 0.95, "only {share:.3} agree");
}
