//! What a user agent says of the device: system, kind, model, maker.
//!
//! Browsers' are as RFC 9110 s10.1.5 writes them, with history: Windows 11 says 10.0, macOS stays at
//! 10.15.7, Chrome on Android says `Android 10; K` whatever it is. Such frozen values are taken for
//! what they are worth.

use super::apple;
use super::product::{find, version_behind};
use super::windows;

/// What was read, with the weight of each.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Agent {
    pub(crate) os: Option<(String, u8)>,
    pub(crate) kind: Option<(&'static str, u8)>,
    pub(crate) model: Option<(String, u8)>,
    pub(crate) vendor: Option<(&'static str, u8)>,
}

impl Agent {
    fn os(mut self, os: impl Into<String>, weight: u8) -> Self {
        self.os = Some((os.into(), weight));
        self
    }

    fn kind(mut self, kind: &'static str, weight: u8) -> Self {
        self.kind = Some((kind, weight));
        self
    }

    fn model(mut self, model: &str, weight: u8) -> Self {
        let model = model.trim();
        if (2..=48).contains(&model.len()) {
            self.model = Some((model.to_owned(), weight));
        }
        self
    }

    fn vendor(mut self, vendor: &'static str, weight: u8) -> Self {
        self.vendor = Some((vendor, weight));
        self
    }
}

/// Reads a user agent; nothing where it names programs only.
pub(crate) fn read(text: &str) -> Option<Agent> {
    // The most particular first: consoles and televisions call themselves Windows, Linux and
    // Android, too, and everything calls itself Mozilla.
    console(text)
        .or_else(|| television(text))
        .or_else(|| apple_device(text))
        .or_else(|| android(text))
        .or_else(|| windows_program(text))
        .or_else(|| packages(text))
        .or_else(|| desktop(text))
}

fn has(text: &str, what: &str) -> bool {
    find(text, what).is_some()
}

fn console(text: &str) -> Option<Agent> {
    let new = |vendor| Agent::default().kind("game-console", 90).vendor(vendor, 90);
    if has(text, "Xbox") {
        let agent = new("Microsoft").os("Windows (Xbox)", 80);
        return Some(if has(text, "Xbox One") { agent.model("Xbox One", 60) } else { agent });
    }
    for name in ["PlayStation 5", "PlayStation 4", "PlayStation Vita", "PlayStation 3"] {
        if has(text, name) {
            return Some(new("Sony").model(name, 90).os(format!("{name} system software"), 90));
        }
    }
    for name in ["Nintendo Switch 2", "Nintendo Switch", "Nintendo WiiU", "Nintendo 3DS"] {
        if has(text, name) {
            return Some(new("Nintendo").model(name, 90).os(name, 85));
        }
    }
    has(text, "SteamOS").then(|| Agent::default().os("Linux (SteamOS)", 80).kind("game-console", 50))
}

fn television(text: &str) -> Option<Agent> {
    let tv = |weight| Agent::default().kind("tv", weight);
    if has(text, "Tizen") && (has(text, "TV") || has(text, "SMART-TV")) {
        let os = version_behind(text, "Tizen").map_or("Tizen".to_owned(), |v| format!("Tizen {v}"));
        return Some(tv(90).os(os, 85).vendor("Samsung", 80));
    }
    // LG writes it with a zero.
    if has(text, "Web0S") || has(text, "webOS.TV") || has(text, "webOSTV") {
        return Some(tv(90).os("webOS", 85).vendor("LG", 85));
    }
    if has(text, "NetCast") {
        return Some(tv(85).os("Linux (NetCast)", 80).vendor("LG", 80));
    }
    if has(text, "VIDAA") {
        return Some(tv(85).os("Linux (VIDAA)", 80).vendor("Hisense", 70));
    }
    if text.starts_with("Roku") || has(text, "Roku/DVP") {
        let os = version_behind(text, "DVP-").map_or("Roku OS".to_owned(), |v| format!("Roku OS {v}"));
        return Some(Agent::default().kind("media-player", 75).os(os, 85).vendor("Roku", 85));
    }
    if has(text, "BRAVIA") {
        return Some(tv(90).os("Android TV", 70).vendor("Sony", 85));
    }
    if has(text, "CrKey") {
        return Some(Agent::default().kind("media-player", 85).vendor("Google", 85).model("Chromecast", 80));
    }
    // Amazon's models of sticks and boxes all begin so.
    if has(text, "; AFT") {
        return Some(Agent::default().kind("media-player", 85).os("Fire OS", 85).vendor("Amazon", 85));
    }
    let general = ["SMART-TV", "SmartTV", "GoogleTV", "Android TV", "HbbTV", "Viera", "AQUOS"];
    let is = general.iter().any(|sign| has(text, sign));
    is.then(|| if has(text, "Android") { tv(80).os("Android TV", 70) } else { tv(80) })
}

fn apple_device(text: &str) -> Option<Agent> {
    let new = || Agent::default().vendor("Apple", 90);
    let version = |after: &str| {
        let rest = text.get(find(text, after)?.checked_add(after.len())?..)?;
        let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || "._".contains(*c)).collect();
        let version = digits.replace('_', ".");
        Some(version.trim_end_matches('.').to_owned()).filter(|v| !v.is_empty())
    };
    let named = |os: &str, after: &str| version(after).map_or(os.to_owned(), |v| format!("{os} {v}"));
    if let Some(model) = hardware(text) {
        let (os, kind) = apple::kind(model)?;
        let os = match os {
            "iOS" | "iPadOS" if has(text, "iPhone OS,") => named(os, "iPhone OS,"),
            "iOS" | "iPadOS" if has(text, "iOS/") => named(os, "iOS/"),
            "macOS" if has(text, "Mac OS X,") => named(os, "Mac OS X,"),
            "macOS" if has(text, "macOS,") => named(os, "macOS,"),
            "tvOS" if has(text, "tvOS/") => named(os, "tvOS/"),
            _ => os.to_owned(),
        };
        return Some(new().os(os, 88).kind(kind, 90).model(model, 90));
    }
    if has(text, "Apple TV") || has(text, "AppleTV") || has(text, "tvOS/") {
        return Some(new().os(named("tvOS", "CPU OS "), 85).kind("media-player", 88).model("Apple TV", 80));
    }
    if has(text, "HomePod") {
        return Some(new().os("audioOS", 80).kind("speaker", 88).model("HomePod", 85));
    }
    if has(text, "watchOS") {
        return Some(new().os(named("watchOS", "watchOS/"), 85).kind("watch", 88));
    }
    if has(text, "iPhone;") || has(text, "iPhone OS ") && has(text, "(iPhone") {
        return Some(new().os(named("iOS", "iPhone OS "), 85).kind("phone", 88).model("iPhone", 60));
    }
    if has(text, "iPad;") {
        return Some(new().os(named("iPadOS", "CPU OS "), 85).kind("tablet", 88).model("iPad", 60));
    }
    // The kernel's version with CFNetwork: macOS says its processor behind it.
    if has(text, "CFNetwork") && has(text, "Darwin/") {
        let darwin = version("Darwin/")?;
        let on_mac = has(text, "(x86_64)") || has(text, "Macintosh");
        let os = if on_mac { apple::macos_of_darwin(&darwin) } else { apple::of_darwin(&darwin) };
        let agent = new().os(os.unwrap_or_else(|| "Apple".to_owned()), 75);
        return Some(if on_mac { agent.kind("computer", 65) } else { agent });
    }
    if has(text, "Macintosh;") {
        // Browsers stopped counting there; and an iPad says so, too.
        let version = version("Mac OS X ").filter(|version| !version.starts_with("10.15"));
        let os = version.map_or("macOS".to_owned(), |v| format!("macOS {v}"));
        return Some(new().os(os, 70).kind("computer", 50));
    }
    None
}

/// `iPhone14,2`: family, generation, comma, variant.
fn hardware(text: &str) -> Option<&str> {
    let words = text.split([' ', '/', ';', '(', ')', '[', ']', '+']);
    // `[iPhone OS,17.2,21C62,iPhone14,2]` has commas between the parts, too.
    words.filter_map(|word| word.rmatch_indices(',').nth(0).map(|(at, _)| (word, at))).find_map(
        |(word, at)| {
            let start = word.get(..at)?.rfind(',').map_or(0, |before| before + 1);
            let model = word.get(start..)?;
            let (family, variant) = model.split_once(',')?;
            let numbered = family.ends_with(|c: char| c.is_ascii_digit())
                && (1..=2).contains(&variant.len())
                && variant.bytes().all(|digit| digit.is_ascii_digit());
            (numbered && apple::kind(family).is_some()).then_some(model)
        },
    )
}

fn android(text: &str) -> Option<Agent> {
    let at = find(text, "Android ")?;
    let rest = text.get(at + 8..)?;
    let end = rest.find([';', ')']).unwrap_or(rest.len());
    let version = rest.get(..end)?.trim();
    if !version.starts_with(|c: char| c.is_ascii_digit()) || version.len() > 12 {
        return None;
    }
    let mut parts = rest.get(end..)?.trim_start_matches(';').split([';', ')']).map(str::trim);
    let is_language =
        |part: &&str| matches!(part.len(), 2 | 5) && part.bytes().take(2).all(|b| b.is_ascii_lowercase());
    let model = parts.by_ref().take(3).find(|part| !is_language(part) && *part != "wv" && *part != "Mobile");
    let model = model.and_then(|part| part.split(" Build").next()).map(str::trim).unwrap_or_default();
    // Chrome hides version and model behind these (User-Agent reduction).
    let frozen = model == "K" || model.is_empty();
    let agent = if frozen {
        Agent::default().os("Android", 75)
    } else {
        Agent::default().os(format!("Android {version}"), 82).model(model, 75)
    };
    let vendor = maker(model);
    let agent = if let Some(vendor) = vendor { agent.vendor(vendor, 75) } else { agent };
    Some(if has(text, "Mobile") {
        agent.kind("phone", 75)
    } else if text.starts_with("Mozilla") {
        // A browser without "Mobile" is a tablet's, or one that wants pages for computers.
        agent.kind("tablet", 55)
    } else if model.starts_with("SM-T") || model.starts_with("SM-X") {
        agent.kind("tablet", 80)
    } else {
        agent.kind("phone", 55)
    })
}

/// Makers whose Android models have a form of their own.
fn maker(model: &str) -> Option<&'static str> {
    const FORMS: &[(&str, &str)] = &[
        ("SM-", "Samsung"),
        ("Pixel", "Google"),
        ("Nexus", "Google"),
        ("moto ", "Motorola"),
        ("Redmi", "Xiaomi"),
        ("POCO", "Xiaomi"),
        ("Mi ", "Xiaomi"),
        ("ONEPLUS", "OnePlus"),
        ("HUAWEI", "Huawei"),
        ("HONOR", "Honor"),
        ("Nokia", "Nokia"),
        ("LM-", "LG"),
        ("LG-", "LG"),
        ("XQ-", "Sony"),
        ("KF", "Amazon"),
        ("Lenovo", "Lenovo"),
        ("ASUS", "Asus"),
        ("SHIELD", "NVIDIA"),
        ("Quest", "Meta"),
    ];
    FORMS.iter().find(|(form, _)| model.starts_with(form)).map(|(_, maker)| *maker)
}

/// Parts of Windows that speak for themselves.
fn windows_program(text: &str) -> Option<Agent> {
    const PARTS: &[&str] = &[
        "Microsoft-CryptoAPI/",
        "Windows-Update-Agent",
        "Microsoft NCSI",
        "Microsoft-Delivery-Optimization",
        "Microsoft BITS",
        "Microsoft-WNS",
        "Microsoft-WebDAV-MiniRedir",
        "Microsoft WinRM",
        "WinHttp-Autoproxy-Service",
        "Microsoft-Windows/",
        "Windows-RSS-Platform",
        "MSDW",
        "WicaAgent",
    ];
    let part = PARTS.iter().find(|part| has(text, part))?;
    let version = version_behind(text, part).filter(|_| {
        // Of these the number is that of Windows.
        ["Microsoft-CryptoAPI/", "Microsoft-WNS", "Microsoft-WebDAV-MiniRedir", "Microsoft-Windows/"]
            .contains(part)
    });
    let number = version.map(|version| {
        let mut parts = version.split('.');
        format!("{}.{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    });
    let known = number.and_then(|number| windows::of_nt(&number));
    // Servers have all of these as well, and the same numbers.
    Some(Agent::default().os(known.filter(|name| *name != "Windows 10/11").unwrap_or("Windows"), 88))
}

/// Tools that fetch a distribution's packages.
fn packages(text: &str) -> Option<Agent> {
    let new = Agent::default();
    if has(text, "Debian APT") {
        // The number in parentheses is APT's own.
        let apt = text.split('(').nth(1).unwrap_or_default();
        let mut parts = apt.split(['.', ')', '~', '+']);
        let number = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let release = match number {
            ("1", "0") => "Debian 8",
            ("1", "2") => "Ubuntu 16.04",
            ("1", "4") => "Debian 9",
            ("1", "6") => "Ubuntu 18.04",
            ("1", "8") => "Debian 10",
            ("2", "0") => "Ubuntu 20.04",
            ("2", "2") => "Debian 11",
            ("2", "4") => "Ubuntu 22.04",
            ("2", "6") => "Debian 12",
            ("2", "7" | "8") => "Ubuntu 24.04",
            ("3", "0") => "Debian 13",
            _ => return Some(new.os("Linux", 85)),
        };
        return Some(new.os(release, 60));
    }
    if let Some(rest) = text.strip_prefix("libdnf (") {
        return Some(new.os(rest.split(';').next().unwrap_or_default(), 90));
    }
    if text.starts_with("snapd/") {
        let os = text.split(' ').find_map(|word| word.strip_prefix("ubuntu/"));
        return Some(new.os(os.map_or("Linux".to_owned(), |release| format!("Ubuntu {release}")), 85));
    }
    const TOOLS: &[(&str, &str, u8)] = &[
        ("pacman/", "Arch Linux", 80),
        ("libalpm/", "Arch Linux", 80),
        ("ZYpp", "SUSE", 80),
        ("urlgrabber/", "Linux", 75),
        ("dnf/", "Linux", 75),
        ("apk-tools/", "Alpine Linux", 80),
        ("opkg", "OpenWrt", 60),
        ("Portage", "Gentoo", 70),
        ("XBPS", "Linux (Void)", 80),
        ("fwupd/", "Linux", 80),
        ("NetworkManager", "Linux", 75),
        ("PackageKit", "Linux", 75),
        ("libfetch/", "FreeBSD", 70),
        ("Homebrew/", "macOS", 70),
        ("MikroTik", "RouterOS", 80),
        ("linux-gnu", "Linux", 75),
        ("HomeAssistant", "Linux", 50),
    ];
    let (_, os, weight) = TOOLS.iter().find(|(tool, ..)| has(text, tool))?;
    if has(text, "Homebrew/") && has(text, "Linux") {
        return Some(new.os("Linux", 70));
    }
    Some(new.os(*os, *weight))
}

fn desktop(text: &str) -> Option<Agent> {
    let computer = |weight| Agent::default().kind("computer", weight);
    if let Some(version) = version_behind(text, "Windows NT") {
        let os = windows::of_nt(version).unwrap_or("Windows");
        return Some(computer(55).os(os, 75));
    }
    if has(text, "Windows Phone") {
        return Some(Agent::default().os("Windows Phone", 85).kind("phone", 85));
    }
    if has(text, "CrOS ") {
        return Some(Agent::default().kind("laptop", 60).os("ChromeOS", 82));
    }
    if has(text, "X11;") {
        const SYSTEMS: &[(&str, &str)] = &[
            ("Ubuntu", "Ubuntu"),
            ("Fedora", "Fedora"),
            ("Debian", "Debian"),
            ("FreeBSD", "FreeBSD"),
            ("OpenBSD", "OpenBSD"),
            ("NetBSD", "NetBSD"),
            ("SunOS", "Solaris"),
            ("Linux", "Linux"),
        ];
        let (_, os) = SYSTEMS.iter().find(|(sign, _)| has(text, sign))?;
        return Some(computer(50).os(*os, 70));
    }
    if has(text, "Dalvik/") || has(text, "okhttp/") {
        return Some(Agent::default().os("Android", if has(text, "Dalvik/") { 80 } else { 30 }));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str, os: &str, kind: Option<&str>, model: Option<&str>) {
        let agent = read(text).unwrap_or_else(|| panic!("nothing read of {text}"));
        assert_eq!(agent.os.as_ref().map(|(os, _)| &**os), Some(os), "{text}");
        assert_eq!(agent.kind.map(|(kind, _)| kind), kind, "{text}");
        assert_eq!(agent.model.as_ref().map(|(model, _)| &**model), model, "{text}");
        if let Some((kind, _)) = agent.kind {
            assert!(crate::TYPES.contains(&kind), "{kind}");
        }
    }

    #[test]
    fn computers() {
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
        let computer = Some("computer");
        is(&format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome}"), "Windows 10/11", computer, None);
        is("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "Windows 7", computer, None);
        is(&format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {chrome}"), "macOS", computer, None);
        is("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.13; rv:90.0)", "macOS 10.13", computer, None);
        is("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101", "Ubuntu", computer, None);
        is(&format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {chrome}"), "ChromeOS", Some("laptop"), None);
    }

    #[test]
    fn phones_and_tablets() {
        is(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
            "iOS 17.2.1",
            Some("phone"),
            Some("iPhone"),
        );
        is("Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X)", "iPadOS 16.5", Some("tablet"), Some("iPad"));
        is("server-bag [iPhone OS,17.2,21C62,iPhone14,2]", "iOS 17.2", Some("phone"), Some("iPhone14,2"));
        is(
            "Dalvik/2.1.0 (Linux; U; Android 12; SM-A525F Build/SP1A.210812.016)",
            "Android 12",
            Some("phone"),
            Some("SM-A525F"),
        );
        is(
            "Mozilla/5.0 (Linux; U; Android 4.4.2; en-us; Nexus 5 Build/KOT49H) Mobile Safari/534.30",
            "Android 4.4.2",
            Some("phone"),
            Some("Nexus 5"),
        );
        is(
            "Mozilla/5.0 (Linux; Android 10; K) Chrome/120.0 Mobile Safari/537.36",
            "Android",
            Some("phone"),
            None,
        );
    }

    #[test]
    fn things() {
        is(
            "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 TV Safari/537.36",
            "Tizen 6.0",
            Some("tv"),
            None,
        );
        is("Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36", "webOS", Some("tv"), None);
        is("Roku/DVP-12.5 (12.5.0.4178-55)", "Roku OS 12.5", Some("media-player"), None);
        is(
            "Mozilla/5.0 (PlayStation 5 7.00) AppleWebKit/605.1.15",
            "PlayStation 5 system software",
            Some("game-console"),
            Some("PlayStation 5"),
        );
        is(
            "AppleCoreMedia/1.0.0.20L563 (Apple TV; U; CPU OS 16_5 like Mac OS X; en_us)",
            "tvOS 16.5",
            Some("media-player"),
            Some("Apple TV"),
        );
    }

    #[test]
    fn programs_of_systems() {
        is("Microsoft NCSI", "Windows", None, None);
        is("Microsoft-CryptoAPI/6.1", "Windows 7", None, None);
        is("Microsoft-CryptoAPI/10.0", "Windows", None, None);
        is("Debian APT-HTTP/1.3 (2.6.1)", "Debian 12", None, None);
        is("libdnf (Fedora Linux 38; workstation; Linux.x86_64)", "Fedora Linux 38", None, None);
        is("Safari/18615 CFNetwork/1406.0.4 Darwin/22.4.0 (x86_64)", "macOS 13", Some("computer"), None);
        is("trustd CFNetwork/1404.0.5 Darwin/22.3.0", "Apple macOS 13 or iOS 16", None, None);
        is("Wget/1.21.2 (linux-gnu)", "Linux", None, None);
    }

    #[test]
    fn programs_that_run_anywhere_say_nothing() {
        for text in
            ["curl/8.5.0", "python-requests/2.31", "Go-http-client/1.1", "", "Android", "Android ;", "a,1"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn any_part_of_one_is_harmless() {
        let text =
            "Mozilla/5.0 (Linux; U; Android 12; ä-ö; SM-A525F Büild/x) [iPhone OS,17.2,21C62,iPhone14,2]";
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let _ = (read(&text[..at]), read(&text[at..]));
        }
    }
}
