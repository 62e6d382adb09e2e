//! What the services that a device announces (RFC 6763) say of it.

use crate::classify::apple_models;
use crate::dns::Txt;
use crate::sighting::About::{self, Model, Os, Type, Vendor};
use crate::sighting::{Identity, Role};
use crate::uuid;
use crate::watcher::Heard;

const SOURCE: &str = "mdns";

/// Objects of the record that are written here.
const SECTION: &str = "mdns";

/// What a sign says: about what, the value and how often that is right.
type Says = &'static [(About, &'static str, u8)];

/// Service types that only some kinds of things have, and how often it is one.
const SERVICES: &[(&str, Says)] = &[
    ("pdl-datastream", &[(Type, "printer", 90)]),
    ("printer", &[(Type, "printer", 80)]),
    ("ipp", &[(Type, "printer", 80)]),
    ("ipps", &[(Type, "printer", 80)]),
    ("uscan", &[(Type, "printer", 55)]),
    ("uscans", &[(Type, "printer", 55)]),
    ("scanner", &[(Type, "scanner", 60)]),
    ("googlecast", &[(Type, "media-player", 60)]),
    ("androidtvremote", &[(Type, "tv", 70), (Os, "Android TV", 85)]),
    ("androidtvremote2", &[(Type, "tv", 70), (Os, "Android TV", 85)]),
    ("viziocast", &[(Type, "tv", 90), (Vendor, "Vizio", 90)]),
    ("amzn-wplay", &[(Type, "media-player", 70), (Vendor, "Amazon", 85)]),
    ("spotify-connect", &[(Type, "speaker", 45)]),
    ("sonos", &[(Type, "speaker", 92), (Vendor, "Sonos", 95)]),
    ("soundtouch", &[(Type, "speaker", 92), (Vendor, "Bose", 92)]),
    ("raop", &[(Type, "speaker", 35)]),
    ("companion-link", &[(Vendor, "Apple", 85)]),
    ("apple-mobdev2", &[(Vendor, "Apple", 88), (Os, "iOS", 70)]),
    ("airport", &[(Vendor, "Apple", 90), (Type, "access-point", 85)]),
    ("hue", &[(Type, "smart-home-hub", 92), (Vendor, "Philips Hue", 92)]),
    ("nanoleafapi", &[(Type, "light", 92), (Vendor, "Nanoleaf", 92)]),
    ("elg", &[(Type, "light", 80), (Vendor, "Elgato", 85)]),
    ("esphomelib", &[(Type, "iot", 80), (Os, "ESPHome", 92)]),
    ("shelly", &[(Type, "iot", 75), (Vendor, "Shelly", 95)]),
    ("miio", &[(Type, "iot", 70), (Vendor, "Xiaomi", 80)]),
    ("matter", &[(Type, "iot", 50)]),
    ("matterc", &[(Type, "iot", 65)]),
    ("axis-video", &[(Type, "camera", 92), (Vendor, "Axis", 95)]),
    ("home-assistant", &[(Type, "server", 55)]),
    ("octoprint", &[(Type, "single-board-computer", 45)]),
    ("plexmediasvr", &[(Type, "server", 50)]),
    ("nvstream", &[(Type, "computer", 60)]),
    ("workstation", &[(Type, "computer", 50)]),
    ("kdeconnect", &[(Type, "computer", 40)]),
    ("qdiscover", &[(Type, "nas", 92), (Vendor, "QNAP", 92)]),
    ("adisk", &[(Type, "nas", 40)]),
];

/// HomeKit's accessory categories (HomeKit Accessory Protocol, table "Accessory Categories").
const HOMEKIT: &[(&str, &str)] = &[
    ("2", "smart-home-hub"),
    ("3", "appliance"),
    ("5", "light"),
    ("7", "smart-plug"),
    ("9", "thermostat"),
    ("10", "sensor"),
    ("17", "camera"),
    ("18", "doorbell"),
    ("19", "appliance"),
    ("20", "appliance"),
    ("21", "appliance"),
    ("22", "appliance"),
    ("23", "appliance"),
    ("24", "media-player"),
    ("25", "speaker"),
    ("26", "speaker"),
    ("27", "access-point"),
    ("28", "appliance"),
    ("31", "tv"),
    ("33", "router"),
    ("34", "speaker"),
    ("35", "media-player"),
    ("36", "media-player"),
];

/// What having a service says.
pub(crate) fn service(kind: &str, heard: &mut Heard<'_>) {
    if let Some((_, says)) = SERVICES.iter().find(|(known, _)| *known == kind) {
        let reason = format!("announces the service _{kind}");
        for (about, value, weight) in *says {
            heard.vote(*about, value, *weight, SOURCE, &reason);
        }
    }
    match kind {
        "pdl-datastream" | "printer" | "ipp" | "ipps" => heard.role(Role::Printer),
        "smb" | "afpovertcp" | "nfs" | "adisk" => heard.role(Role::FileServer),
        "sleep-proxy" => heard.role(Role::DiscoveryProxy),
        _ => heard,
    };
}

/// It is a queue of a print server: what it says is about a printer elsewhere.
pub(crate) fn is_shared_queue(kind: &str, txt: &Txt) -> bool {
    matches!(kind, "ipp" | "ipps" | "printer")
        && txt.get("rp").is_some_and(|path| path.trim_start_matches('/').starts_with("printers/"))
}

/// What a service's TXT record says of the device.
pub(crate) fn txt(kind: &str, instance: &str, txt: &Txt, heard: &mut Heard<'_>) {
    let model = |keys: &[&str], weight, heard: &mut Heard<'_>| {
        if let Some(value) = txt.any(keys) {
            say_model(kind, value, weight, heard);
        }
    };
    let vendor = |keys: &[&str], heard: &mut Heard<'_>| {
        if let Some(value) = txt.any(keys) {
            heard.text(SECTION, "manufacturer", value);
            heard.vote(Vendor, value, 92, SOURCE, &format!("_{kind} says it is made by {value:?}"));
        }
    };
    let text = |field, keys: &[&str], heard: &mut Heard<'_>| {
        heard.text(SECTION, field, txt.any(keys).unwrap_or_default());
    };
    let identity = |key, heard: &mut Heard<'_>| {
        if let Some(uuid) = txt.get(key).and_then(uuid::canonical) {
            heard.identity(Identity::Uuid(uuid.into()));
        }
    };
    match kind {
        "device-info" => device_info(txt, heard),
        "ipp" | "ipps" | "printer" | "pdl-datastream" | "uscan" | "uscans" | "scanner" => {
            vendor(&["usb_mfg", "mfg"], heard);
            model(&["ty", "usb_mdl", "mdl"], 92, heard);
            text("admin_url", &["adminurl"], heard);
            text("location", &["note"], heard);
            identity("uuid", heard);
        }
        "googlecast" => {
            model(&["md"], 92, heard);
            text("friendly_name", &["fn"], heard);
            identity("id", heard);
        }
        "airplay" | "raop" => airplay(txt, heard),
        "hap" => {
            model(&["md"], 85, heard);
            heard.text(SECTION, "friendly_name", instance);
            text("device_id", &["id"], heard);
            if let Some((category, value)) =
                txt.get("ci").and_then(|category| HOMEKIT.iter().find(|(known, _)| *known == category))
            {
                heard.vote(Type, value, 90, SOURCE, &format!("HomeKit category {category}"));
            }
        }
        "companion-link" => model(&["rpmd"], 92, heard),
        "esphomelib" => {
            text("friendly_name", &["friendly_name"], heard);
            text("firmware", &["version"], heard);
            text("board", &["board", "platform"], heard);
            model(&["project_name"], 75, heard);
        }
        "shelly" => {
            model(&["app"], 85, heard);
            text("firmware", &["ver"], heard);
        }
        "amzn-wplay" => text("friendly_name", &["n"], heard),
        "home-assistant" => {
            text("friendly_name", &["location_name"], heard);
            text("firmware", &["version"], heard);
            identity("uuid", heard);
        }
        "hue" => {
            model(&["modelid"], 85, heard);
            text("device_id", &["bridgeid"], heard);
        }
        "elg" => model(&["md"], 85, heard),
        "kdeconnect" => {
            text("friendly_name", &["name"], heard);
            if let Some(kind @ ("phone" | "tablet" | "tv" | "laptop")) = txt.get("type") {
                heard.vote(Type, kind, 85, SOURCE, "KDE Connect says so");
            }
        }
        "axis-video" => {
            // "AXIS M1065-LW - ACCC8E000000"
            if let Some((product, _)) = instance.split_once(" - ") {
                say_model(kind, product, 92, heard);
            }
        }
        "qdiscover" => {
            model(&["displaymodel", "model"], 92, heard);
            text("firmware", &["fwver"], heard);
        }
        "http" if txt.get("vendor").is_some_and(|vendor| vendor.starts_with("Synology")) => {
            synology(txt, heard);
        }
        _ => {}
    }
}

fn say_model(kind: &str, model: &str, weight: u8, heard: &mut Heard<'_>) {
    heard.text(SECTION, "model", model);
    let reason = format!("_{kind} names the model {model:?}");
    match apple_models::of(model) {
        Some(apple) => {
            heard.vote(Vendor, "Apple", weight, SOURCE, &reason);
            heard.vote(Type, apple.kind, weight, SOURCE, &reason);
            if !apple.os.is_empty() {
                heard.vote(Os, apple.os, weight, SOURCE, &reason);
            }
            heard.vote(Model, &format!("{} ({model})", apple.family), weight, SOURCE, &reason);
        }
        None => {
            heard.vote(Model, model, weight, SOURCE, &reason);
            cast_type(kind, model, &reason, heard);
        }
    }
}

/// Which of Google's own things it is.
fn cast_type(kind: &str, model: &str, reason: &str, heard: &mut Heard<'_>) {
    if kind != "googlecast" {
        return;
    }
    let (value, is_google) = match model {
        "Chromecast" | "Chromecast Ultra" | "Google TV Streamer" => ("media-player", true),
        "Chromecast Audio" => ("speaker", true),
        _ if model.starts_with("Google Home") || model.starts_with("Google Nest Mini") => ("speaker", true),
        _ if model.starts_with("Nest Audio") || model.starts_with("Nest Mini") => ("speaker", true),
        _ if model.starts_with("Google Nest Hub") || model.starts_with("Nest Hub") => {
            ("smart-home-hub", true)
        }
        _ if model.contains("TV") || model.contains("BRAVIA") => ("tv", false),
        _ => return,
    };
    heard.vote(Type, value, 85, SOURCE, reason);
    if is_google {
        heard.vote(Vendor, "Google", 90, SOURCE, reason);
    }
}

/// Samba and netatalk pretend to be a Mac here, for the icon that other Macs show.
fn device_info(txt: &Txt, heard: &mut Heard<'_>) {
    if let Some(model) = txt.get("model") {
        match apple_models::of(model) {
            Some(_) => say_model("device-info", model, 70, heard),
            None => {
                heard.text(SECTION, "model", model);
            }
        }
    }
    let darwin = txt.get("osxvers").and_then(|version| version.parse().ok());
    if let Some(version) = darwin.and_then(apple_models::macos_of_darwin) {
        heard.vote(Os, &format!("macOS {version}"), 88, SOURCE, "_device-info names its Darwin version");
        heard.text(SECTION, "os_version", &format!("macOS {version}"));
    }
}

fn airplay(txt: &Txt, heard: &mut Heard<'_>) {
    let model = txt.any(&["model", "am"]);
    let apple = model.and_then(apple_models::of);
    if let Some(model) = model {
        say_model("airplay", model, 92, heard);
    }
    if let Some(version) = txt.any(&["osvers", "ov"]) {
        heard.text(SECTION, "os_version", version);
        if let Some(apple) = apple.filter(|apple| !apple.os.is_empty()) {
            let value = format!("{} {version}", apple.os);
            heard.vote(Os, &value, 92, SOURCE, "AirPlay names its version");
        }
    }
    heard.text(SECTION, "device_id", txt.get("deviceid").unwrap_or_default());
    heard.text(SECTION, "firmware", txt.any(&["fv", "srcvers", "vs"]).unwrap_or_default());
    if let Some(maker) = txt.get("manufacturer") {
        heard.text(SECTION, "manufacturer", maker);
        heard.vote(Vendor, maker, 92, SOURCE, "AirPlay names its maker");
        if let Some(serial) = txt.get("serialnumber") {
            heard.identity(Identity::Serial(format!("{maker} {serial}").into()));
        }
    }
}

fn synology(txt: &Txt, heard: &mut Heard<'_>) {
    let reason = "its web page is announced as Synology's";
    heard.vote(Vendor, "Synology", 95, SOURCE, reason).vote(Type, "nas", 92, SOURCE, reason);
    if let Some(model) = txt.get("model") {
        say_model("http", model, 95, heard);
    }
    if let (Some(major), Some(minor)) = (txt.get("version_major"), txt.get("version_minor")) {
        let version = format!("DSM {major}.{minor}");
        heard.text(SECTION, "os_version", &version).vote(Os, &version, 95, SOURCE, reason);
    }
    if let Some(serial) = txt.get("serial") {
        heard.identity(Identity::Serial(format!("Synology {serial}").into()));
    }
}
