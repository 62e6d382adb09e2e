//! Byte sequences that only attacks and attack tools have, searched for all at once.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::risk::Risk;

/// Sequences and the risk that each of them stands for. Case does not matter.
#[derive(Debug)]
pub(super) struct Shapes {
    /// Absent if it could not be built, which a test rules out.
    automaton: Option<AhoCorasick>,
    risks: Vec<Risk>,
}

/// In a decoded request target.
pub(super) static TARGET: LazyLock<Shapes> = LazyLock::new(|| {
    Shapes::new(&[
        (Risk::SqlInjection, SQL),
        (Risk::CrossSiteScripting, SCRIPT),
        (Risk::RemoteCode, COMMANDS),
        (Risk::Log4shell, LOOKUPS),
    ])
});

/// In any header field.
pub(super) static FIELD: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::new(&[(Risk::Log4shell, LOOKUPS), (Risk::RemoteCode, &[b"() { :", b"() {:;"])]));

/// In a user agent.
pub(super) static AGENT: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::new(&[(Risk::SuspiciousUserAgent, AGENTS)]));

impl Shapes {
    fn new(groups: &[(Risk, &[&[u8]])]) -> Self {
        let all = || groups.iter().flat_map(|(risk, shapes)| shapes.iter().map(|shape| (*risk, *shape)));
        let automaton =
            AhoCorasick::builder().ascii_case_insensitive(true).build(all().map(|(_, shape)| shape));
        Self { automaton: automaton.ok(), risks: all().map(|(risk, _)| risk).collect() }
    }

    /// The risks whose sequences are in `text`, some of them more than once.
    pub(super) fn risks_in<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Risk> + 'a {
        let found = self.automaton.iter().flat_map(move |automaton| automaton.find_iter(text));
        found.filter_map(|found| self.risks.get(found.pattern().as_usize()).copied())
    }
}

/// With SQL's empty comments made blanks.
const SQL: &[&[u8]] = &[
    b"union select ",
    b"union all select ",
    b"union distinct select ",
    b"' or '1'='1",
    b"' or 1=1",
    b"\" or \"1\"=\"1",
    b" or 1=1--",
    b" or 1=1#",
    b" and 1=1--",
    b"' and '1'='1",
    b"';drop table ",
    b"'; drop table ",
    b"information_schema.",
    b" and sleep(",
    b" or sleep(",
    b"select sleep(",
    b"pg_sleep(",
    b"benchmark(1000",
    b"waitfor delay '",
    b"extractvalue(",
    b"updatexml(",
    b"xp_cmdshell",
    b" into outfile '",
    b"concat(0x",
    b"utl_inaddr.get_host",
];

const SCRIPT: &[&[u8]] = &[
    b"<script>",
    b"<script ",
    b"<script/",
    b"</script",
    b"<svg/onload",
    b"<svg onload",
    b"<img src=x ",
    b"onerror=alert",
    b"onload=alert",
    b"javascript:alert",
    b"<iframe src=",
    b"<body onload",
    b"alert(document.",
];

const COMMANDS: &[&[u8]] = &[
    b"../../",
    b"..\\..\\",
    b"/etc/passwd",
    b"/etc/shadow",
    b"/proc/self/environ",
    b"/bin/sh",
    b"/bin/bash",
    b"/winnt/system32/",
    b"cmd.exe",
    b"powershell.exe",
    b";wget ",
    b"; wget ",
    b";curl ",
    b"; curl ",
    b"|wget ",
    b"`wget ",
    b"&wget ",
    b"$(wget ",
    b"$(curl ",
    b"wget http://",
    b"wget${ifs}",
    b";chmod ",
    b";cd /tmp",
    b"cd /tmp;",
    b"rm -rf ",
    b"php://input",
    b"php://filter",
    b"allow_url_include",
    b"auto_prepend_file",
    b"invokefunction&function=",
    b"eval-stdin.php",
    b"class.module.classloader",
    b"() { :",
];

/// `${jndi:...}`, also in the disguises that its own substitution allows.
const LOOKUPS: &[&[u8]] = &[b"${jndi:", b"${lower:", b"${upper:", b"${::-", b"${${"];

/// Agents that name themselves, and texts that no agent has.
const AGENTS: &[&[u8]] = &[
    b"sqlmap",
    b"nikto",
    b"nmap scripting engine",
    b"masscan",
    b"zgrab",
    b"gobuster",
    b"dirbuster",
    b"wpscan",
    b"nuclei",
    b"acunetix",
    b"openvas",
    b"nessus",
    b"havij",
    b"w3af",
    b"hydra",
    b"feroxbuster",
    b"fuzz faster",
    b"l9explore",
    b"${",
    b"<script",
    b"() {",
    b"$(",
    b";wget",
    b"; wget",
    b"/bin/sh",
    b"' or ",
    b"union select",
    b"<?php",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_found_in_any_case() {
        for shapes in [&TARGET, &FIELD, &AGENT] {
            assert!(shapes.automaton.is_some());
        }
        let risk = |text: &[u8]| TARGET.risks_in(text).next();
        assert_eq!(risk(b"/?id=1 UNION Select 2"), Some(Risk::SqlInjection));
        assert_eq!(risk(b"/%2e../../etc"), Some(Risk::RemoteCode));
        assert_eq!(risk(b"/?q=<Script>"), Some(Risk::CrossSiteScripting));
        assert_eq!((risk(b"/?q=student union selection"), risk(b"")), (None, None));
    }
}
