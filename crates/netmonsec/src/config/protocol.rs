use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::BadValue;

/// `[[dpi.protocols]]`: a protocol that is not built in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct ProtocolRule(dpi::UserProtocol);

impl ProtocolRule {
    /// As the recognition takes it.
    pub fn get(&self) -> &dpi::UserProtocol {
        &self.0
    }
}

/// As it stands in the file.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    transport: Option<String>,
    #[serde(default)]
    ports: Vec<u16>,
    #[serde(default)]
    patterns: Vec<WrittenPattern>,
    #[serde(default)]
    hosts: Vec<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPattern {
    #[serde(default)]
    offset: Option<usize>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    hex: Option<String>,
}

/// One byte anywhere says nothing about a flow.
const SHORTEST_PATTERN: usize = 2;

impl TryFrom<Written> for ProtocolRule {
    type Error = BadValue;

    fn try_from(written: Written) -> Result<Self, BadValue> {
        let Written { name, category, transport, ports, patterns, hosts } = written;
        check_name("name", &name)?;
        let category = category.unwrap_or_else(|| "custom".to_owned());
        check_name("category", &category)?;
        let (tcp, udp) = match transport.as_deref() {
            Some("tcp") => (true, false),
            Some("udp") => (false, true),
            None | Some("both") => (true, true),
            Some(other) => {
                return Err(BadValue(format!("transport: `{other}` is not one of tcp, udp, both")));
            }
        };
        if ports.contains(&0) {
            return Err(BadValue("ports: 0 is no port".into()));
        }
        let patterns = patterns.into_iter().map(pattern).collect::<Result<Vec<_>, _>>()?;
        for host in &hosts {
            let right = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            if !host.bytes().all(right) || host.split('.').any(str::is_empty) {
                return Err(BadValue(format!(
                    "hosts: `{host}` is no host name; write one like example.com, without * or a dot in front"
                )));
            }
        }
        if ports.is_empty() && patterns.is_empty() && hosts.is_empty() {
            return Err(BadValue(format!("`{name}` has no ports, patterns or hosts to know it by")));
        }
        Ok(Self(dpi::UserProtocol { name, category, tcp, udp, ports, patterns, hosts }))
    }
}

fn check_name(what: &str, name: &str) -> Result<(), BadValue> {
    let right = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(right) {
        return Err(BadValue(format!("{what}: `{name}` must be of small letters, digits and hyphens")));
    }
    Ok(())
}

fn pattern(written: WrittenPattern) -> Result<dpi::Pattern, BadValue> {
    let WrittenPattern { offset, text, hex } = written;
    let bytes = match (text, hex) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(hex)) => from_hex(&hex)?,
        _ => return Err(BadValue("a pattern has either text or hex".into())),
    };
    let end = offset.unwrap_or(0).saturating_add(bytes.len());
    if bytes.len() < SHORTEST_PATTERN || end > dpi::Pattern::WITHIN {
        return Err(BadValue(format!(
            "a pattern has at least {SHORTEST_PATTERN} bytes and ends within the first {}",
            dpi::Pattern::WITHIN
        )));
    }
    Ok(dpi::Pattern { offset, bytes })
}

fn from_hex(text: &str) -> Result<Vec<u8>, BadValue> {
    let bad =
        || BadValue(format!("`{text}` is no hex; write two digits for each byte, such as \"16 03 01\""));
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b':')).collect();
    if !digits.len().is_multiple_of(2) {
        return Err(bad());
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let plain = digits.iter().all(u8::is_ascii_hexdigit);
    digits.chunks(2).map(byte).collect::<Option<_>>().filter(|_| plain).ok_or_else(bad)
}

impl From<ProtocolRule> for Written {
    fn from(ProtocolRule(rule): ProtocolRule) -> Self {
        let transport = match (rule.tcp, rule.udp) {
            (true, false) => "tcp",
            (false, true) => "udp",
            _ => "both",
        };
        let pattern = |pattern: dpi::Pattern| WrittenPattern {
            offset: pattern.offset,
            text: None,
            hex: Some(pattern.bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        };
        Self {
            name: rule.name,
            category: Some(rule.category),
            transport: Some(transport.to_owned()),
            ports: rule.ports,
            patterns: rule.patterns.into_iter().map(pattern).collect(),
            hosts: rule.hosts,
        }
    }
}

impl fmt::Display for ProtocolRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name)
    }
}
