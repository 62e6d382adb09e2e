//! Answers that take long to find, for all who ask for the same.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::app::aside;
use crate::problem::Problem;

/// Answers by question. A fresh one is given as it is; one that is older is given once more, while a
/// new one is looked for; only without any does somebody wait.
#[derive(Debug)]
pub(crate) struct Kept<K, V>(Mutex<HashMap<K, Answer<V>>>);

#[derive(Debug)]
struct Answer<V> {
    value: Option<Arc<V>>,
    since: Instant,
    /// Somebody looks for a new one.
    sought: bool,
    /// Those that wait for the first.
    first: Arc<tokio::sync::Mutex<()>>,
}

/// For so long an answer is as good as new.
const FRESH: Duration = Duration::from_secs(2);
/// After this time it is none any more.
const STALE: Duration = Duration::from_secs(15);
/// Questions whose answers are kept.
const MOST: usize = 64;

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// What to do about a question.
enum Next<V> {
    Give(Arc<V>),
    GiveAndSeek(Arc<V>),
    Wait(Arc<tokio::sync::Mutex<()>>),
}

impl<K: Clone + Eq + Hash + Send + 'static, V: Send + Sync + 'static> Kept<K, V> {
    /// The answer to a question; `seek` finds it, and may take its time. What fails is not kept.
    pub(crate) async fn get(
        self: &Arc<Self>,
        question: K,
        seek: impl FnOnce() -> Result<V, Problem> + Send + 'static,
    ) -> Result<Arc<V>, Problem> {
        let waits = match self.next(&question) {
            Next::Give(value) => return Ok(value),
            Next::GiveAndSeek(value) => {
                let kept = Arc::clone(self);
                tokio::task::spawn_blocking(move || kept.put(&question, seek().ok()));
                return Ok(value);
            }
            Next::Wait(waits) => waits,
        };
        // One looks; the others wait for what it finds.
        let _first = waits.lock().await;
        if let Next::Give(value) | Next::GiveAndSeek(value) = self.next(&question) {
            return Ok(value);
        }
        let value = Arc::new(aside(seek).await??);
        self.put_value(&question, Some(Arc::clone(&value)));
        Ok(value)
    }

    fn next(&self, question: &K) -> Next<V> {
        let now = now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(question) {
            all.retain(|_, answer| now.duration_since(answer.since) < STALE);
            // Too many ask for different things: each finds out by itself.
            if all.len() >= MOST {
                return Next::Wait(Arc::default());
            }
        }
        let answer = all.entry(question.clone()).or_insert_with(|| Answer {
            value: None,
            since: now,
            sought: false,
            first: Arc::default(),
        });
        let age = now.duration_since(answer.since);
        match &answer.value {
            Some(value) if age < FRESH || answer.sought && age < STALE => Next::Give(Arc::clone(value)),
            Some(value) if age < STALE => {
                answer.sought = true;
                Next::GiveAndSeek(Arc::clone(value))
            }
            _ => Next::Wait(Arc::clone(&answer.first)),
        }
    }

    fn put(&self, question: &K, value: Option<V>) {
        self.put_value(question, value.map(Arc::new));
    }

    fn put_value(&self, question: &K, value: Option<Arc<V>>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = all.get_mut(question) {
            answer.sought = false;
            if value.is_some() {
                answer.value = value;
                answer.since = now();
            }
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "how long an answer is good is a matter of who asks, not of packets"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn those_who_ask_the_same_at_once_are_answered_by_one_search() {
        let (kept, searches) = (Arc::new(Kept::default()), Arc::new(AtomicUsize::new(0)));
        let ask = |question: u32| {
            let (kept, searches) = (Arc::clone(&kept), Arc::clone(&searches));
            tokio::spawn(async move {
                let seek = move || {
                    searches.fetch_add(1, Ordering::SeqCst);
                    Ok(question * 2)
                };
                kept.get(question, seek).await.map(|value| *value)
            })
        };
        let asked: Vec<_> = (0..50).map(|n| ask(n % 2)).collect();
        for (n, answer) in asked.into_iter().enumerate() {
            assert_eq!(answer.await.unwrap().unwrap(), if n % 2 == 0 { 0 } else { 2 });
        }
        assert_eq!(searches.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept_and_questions_have_a_bound() {
        let kept = Arc::new(Kept::<usize, usize>::default());
        assert!(kept.get(1, || Err(Problem::defect())).await.is_err());
        assert_eq!(*kept.get(1, || Ok(5)).await.unwrap(), 5);
        for n in 0..3 * MOST {
            assert_eq!(*kept.get(n + 10, move || Ok(n)).await.unwrap(), n);
        }
        assert!(kept.0.lock().unwrap().len() <= MOST);
    }
}
