//! Remote desktops: what their servers are signs of.

use crate::sighting::{About, Service};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const REMOTE: Watcher = Watcher {
    name: "remote",
    on: &[
        On::Flow("rdp"),
        On::Flow("vnc"),
        On::Flow("adb"),
        On::Flow("x11"),
        On::Flow("vmware-auth"),
        On::Flow("apple-remote-desktop"),
        On::Flow("rmcp"),
    ],
    notes: &[],
    read: Read::Flow(read),
};

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    if look.record.dst_payload_bytes == 0 {
        return;
    }
    heard.about(look.dst());
    match look.record.protocol {
        // xrdp answers as well, and is rarer.
        "rdp" => {
            heard.vote(About::Os, "Windows", 50, "service", "answers to the Remote Desktop Protocol");
            heard.vote(About::Type, "computer", 40, "service", "answers to the Remote Desktop Protocol");
        }
        "vnc" => vnc(look, heard),
        "adb" => {
            heard.vote(About::Os, "Android", 88, "service", "answers to the Android debug bridge");
            for banner in look.list("banner").iter().chain(look.list("banners")) {
                device(banner, heard);
            }
        }
        "vmware-auth" => {
            heard.vote(About::Type, "hypervisor", 75, "service", "answers to VMware's authentication daemon");
        }
        "apple-remote-desktop" => {
            heard.vote(About::Os, "macOS", 75, "service", "answers to Apple Remote Desktop");
        }
        "rmcp" => {
            heard.vote(
                About::Type,
                "server",
                65,
                "service",
                "answers to IPMI: it has a management controller",
            );
        }
        _ => {}
    }
}

/// Apple's server says 3.889, which no other does; a version is of the protocol, not of a product.
fn vnc(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let Some(version) = look.text("server_version") else { return };
    if version.contains("3.889") || version.contains("003.889") {
        heard.vote(About::Os, "macOS", 85, "service", "its VNC server says version 3.889, as Apple's does");
        if let Some(port) = look.record.dst_port {
            heard.service(Service {
                transport: look.transport(),
                port,
                protocol: "vnc".into(),
                product: Some("Apple Screen Sharing".into()),
                source: "banner",
                ..Service::default()
            });
        }
    }
}

/// `device::ro.product.name=x;ro.product.model=y;ro.product.device=z;` (AOSP, `protocol.txt`).
fn device(banner: &str, heard: &mut Heard<'_>) {
    if !banner.starts_with("device:") {
        return;
    }
    let model = banner.split([';', ':']).find_map(|part| part.strip_prefix("ro.product.model="));
    if let Some(model) = model {
        heard.vote(About::Model, model, 92, "service", &format!("debug bridge says \"{banner}\""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{By, SERVER, Talk, votes};

    #[test]
    fn apple_screen_sharing_is_known_by_its_version() {
        let said = |version: &'static [u8]| {
            let talk = Talk::tcp(5900, &[(By::Server, version), (By::Client, b"RFB 003.008\n")]);
            votes(&talk.sightings(), SERVER, About::Os)
        };
        assert_eq!(said(b"RFB 003.889\n"), ["macOS"]);
        assert_eq!(said(b"RFB 003.008\n"), Vec::<String>::new());
    }
}
