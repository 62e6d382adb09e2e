//! Flows, a file a day.

mod blocks;
mod condition;
mod marks;
mod names;
mod read;
mod records;
mod row;
mod search;
mod sets;
mod texts;
mod walk;
mod write;

pub use read::{DayReader, Page};
pub use row::FlowRow;
pub use search::{Found, Place, Search};
pub use texts::Texts;
pub(crate) use write::DayFile;

use crate::database::Migrations;

/// The schema of a day's file.
///
/// A flow is a row of numbers: what it is filtered by. Texts are in `name`, ends in `party`; the whole
/// record is in a block with those of its neighbours, compressed, or for a while in `recent`.
const SCHEMA: Migrations = &["
CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE party(id INTEGER PRIMARY KEY, address TEXT NOT NULL, device TEXT NOT NULL, UNIQUE(address, device)) STRICT;
CREATE INDEX party_device ON party(device) WHERE device <> '';
CREATE TABLE flow(
    id INTEGER PRIMARY KEY,
    -- Milliseconds since the day began; a flow may have begun before it.
    start_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    src INTEGER NOT NULL,
    dst INTEGER NOT NULL,
    src_port INTEGER,
    dst_port INTEGER,
    transport INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    application INTEGER,
    host INTEGER,
    country INTEGER,
    direction INTEGER NOT NULL,
    src_bytes INTEGER NOT NULL,
    dst_bytes INTEGER NOT NULL,
    src_packets INTEGER NOT NULL,
    dst_packets INTEGER NOT NULL,
    risks INTEGER
) STRICT;
CREATE TABLE by_party(party INTEGER NOT NULL, flow INTEGER NOT NULL, PRIMARY KEY(party, flow)) STRICT, WITHOUT ROWID;
CREATE INDEX flow_host ON flow(host) WHERE host IS NOT NULL;
-- Records of the flows from `first` on.
CREATE TABLE block(first INTEGER PRIMARY KEY, count INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE recent(flow INTEGER PRIMARY KEY, record TEXT NOT NULL) STRICT;
", "
-- When the flows of a block began, and names that they have: in their rows, and in their records beside that.
CREATE TABLE mark(first INTEGER PRIMARY KEY, earliest_ms INTEGER NOT NULL, latest_ms INTEGER NOT NULL,
    in_rows BLOB NOT NULL, beside BLOB NOT NULL) STRICT;
DROP INDEX flow_host;
"];
