use std::io;

use rustix::thread::{CpuSet, sched_setaffinity};

/// Keeps the calling thread on one CPU, counted from 0.
///
/// # Errors
/// `InvalidInput` for a CPU that the machine, or the process's share of it, does not have.
pub fn pin_to_cpu(cpu: usize) -> io::Result<()> {
    if cpu >= CpuSet::MAX_CPU {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut set = CpuSet::new();
    set.set(cpu);
    Ok(sched_setaffinity(None, &set)?)
}

/// Lets others go first from now on, in the calling thread: `nice` from 0 to 19. Where there are fewer
/// CPUs than threads, those that empty the rings must not wait for those that write.
pub fn give_way(nice: i32) {
    // On Linux that is the thread's own (setpriority(2), "C library/kernel differences"). Without it
    // everything works, with less to spare.
    let _ = rustix::process::setpriority_process(None, nice);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_and_refuses() {
        std::thread::spawn(|| {
            let allowed = rustix::thread::sched_getaffinity(None).unwrap();
            let first = (0..CpuSet::MAX_CPU).find(|&n| allowed.is_set(n)).unwrap();
            pin_to_cpu(first).unwrap();
            let now = rustix::thread::sched_getaffinity(None).unwrap();
            assert!(now.is_set(first) && now.count() == 1);
        })
        .join()
        .unwrap();
        assert_eq!(pin_to_cpu(usize::MAX).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(pin_to_cpu(CpuSet::MAX_CPU - 1).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
