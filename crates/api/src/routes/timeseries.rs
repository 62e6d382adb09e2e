use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::{Kind, MainReader, Resolution, StoreError};
use utoipa::{IntoParams, ToSchema};

use super::shares::resolution;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::app::App;
use crate::extract::Query;
use crate::problem::Problem;
use crate::time;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SeriesQuery {
    /// What it is split by: `total` (which it is unless given), `device`, `protocol`, `application`,
    /// `country`, `network`, or `capture` for what the interfaces counted.
    #[param(pattern = "^(total|device|protocol|application|country|network|capture)$")]
    by: Option<String>,
    /// Only this name of it, such as a device's id.
    key: Option<String>,
    /// RFC 3339, seconds since 1970, or a time ago such as `-24h`; `-1h` unless given.
    #[param(
        pattern = "^(-[0-9]{1,6}[smhd]|[0-9]{1,10}|20[0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|[12][0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))$"
    )]
    from: Option<String>,
    /// As `from`, in either order; now unless given.
    #[param(
        pattern = "^(-[0-9]{1,6}[smhd]|[0-9]{1,10}|20[0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|[12][0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))$"
    )]
    to: Option<String>,
    /// Described by [`steps`].
    #[param(schema_with = steps)]
    step: Option<u64>,
    /// Names with most bytes that get a series of their own; 6 unless given, at most 20.
    #[param(minimum = 1, maximum = 20)]
    top: Option<u32>,
}

fn steps() -> utoipa::openapi::Object {
    let description = "Seconds: 60, 3600 or 86400, or a longer one where the range has too many of these; chosen \
        by the range unless given.";
    let steps = ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some([60, 3600, 86_400]));
    steps.description(Some(description)).build()
}

/// Series over time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Timeseries {
    /// Seconds from point to point.
    step: u64,
    /// Begin of the first step, in seconds since 1970.
    from: i64,
    /// Before this second.
    to: i64,
    /// The series, the largest first.
    series: Vec<Series>,
}

/// One name's series.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Series {
    /// The name; empty for all together.
    key: String,
    /// Begin of the step, bytes in, bytes out, packets, flows; steps without traffic are left out.
    points: Vec<[i64; 5]>,
}

const NAMES: [(&str, Kind); 7] = [
    ("total", Kind::Total),
    ("device", Kind::Device),
    ("protocol", Kind::Protocol),
    ("application", Kind::Application),
    ("country", Kind::Country),
    ("network", Kind::Network),
    ("capture", Kind::Capture),
];
/// Steps of one series.
const MOST_STEPS: i64 = 11_000;

/// Bytes, packets and flows over time.
#[utoipa::path(get, path = "/api/v1/timeseries", params(SeriesQuery),
    responses((status = 200, body = Timeseries), (status = 400, body = Problem)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Query(query): Query<SeriesQuery>,
) -> Result<Json<Timeseries>, Problem> {
    let by = query.by.as_deref().unwrap_or("total");
    let kind = NAMES.iter().find(|(name, _)| *name == by).map(|(_, kind)| *kind);
    let kind = kind.ok_or_else(|| {
        Problem::bad(format!("by must be one of {}", NAMES.map(|(name, _)| name).join(", ")))
    })?;
    let (from, to) = time::range(query.from.as_deref(), query.to.as_deref(), time::of(&app.now()), 3600)?;
    let resolution = match query.step {
        None => resolution(from, to),
        Some(step) => Resolution::ALL
            .into_iter()
            .find(|resolution| resolution.seconds() == step)
            .ok_or_else(|| Problem::bad("step must be 60, 3600 or 86400"))?,
    };
    let steps = |resolution: Resolution| (to - from) / i64::try_from(resolution.seconds()).unwrap_or(60);
    let resolution = [resolution, Resolution::Hour]
        .into_iter()
        .find(|one| steps(*one) <= MOST_STEPS)
        .unwrap_or(Resolution::Day);
    let top = query.top.unwrap_or(6);
    if !(1..=20).contains(&top) {
        return Err(Problem::bad("top must be from 1 to 20"));
    }
    let step = resolution.seconds();
    let seconds = i64::try_from(step).unwrap_or(60);
    let from = from.div_euclid(seconds) * seconds;
    let folder = app.folder.clone().ok_or_else(Problem::no_history)?;
    // What ends within the same step is the same question.
    let of = SeriesOf { kind, resolution, key: query.key, from, end: to.div_euclid(seconds), top };
    let seek = of.clone();
    let series = app.kept.series.get(of, move || {
        let reader = MainReader::open(&folder);
        reader
            .and_then(|reader| seek.find(&reader, to))
            .map_err(|error| Problem::unavailable(&error.to_string()))
    });
    let series = series.await?.to_vec();
    Ok(Json(Timeseries { step, from, to, series }))
}

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct SeriesOf {
    kind: Kind,
    resolution: Resolution,
    key: Option<String>,
    from: i64,
    /// The step with the end.
    end: i64,
    top: u32,
}

impl SeriesOf {
    fn find(&self, reader: &MainReader, to: i64) -> Result<Vec<Series>, StoreError> {
        let Self { kind, resolution, key, from, top, .. } = self;
        let names = match (key, kind) {
            (Some(key), _) => vec![key.clone()],
            (None, Kind::Total | Kind::Capture) => vec![String::new()],
            (None, _) => {
                let top = reader.top(*resolution, *kind, *from, to, *top)?;
                top.into_iter().map(|top| top.name).collect()
            }
        };
        let series = names.into_iter().map(|key| {
            let points = reader.series(*resolution, *kind, &key, *from, to)?;
            let point = |p: store::Point| [p.second, p.in_bytes, p.out_bytes, p.packets, p.flows];
            Ok(Series { key, points: points.into_iter().map(point).collect() })
        });
        series.collect()
    }
}
