//! Byte sequences that only attacks and attack tools have, searched for all at once.

use std::sync::LazyLock;

use crate::risk::Risk;

/// Sequences and the risk that each of them stands for. Case does not matter.
///
/// Of each sequence this knows the four bytes that ordinary texts are least likely to have. A bit at
/// their hash tells nearly always that they are not here, in a table that stays in the first cache,
/// which an automaton over all the sequences would not.
#[derive(Debug)]
pub(super) struct Shapes {
    bits: Box<[u64; BITS / 64]>,
    /// Sorted by their four bytes.
    shapes: Vec<Shape>,
    /// Those that are shorter.
    short: Vec<Shape>,
}

#[derive(Debug)]
struct Shape {
    /// See [`fold`].
    four: u32,
    /// Bytes of the shape before the four.
    before: usize,
    bytes: &'static [u8],
    risk: Risk,
}

const BITS: usize = 1 << 15;

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
    fn new(groups: &[(Risk, &[&'static [u8]])]) -> Self {
        let all = groups.iter().flat_map(|(risk, shapes)| shapes.iter().map(|shape| (*risk, *shape)));
        let (mut shapes, short): (Vec<_>, Vec<_>) =
            all.map(|(risk, bytes)| Shape::new(bytes, risk)).partition(|shape| shape.bytes.len() >= 4);
        shapes.sort_by_key(|shape| shape.four);
        let mut bits = Box::new([0; BITS / 64]);
        for shape in &shapes {
            let hash = hash(shape.four);
            if let Some(word) = bits.get_mut(hash / 64) {
                *word |= 1_u64 << (hash % 64);
            }
        }
        Self { bits, shapes, short }
    }

    /// Hands over the risks whose sequences are in `text`, some of them more than once.
    pub(super) fn find_in(&self, text: &[u8], mut found: impl FnMut(Risk)) {
        for (at, four) in text.array_windows().enumerate() {
            let four = fold(*four);
            let hash = hash(four);
            if self.bits.get(hash / 64).is_some_and(|word| word >> (hash % 64) & 1 != 0) {
                self.verify(text, at, four, &mut found);
            }
        }
        for shape in &self.short {
            let Some(first) = shape.bytes.first() else { continue };
            if memchr::memchr_iter(*first, text).any(|at| shape.is_at(text, at)) {
                found(shape.risk);
            }
        }
    }

    /// A long text meets some hash by chance.
    #[cold]
    fn verify(&self, text: &[u8], at: usize, four: u32, found: &mut impl FnMut(Risk)) {
        let from = self.shapes.partition_point(|shape| shape.four < four);
        let same = self.shapes.iter().skip(from).take_while(|shape| shape.four == four);
        same.filter(|shape| at.checked_sub(shape.before).is_some_and(|begin| shape.is_at(text, begin)))
            .for_each(|shape| found(shape.risk));
    }
}

impl Shape {
    fn new(bytes: &'static [u8], risk: Risk) -> Self {
        let middle = bytes.len().saturating_sub(4) / 2;
        let rarity = |(at, four): &(usize, &[u8; 4])| {
            let special = four.iter().filter(|byte| !byte.is_ascii_alphanumeric()).count();
            // Among equals that in the middle: words end more alike than they go on.
            (special, usize::MAX - at.abs_diff(middle))
        };
        let (before, four) = bytes.array_windows().enumerate().max_by_key(rarity).unwrap_or((0, &[0; 4]));
        Self { four: fold(*four), before, bytes, risk }
    }

    fn is_at(&self, text: &[u8], begin: usize) -> bool {
        let there = text.get(begin..).and_then(|rest| rest.get(..self.bytes.len()));
        there.is_some_and(|there| there.eq_ignore_ascii_case(self.bytes))
    }
}

/// Four bytes as a number, with small and capital letters made one (and some signs, too).
fn fold(four: [u8; 4]) -> u32 {
    u32::from_le_bytes(four) | 0x2020_2020
}

/// The upper bits of a product by 2^32 divided by the golden ratio: every bit has its say.
fn hash(four: u32) -> usize {
    (four.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS.ilog2())) as usize
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

    fn risks(shapes: &Shapes, text: &[u8]) -> Vec<Risk> {
        let mut risks = Vec::new();
        shapes.find_in(text, |risk| risks.push(risk));
        risks
    }

    #[test]
    fn every_shape_is_found_in_any_case() {
        for shape in [SQL, SCRIPT, COMMANDS, LOOKUPS].concat() {
            let text = [b"/a?b=", &*shape.to_ascii_uppercase(), b"c"].concat();
            assert!(!risks(&TARGET, &text).is_empty(), "{}", text.escape_ascii());
        }
        for shape in AGENTS {
            assert!(!risks(&AGENT, shape).is_empty(), "{}", shape.escape_ascii());
        }
        assert_eq!(risks(&TARGET, b"/?id=1 UNION Select 2"), [Risk::SqlInjection]);
        assert_eq!(risks(&TARGET, b"/%2e../../etc"), [Risk::RemoteCode]);
        assert_eq!(risks(&TARGET, b"/?q=<Script>"), [Risk::CrossSiteScripting]);
        assert_eq!(risks(&FIELD, b"X: ${jndi:x}"), [Risk::Log4shell]);
        assert_eq!(risks(&TARGET, b"/?q=student union selection"), []);
        assert_eq!((risks(&TARGET, b""), risks(&TARGET, b"../..")), (vec![], vec![]));
    }
}
