use std::time::Duration;

use detect::{Setting, Threshold, Unit};
use toml::Value;

use crate::config::text::BadValue;
use crate::config::{ByteSize, DurationSetting};

/// What a threshold was set to.
pub(super) fn read(threshold: &Threshold, value: &Value) -> Result<Setting, BadValue> {
    let setting = match (threshold.default.unit(), value) {
        (Unit::Count, Value::Integer(n)) => u64::try_from(*n).ok().map(Setting::Count),
        (Unit::Ratio, Value::Float(n)) => Some(Setting::Ratio(*n)),
        #[allow(clippy::cast_precision_loss, reason = "nobody sets 2^53")]
        (Unit::Ratio, Value::Integer(n)) => Some(Setting::Ratio(*n as f64)),
        (Unit::Bytes, Value::String(text)) => Some(Setting::Bytes(text.parse::<ByteSize>()?.0)),
        (Unit::Seconds, Value::String(text)) => {
            Some(Setting::Seconds(text.parse::<DurationSetting>()?.get().as_secs_f64()))
        }
        _ => None,
    };
    let (least, most) = threshold.range;
    setting
        .filter(|setting| (least..=most).contains(&setting.number()))
        .ok_or_else(|| BadValue(format!("is {value}, must be {}", range(threshold))))
}

/// As it is written in a file.
pub(super) fn written(setting: Setting) -> Value {
    match setting {
        Setting::Count(n) => i64::try_from(n).unwrap_or(i64::MAX).into(),
        Setting::Ratio(n) => n.into(),
        Setting::Bytes(n) => ByteSize(n).to_string().into(),
        Setting::Seconds(n) => seconds(n).into(),
    }
}

/// What it may be, in words.
pub(super) fn range(threshold: &Threshold) -> String {
    let (least, most) = threshold.range;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bytes are whole and positive"
    )]
    let shown = |n: f64| match threshold.default.unit() {
        Unit::Count | Unit::Ratio => n.to_string(),
        Unit::Bytes => ByteSize(n as u64).to_string(),
        Unit::Seconds => seconds(n),
    };
    format!("from {} to {}", shown(least), shown(most))
}

fn seconds(n: f64) -> String {
    DurationSetting(Duration::from_secs_f64(n)).to_string()
}
