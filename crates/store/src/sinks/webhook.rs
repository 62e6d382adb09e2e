//! Alerts for whoever takes them over HTTP: a request each.

mod template;

use std::io;
use std::time::Duration;

use model::{Alert, Severity};
use serde_json::{Value, json};

pub use self::template::Template;
use super::http::{Answer, Client};
use super::queue::Waiting;
use super::text::{plain, plain_lines};
use super::{Secret, Sink};
use crate::item::Item;

/// Who is told of what, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebhookSettings {
    /// Where to post; the address of many a hook is all that it takes to use it.
    pub url: Secret,
    /// As what.
    pub format: WebhookFormat,
    /// Sent as `Authorization: Bearer`, if it is set.
    pub token: Secret,
    /// The least severity that is told.
    pub severity: Severity,
    /// The first line.
    pub title: Template,
    /// What follows.
    pub text: Template,
}

/// What a receiver understands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WebhookFormat {
    /// Title, text and the whole alert.
    #[default]
    Json,
    /// Incoming webhooks of Slack and Mattermost.
    Slack,
    /// ntfy; the last part of the address is the topic.
    Ntfy,
}

pub(super) struct Webhook {
    client: Client,
    url: String,
    settings: WebhookSettings,
    authorization: Option<String>,
    waiting: Waiting<Vec<u8>>,
}

/// Requests that may wait.
const MOST_WAITING: usize = 1000;
/// How long title and text may be: ntfy makes attachments of messages beyond 4096 bytes.
const LONGEST_TITLE: usize = 250;
const LONGEST_TEXT: usize = 3500;

impl Webhook {
    pub(super) fn new(settings: &WebhookSettings) -> Self {
        let url = settings.url.expose();
        let token = settings.token.expose();
        Self {
            client: Client::new(url),
            url: match settings.format {
                WebhookFormat::Ntfy => topic(url).0.to_owned(),
                _ => url.to_owned(),
            },
            settings: settings.clone(),
            authorization: (!token.is_empty()).then(|| format!("Bearer {token}")),
            waiting: Waiting::new(MOST_WAITING),
        }
    }

    fn body(&self, alert: &Alert) -> Value {
        let title = plain(&self.settings.title.fill(alert), LONGEST_TITLE);
        let text = plain_lines(&self.settings.text.fill(alert), LONGEST_TEXT);
        match self.settings.format {
            WebhookFormat::Json => json!({ "title": title, "text": text, "alert": alert }),
            WebhookFormat::Slack => {
                json!({ "text": format!("*{}*\n{}", for_slack(&title), for_slack(&text)) })
            }
            // Published as JSON: what is in a header would need an escape of its own.
            WebhookFormat::Ntfy => json!({
                "topic": topic(self.settings.url.expose()).1, "title": title, "message": text,
                "priority": priority(alert.severity), "tags": [alert.severity.name(), alert.detector],
            }),
        }
    }
}

impl Sink for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn take(&mut self, items: &[Item]) -> io::Result<()> {
        for item in items {
            if let Item::Alert(alert) = item
                && alert.severity >= self.settings.severity
            {
                self.waiting.add(serde_json::to_vec(&self.body(alert))?);
            }
        }
        Ok(())
    }

    fn push(&mut self, within: Duration) -> io::Result<bool> {
        let Some(body) = self.waiting.first() else { return Ok(false) };
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(self.authorization.as_deref().map(|value| ("authorization", value)));
        match self.client.post(&self.url, &headers, body, within)? {
            Answer::Taken => self.waiting.sent(),
            Answer::Never(why) => {
                tracing::warn!("webhook: {why}; the alert is not told there");
                self.waiting.give_up();
            }
        }
        Ok(!self.waiting.is_empty())
    }

    fn lost(&self) -> u64 {
        self.waiting.lost()
    }

    fn left(&self) -> u64 {
        self.waiting.len()
    }
}

/// Why `url` cannot be used as `format` has it.
///
/// # Errors
/// See above; the address is not repeated.
pub fn check_webhook(url: &str, format: WebhookFormat) -> Result<(), &'static str> {
    super::http::check_url(url)?;
    if format == WebhookFormat::Ntfy && (topic(url).1.is_empty() || url.contains('?')) {
        return Err("has no topic at its end, such as https://host/topic");
    }
    Ok(())
}

/// Where ntfy is, and the topic.
fn topic(url: &str) -> (&str, &str) {
    let path = url.find("://").map_or(0, |at| at + 3);
    match url.rfind('/').filter(|&at| at >= path) {
        Some(at) => url.split_at_checked(at + 1).unwrap_or((url, "")),
        None => (url, ""),
    }
}

/// What Slack takes for its own (`<!channel>`, links) is escaped as its manual has it ("Formatting
/// text for app surfaces"); an `@` calls nobody in Mattermost when a space without width is behind it, and
/// there is no link without `](`.
fn for_slack(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('@', "@\u{200b}").replace("](", "]\u{200b}(")
}

fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 5,
        Severity::High => 4,
        Severity::Medium => 3,
        Severity::Low => 2,
        Severity::Info => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics() {
        assert_eq!(topic("https://ntfy.sh/home"), ("https://ntfy.sh/", "home"));
        assert_eq!(topic("http://h:1/a/home"), ("http://h:1/a/", "home"));
        assert_eq!(topic("http://h:1"), ("http://h:1", ""));
        for (url, good) in
            [("http://h/t", true), ("http://h/", false), ("http://h", false), ("http://h/t?x=y", false)]
        {
            assert_eq!(check_webhook(url, WebhookFormat::Ntfy).is_ok(), good, "{url}");
        }
        assert_eq!(
            for_slack("<!channel> & @here [x](y)"),
            "&lt;!channel&gt; &amp; @\u{200b}here [x]\u{200b}(y)"
        );
    }
}
