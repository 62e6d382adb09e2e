use std::str::FromStr;

use model::Alert;

/// Words with places for what an alert says: `{severity}: {title}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template(Vec<Part>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Words(String),
    Field(Field),
}

type Field = &'static str;

const FIELDS: [Field; 16] = [
    "id",
    "time",
    "detector",
    "severity",
    "title",
    "description",
    "src_ip",
    "src_mac",
    "dst_ip",
    "dst_mac",
    "device",
    "device_name",
    "count",
    "first_seen",
    "last_seen",
    "incident",
];

impl Template {
    /// What an alert says, in the places. What it says is not read as a template again.
    pub(super) fn fill(&self, alert: &Alert) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Words(words) => text.push_str(words),
                Part::Field(field) => text.push_str(&value(alert, field)),
            }
        }
        text
    }
}

impl FromStr for Template {
    type Err = String;

    /// `{{` and `}}` stand for the braces themselves.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            words.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                words.extend(from.chars().take(1));
                rest = after;
                continue;
            }
            let name = from.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (name, after) = name.ok_or("has a brace without its pair; {{ and }} stand for themselves")?;
            let field = FIELDS.iter().find(|field| **field == name);
            let field = field.ok_or_else(|| format!("{{{name}}} is none of {}", FIELDS.join(", ")))?;
            parts.extend([Part::Words(std::mem::take(&mut words)), Part::Field(field)]);
            rest = after;
        }
        words.push_str(rest);
        parts.push(Part::Words(words));
        parts.retain(|part| *part != Part::Words(String::new()));
        Ok(Self(parts))
    }
}

fn value(alert: &Alert, field: Field) -> String {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    match field {
        "id" => alert.id.clone(),
        "time" => alert.time.clone(),
        "detector" => alert.detector.to_owned(),
        "severity" => alert.severity.name().to_owned(),
        "title" => alert.title.clone(),
        "description" => alert.description.clone(),
        "src_ip" => or_none(alert.src_ip.map(|address| address.to_string())),
        "src_mac" => or_none(alert.src_mac.clone()),
        "dst_ip" => or_none(alert.dst_ip.map(|address| address.to_string())),
        "dst_mac" => or_none(alert.dst_mac.clone()),
        "device" => or_none(alert.device.clone()),
        "device_name" => or_none(alert.device_name.clone()),
        "count" => alert.count.to_string(),
        "first_seen" => alert.first_seen.clone(),
        "last_seen" => alert.last_seen.clone(),
        _ => alert.incident.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_braces() {
        let template: Template = "{{x}} {severity}:{title}".parse().unwrap();
        let words = |text: &str| Part::Words(text.to_owned());
        assert_eq!(template.0, [words("{x} "), Part::Field("severity"), words(":"), Part::Field("title")]);
        assert!("".parse::<Template>().unwrap().0.is_empty());
        for bad in ["{", "}", "{title", "{nothing}", "{}", "{ti{{tle}"] {
            assert!(bad.parse::<Template>().is_err(), "{bad}");
        }
    }
}
