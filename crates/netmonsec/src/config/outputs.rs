//! Who is told of what is seen, beside the history.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use store::sinks::{
    InfluxSettings, Secret, SyslogServer, SyslogSettings, Template, WebhookFormat, WebhookSettings,
    check_url, check_webhook,
};

use super::choice::LeastSeverity;
use super::size::ByteSize;
use super::text::{BadValue, text_value};

/// `[influx]`
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Influx {
    /// Where the server is; empty for none.
    pub url: String,
    /// Version 1: the database.
    pub database: String,
    /// Version 1: who writes.
    pub user: String,
    /// Version 1: that one's password.
    pub password: Secret,
    /// Version 2: the bucket.
    pub bucket: String,
    /// Version 2: whose bucket it is.
    pub org: String,
    /// Version 2: what lets us write.
    pub token: Secret,
    /// Bytes that wait on disk for a server that is away.
    pub spool_size: ByteSize,
}

/// `[syslog]`
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Syslog {
    /// Where the server is; empty for none.
    pub server: ServerSetting,
    /// The least severity that is told.
    pub severity: LeastSeverity,
}

/// A log server, or none.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerSetting(String);

/// `[[webhook]]`: who is told of alerts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Webhook(Written, WebhookSettings);

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    url: Secret,
    format: Format,
    token: Secret,
    severity: LeastSeverity,
    title: String,
    text: String,
}

/// As what an alert is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Slack,
    Ntfy,
}

impl Influx {
    /// As the output takes it, if there is to be one; which key is wrong, and why.
    pub(crate) fn settings(&self) -> Result<Option<InfluxSettings>, (&'static str, String)> {
        if self.url.is_empty() {
            return Ok(None);
        }
        check_url(&self.url).map_err(|what| ("influx.url", what.to_owned()))?;
        if self.url.contains('?') {
            return Err((
                "influx.url",
                "has a query; there are keys of their own for what it would say".into(),
            ));
        }
        if self.bucket.is_empty() && self.database.is_empty() {
            return Err(("influx.database", "is empty; name it, or a bucket".to_owned()));
        }
        for (key, value) in [("influx.org", self.org.as_str()), ("influx.token", self.token.expose())] {
            if !self.bucket.is_empty() && value.is_empty() {
                return Err((key, "is empty; a bucket needs it".to_owned()));
            }
        }
        header("influx.token", &self.token)?;
        if self.spool_size < LEAST_SPOOL {
            return Err((
                "influx.spool_size",
                format!("is {}, must be at least {LEAST_SPOOL}", self.spool_size),
            ));
        }
        Ok(Some(InfluxSettings {
            url: self.url.clone(),
            database: self.database.clone(),
            user: self.user.clone(),
            password: self.password.clone(),
            bucket: self.bucket.clone(),
            org: self.org.clone(),
            token: self.token.clone(),
            spool_bytes: self.spool_size.0,
        }))
    }
}

const LEAST_SPOOL: ByteSize = ByteSize(1 << 20);

/// What goes into a header is printable ASCII.
fn header(key: &'static str, secret: &Secret) -> Result<(), (&'static str, String)> {
    match secret.expose().chars().all(|c| c.is_ascii_graphic()) {
        true => Ok(()),
        false => Err((key, "has blanks or characters in it that no token has".to_owned())),
    }
}

impl Syslog {
    /// As the output takes it, if there is to be one.
    pub(crate) fn settings(&self) -> Option<SyslogSettings> {
        let server = self.server.0.parse().ok()?;
        Some(SyslogSettings { server, severity: self.severity.0 })
    }
}

impl FromStr for ServerSetting {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        if !text.is_empty() {
            text.parse::<SyslogServer>().map_err(|what| BadValue(format!("`{text}` {what}")))?;
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ServerSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(ServerSetting);

impl Webhook {
    /// As the output takes it.
    pub(crate) fn settings(&self) -> WebhookSettings {
        self.1.clone()
    }
}

impl TryFrom<Written> for Webhook {
    type Error = BadValue;

    fn try_from(written: Written) -> Result<Self, BadValue> {
        let format = match written.format {
            Format::Json => WebhookFormat::Json,
            Format::Slack => WebhookFormat::Slack,
            Format::Ntfy => WebhookFormat::Ntfy,
        };
        check_webhook(written.url.expose(), format).map_err(|what| BadValue(format!("url {what}")))?;
        header("token", &written.token).map_err(|(key, what)| BadValue(format!("{key} {what}")))?;
        let template = |name: &str, text: &str| -> Result<Template, BadValue> {
            text.parse().map_err(|what| BadValue(format!("{name} {what}")))
        };
        let settings = WebhookSettings {
            url: written.url.clone(),
            format,
            token: written.token.clone(),
            severity: written.severity.0,
            title: template("title", &written.title)?,
            text: template("text", &written.text)?,
        };
        Ok(Self(written, settings))
    }
}

impl From<Webhook> for Written {
    fn from(hook: Webhook) -> Self {
        hook.0
    }
}

impl Default for Influx {
    fn default() -> Self {
        Self {
            url: String::new(),
            database: "netmonsec".into(),
            user: String::new(),
            password: Secret::default(),
            bucket: String::new(),
            org: String::new(),
            token: Secret::default(),
            spool_size: ByteSize(64 << 20),
        }
    }
}

impl Default for Written {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            format: Format::default(),
            token: Secret::default(),
            severity: LeastSeverity::default(),
            title: "{severity}: {title}".into(),
            text: "{description}".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    const FILE: &str = r#"
        [influx]
        url = "http://127.0.0.1:8086"
        password = "hunter2"
        token = "hunter3"
        [syslog]
        server = "udp://[::1]"
        severity = "low"
        [[webhook]]
        url = "https://hooks.example.org/services/hunter4"
        format = "slack"
        token = "hunter5"
        [[webhook]]
        url = "http://ntfy.example.org/home"
        format = "ntfy"
        severity = "critical"
        title = "{detector}"
    "#;

    #[test]
    fn what_is_shown_has_no_secret() {
        let config: Config = toml::from_str(FILE).unwrap();
        assert!(config.influx.settings().unwrap().is_some() && config.syslog.settings().is_some());
        assert_eq!(config.webhook[0].settings().url.expose(), "https://hooks.example.org/services/hunter4");
        let shown = [
            toml::to_string(&config).unwrap(),
            serde_json::to_string(&config).unwrap(),
            format!("{config:?}"),
            format!("{:?} {:?}", config.influx.settings(), config.webhook[1].settings()),
        ];
        for shown in shown {
            assert!(shown.contains("***") && !shown.contains("hunter"), "{shown}");
        }
    }

    #[test]
    fn refusals_say_what_is_wrong_and_not_the_secret() {
        for (file, wanted) in [
            ("[[webhook]]\nformat = \"json\"", "url is no address such as"),
            ("[[webhook]]\nurl = \"ftp://hunter2\"", "url is no address such as"),
            ("[[webhook]]\nurl = \"http://me:hunter2@x/\"", "url has a name or password in it"),
            ("[[webhook]]\nurl = \"http://h/hunter2\"\ntitle = \"{x}\"", "title {x} is none of id, time"),
            ("[[webhook]]\nurl = \"http://h/\"\nformat = \"ntfy\"", "url has no topic at its end"),
            ("[[webhook]]\nurl = \"http://h/\"\nformat = \"teams\"", "unknown variant `teams`"),
            ("[[webhook]]\nurl = \"http://h/\"\ntoken = \"hunter2\\n\"", "token has blanks"),
            ("[syslog]\nserver = \"tls://x\"", "`tls://x` is no log server such as udp://host:514"),
            ("[syslog]\nseverity = \"hih\"", "did you mean `high`?"),
        ] {
            let error = toml::from_str::<Config>(file).unwrap_err().message().to_owned();
            assert!(error.contains(wanted) && !error.contains("hunter"), "{file}: {error}");
        }
        for (file, key) in [
            ("url = \"host:8086\"", "influx.url"),
            ("url = \"http://h/?db=x\"", "influx.url"),
            ("url = \"http://h\"\ndatabase = \"\"", "influx.database"),
            ("url = \"http://h\"\nbucket = \"b\"\ntoken = \"t\"", "influx.org"),
            ("url = \"http://h\"\nbucket = \"b\"\norg = \"o\"", "influx.token"),
            ("url = \"http://h\"\nspool_size = \"1B\"", "influx.spool_size"),
        ] {
            let config: Config = toml::from_str(&format!("[influx]\n{file}")).unwrap();
            assert_eq!(config.influx.settings().unwrap_err().0, key, "{file}");
        }
    }
}
