/// Writing and compressing may wait for packets, not packets for them.
const NICE: i32 = 10;

/// Lets others go first from now on, in the calling thread.
pub(crate) fn give_way() {
    // On Linux that is the thread's own (setpriority(2), "C library/kernel differences").
    let _ = rustix::process::setpriority_process(None, NICE);
}
