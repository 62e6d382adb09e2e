//! What runs on a protocol, told by host names, user agents and ALPN.
//!
//! `data/applications.toml` lists them; a file of the same form can add to it and override it.

use std::collections::HashMap;

use serde::Deserialize;

use crate::intern::intern;

/// An application or service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Application {
    /// Its name, lower case with hyphens.
    pub name: &'static str,
    /// What kind of thing it is.
    pub category: &'static str,
}

/// Applications, by what gives them away.
#[derive(Debug, Default)]
pub(crate) struct Applications {
    /// By host name suffix, whole labels.
    hosts: HashMap<Box<str>, Application>,
    /// By the beginning of a user agent; the longest first.
    user_agents: Vec<(Box<str>, Application)>,
    alpn: HashMap<Box<str>, Application>,
}

/// The file that netmonsec brings.
const BUILT_IN: &str = include_str!("../../../data/applications.toml");

/// Category, then application.
type File = HashMap<String, HashMap<String, Entry>>;

/// Either host name suffixes alone, or everything.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Hosts(Vec<String>),
    All(Signs),
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Signs {
    hosts: Vec<String>,
    user_agents: Vec<String>,
    alpn: Vec<String>,
}

impl Applications {
    /// The built-in ones, and over them those of `own`, the text of a file of the same form.
    pub(crate) fn new(own: Option<&str>) -> Result<Self, String> {
        let mut applications = Self::default();
        for text in [Some(BUILT_IN), own].into_iter().flatten() {
            applications.read(text)?;
        }
        applications.user_agents.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        Ok(applications)
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string().trim().replace('\n', " "))?;
        for (category, entries) in &file {
            check_name(category)?;
            for (name, entry) in entries {
                check_name(name)?;
                let application = Application { name: intern(name), category: intern(category) };
                let signs = match entry {
                    Entry::Hosts(hosts) => &Signs { hosts: hosts.clone(), ..Signs::default() },
                    Entry::All(signs) => signs,
                };
                for host in &signs.hosts {
                    check_host(name, host)?;
                    self.hosts.insert(host.to_ascii_lowercase().into(), application);
                }
                for agent in &signs.user_agents {
                    self.user_agents.retain(|(known, _)| **known != **agent);
                    self.user_agents.push((agent.as_str().into(), application));
                }
                for alpn in &signs.alpn {
                    self.alpn.insert(alpn.as_str().into(), application);
                }
            }
        }
        Ok(())
    }

    /// The application of a host: that of the longest suffix that is listed.
    pub(crate) fn of_host(&self, host: &str) -> Option<Application> {
        let lower;
        let mut rest = host.trim_end_matches('.');
        if rest.bytes().any(|byte| byte.is_ascii_uppercase()) {
            lower = rest.to_ascii_lowercase();
            rest = &lower;
        }
        loop {
            if let Some(application) = self.hosts.get(rest) {
                return Some(*application);
            }
            rest = rest.split_once('.')?.1;
        }
    }

    pub(crate) fn of_user_agent(&self, agent: &str) -> Option<Application> {
        let found = self.user_agents.iter().find(|(begin, _)| agent.starts_with(&**begin));
        found.map(|(_, application)| *application)
    }

    pub(crate) fn of_alpn(&self, alpn: &str) -> Option<Application> {
        self.alpn.get(alpn).copied()
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let right = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(right) {
        return Err(format!("`{name}` is no name; write small letters, digits and hyphens"));
    }
    Ok(())
}

fn check_host(name: &str, host: &str) -> Result<(), String> {
    let right = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let labels = host.split('.').all(|label| !label.is_empty());
    if !host.bytes().all(right) || !labels {
        return Err(format!("{name}: `{host}` is no host name; write one like example.com, without * or ."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_longest_suffix_wins() {
        let own = r#"
            [video]
            acme-video = ["acme.example", "video.acme.example"]
            [work]
            acme-work = { hosts = ["work.acme.example"], user_agents = ["AcmeWork/"] }
        "#;
        let applications = Applications::new(Some(own)).unwrap();
        let name = |host| applications.of_host(host).map(|application| application.name);
        assert_eq!(name("a.b.ACME.example."), Some("acme-video"));
        assert_eq!(name("x.work.acme.example"), Some("acme-work"));
        assert_eq!((name("notacme.example"), name("example"), name("")), (None, None, None));
        let agent = applications.of_user_agent("AcmeWork/1.0 (x)").unwrap();
        assert_eq!((agent.name, agent.category), ("acme-work", "work"));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("[Video]\nx = []", "`Video` is no name"),
            ("[video]\nx = [\"*.example.com\"]", "`*.example.com` is no host name"),
            ("[video]\nx = { host = [] }", "x"),
            ("[video", "TOML"),
        ] {
            let error = Applications::new(Some(text)).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn the_built_in_list_is_broad_and_says_each_host_once() {
        let file: File = toml::from_str(BUILT_IN).unwrap();
        let mut hosts = HashSet::new();
        let mut names = HashSet::new();
        for (name, entry) in file.values().flatten() {
            assert!(names.insert(name), "{name} is in two categories");
            let listed = match entry {
                Entry::Hosts(hosts) => hosts,
                Entry::All(signs) => &signs.hosts,
            };
            for host in listed {
                assert!(hosts.insert(host), "{host} is listed twice");
                assert_eq!(*host, host.to_ascii_lowercase());
            }
        }
        assert!(names.len() >= 400, "{} applications", names.len());
        assert!(file.len() >= 25, "{} categories", file.len());
    }
}
