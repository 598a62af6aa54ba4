//! Work for several threads, whose results come in the order in which the work was found.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many jobs go to a thread at once, and how many such batches may wait before who finds them works
/// itself.
const BATCH: usize = 32;
const MOST_WAITING: usize = 64;

/// What threads share: batches to do, and results that wait for earlier ones.
struct Shared<Job> {
    batches: Mutex<Batches<Job>>,
    has_changed: Condvar,
}

struct Batches<Job> {
    waiting: VecDeque<(usize, Vec<Job>)>,
    is_closed: bool,
}

/// Results, which are taken as soon as all before them have been.
struct Results<Done, Error, Take> {
    next: usize,
    early: BTreeMap<usize, Result<Vec<Done>, Error>>,
    take: Take,
    failure: Option<Error>,
}

impl<Done, Error, Take: FnMut(Done)> Results<Done, Error, Take> {
    /// Whether it goes on.
    fn add(&mut self, number: usize, result: Result<Vec<Done>, Error>) -> bool {
        self.early.insert(number, result);
        while self.failure.is_none()
            && let Some(result) = self.early.remove(&self.next)
        {
            self.next += 1;
            match result {
                Ok(done) => done.into_iter().for_each(&mut self.take),
                Err(error) => self.failure = Some(error),
            }
        }
        self.failure.is_none()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<Job> Shared<Job> {
    /// Puts a batch with the others, unless there are too many.
    fn put(&self, number: usize, batch: Vec<Job>) -> Option<Vec<Job>> {
        let mut batches = locked(&self.batches);
        if batches.waiting.len() >= MOST_WAITING {
            return Some(batch);
        }
        batches.waiting.push_back((number, batch));
        drop(batches);
        self.has_changed.notify_one();
        None
    }

    /// The next batch; nothing once all are done.
    fn take(&self) -> Option<(usize, Vec<Job>)> {
        let mut batches = locked(&self.batches);
        loop {
            if let Some(batch) = batches.waiting.pop_front() {
                return Some(batch);
            }
            if batches.is_closed {
                return None;
            }
            batches = self.has_changed.wait(batches).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// No more batches will come. With `is_over` those that wait are left.
    fn close(&self, is_over: bool) {
        let mut batches = locked(&self.batches);
        batches.is_closed = true;
        if is_over {
            batches.waiting.clear();
        }
        drop(batches);
        self.has_changed.notify_all();
    }
}

/// Closes what threads wait for, however who fills it ends.
struct Closing<'a, Job>(&'a Shared<Job>);

impl<Job> Drop for Closing<'_, Job> {
    fn drop(&mut self) {
        self.0.close(false);
    }
}

/// Does what `find` finds on several threads, this one among them, each with a `tool` of its own, and gives
/// each result to `take` in the order in which it was found.
///
/// # Errors
/// With the first failure in that order; that of `find` comes behind all that it found.
pub(super) fn ordered<Job: Send, Done: Send, Error: Send, Tool>(
    threads: NonZeroUsize,
    find: impl FnOnce(&mut dyn FnMut(Job)) -> Result<(), Error>,
    tool: impl Fn() -> Tool + Sync,
    work: impl Fn(&mut Tool, Job) -> Result<Done, Error> + Sync,
    take: impl FnMut(Done) + Send,
) -> Result<(), Error> {
    let shared = Shared {
        batches: Mutex::new(Batches { waiting: VecDeque::new(), is_closed: false }),
        has_changed: Condvar::new(),
    };
    let results = Mutex::new(Results { next: 0, early: BTreeMap::new(), take, failure: None });
    let do_batch = |tool: &mut Tool, number, batch: Vec<Job>| {
        let result = batch.into_iter().map(|job| work(tool, job)).collect();
        if !locked(&results).add(number, result) {
            shared.close(true);
        }
    };
    let do_all = |tool: &mut Tool| {
        while let Some((number, batch)) = shared.take() {
            do_batch(tool, number, batch);
        }
    };
    std::thread::scope(|scope| {
        let closing = Closing(&shared);
        for _ in 1..threads.get() {
            // Where no more threads can be had, there are fewer.
            let _ = std::thread::Builder::new().spawn_scoped(scope, || do_all(&mut tool()));
        }
        let mut own = tool();
        let mut number = 0;
        let mut batch = Vec::with_capacity(BATCH);
        let mut send = |batch: Vec<Job>| {
            if let Some(batch) = shared.put(number, batch) {
                do_batch(&mut own, number, batch);
            }
            number += 1;
        };
        let found = find(&mut |job| {
            batch.push(job);
            if batch.len() == BATCH {
                send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
            }
        });
        send(batch);
        if let Err(error) = found {
            locked(&results).add(number, Err(error));
        }
        drop(closing);
        do_all(&mut own);
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Doubles numbers below `count`, of which those in `wrong` fail; then finding fails, or does not.
    fn doubled(
        threads: usize,
        count: usize,
        wrong: &[usize],
        found: Result<(), usize>,
    ) -> Result<Vec<usize>, usize> {
        let mut all = Vec::new();
        ordered(
            NonZeroUsize::new(threads).unwrap(),
            |job| {
                (0..count).for_each(job);
                found
            },
            || (),
            |(), number| if wrong.contains(&number) { Err(number) } else { Ok(number * 2) },
            |number| all.push(number),
        )?;
        Ok(all)
    }

    #[test]
    fn results_come_in_order_however_many_threads_there_are() {
        for threads in [1, 2, 7] {
            for count in [0, 1, BATCH, BATCH + 1, 10_000] {
                let wanted: Vec<usize> = (0..count).map(|number| number * 2).collect();
                assert_eq!(doubled(threads, count, &[], Ok(())), Ok(wanted));
            }
        }
    }

    #[test]
    fn the_first_failure_is_told() {
        for threads in [1, 2, 7] {
            assert_eq!(doubled(threads, 10_000, &[9_000, 77, 78], Ok(())), Err(77));
            assert_eq!(doubled(threads, 10_000, &[9_999], Err(1)), Err(9_999));
            assert_eq!(doubled(threads, 10_000, &[], Err(1)), Err(1));
            assert_eq!(doubled(threads, 0, &[], Err(1)), Err(1));
        }
    }
}
