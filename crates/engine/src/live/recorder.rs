use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use flow::Ended;

use super::Shared;
use crate::FlowSink;
use crate::merge::Merge;

/// Puts the records of all workers in order and hands them to the sink, until the workers are gone.
pub(super) fn run(
    shared: &Shared,
    records: &Receiver<Vec<Box<Ended>>>,
    names: &[String],
    mut sink: impl FlowSink,
) {
    for (number, name) in (0u16..).zip(names) {
        sink.interface(number, Some(name));
    }
    let mut merge = Merge::default();
    loop {
        // A worker sends its records before it sets its mark, so what is complete by the marks
        // read here is in the channel, or has come already.
        let marks = shared.marks.iter().map(|mark| mark.load(Ordering::Acquire));
        let complete = marks.min().unwrap_or(0);
        let gone = match records.recv_timeout(Duration::from_millis(100)) {
            Ok(batch) => {
                merge.add(batch);
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        };
        records.try_iter().for_each(|batch| merge.add(batch));
        if gone {
            break;
        }
        merge.release(complete, &mut sink);
        sink.flush();
    }
    merge.finish(&mut sink);
    sink.flush();
}
