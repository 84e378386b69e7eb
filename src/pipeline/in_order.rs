//! Items -> what work on them gives, in their order: workers run ahead of the one who takes it, but not far.

use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Of so many that may be ahead one must be done before the one who takes is woken: workers have enough to do meanwhile, and
/// to be woken for each small file would take a tenth of the time.
const WOKEN_FOR: usize = 4;

/// What workers have done.
struct Done<T> {
    state: Mutex<State<T>>,
    is_enough: Condvar,
    /// How many are enough.
    some: usize,
    workers: usize,
}

struct State<T> {
    /// By number, what was not fetched yet.
    worked: BTreeMap<usize, thread::Result<T>>,
    /// How many are begun and not done.
    coming: usize,
}

/// Says, however one leaves, that nobody waits any more.
struct Leaving<'l>(&'l AtomicBool);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Works on items in a pool and hands over what each gave, here and in order. No more than `ahead` of them are worked on, or done
/// and not handed over yet; while something is taken, workers go on. A single worker does not: there would be two then.
///
/// Once nobody takes any more `is_left` says so to the work that is not done, and what is not begun is left.
///
/// # Errors
/// What the one who takes says.
pub(super) fn in_order<I: Sync, T: Send, E>(
    pool: &ThreadPool,
    items: &[I],
    ahead: usize,
    is_left: &AtomicBool,
    work: &(impl Fn(&I) -> T + Sync),
    take: &mut dyn FnMut(&I, T) -> Result<(), E>,
) -> Result<(), E> {
    let ahead = ahead.max(1);
    if pool.current_num_threads() == 1 {
        return items.chunks(ahead).try_for_each(|items| {
            let worked = pool.install(|| items.iter().map(work).collect::<Vec<_>>());
            items.iter().zip(worked).try_for_each(|(item, worked)| take(item, worked))
        });
    }
    let done = Done::new(ahead, pool.current_num_threads());
    pool.in_place_scope(|scope| {
        let _leaving = Leaving(is_left);
        let (mut begun, mut fetched) = (0, BTreeMap::new());
        for (number, item) in items.iter().enumerate() {
            let end = items.len().min(number + ahead);
            done.expect(end - begun);
            for (number, item) in items.iter().enumerate().take(end).skip(begun) {
                let done = &done;
                scope.spawn(move |_| {
                    if !is_left.load(Ordering::Relaxed) {
                        // Who waits for it must hear of a panic, too.
                        done.add(number, catch_unwind(AssertUnwindSafe(|| work(item))));
                    }
                });
            }
            begun = end;
            let worked = loop {
                match fetched.remove(&number) {
                    Some(worked) => break worked,
                    None => fetched.append(&mut done.fetch()),
                }
            };
            take(item, worked.unwrap_or_else(|panic| resume_unwind(panic)))?;
        }
        Ok(())
    })
}

impl<T> Done<T> {
    fn new(ahead: usize, workers: usize) -> Self {
        let state = Mutex::new(State { worked: BTreeMap::new(), coming: 0 });
        Done { state, is_enough: Condvar::new(), some: (ahead / WOKEN_FOR).max(1), workers }
    }

    /// That so many more are begun.
    fn expect(&self, count: usize) {
        self.lock().coming += count;
    }

    /// Adds one, and wakes who waits if that is enough.
    fn add(&self, number: usize, worked: thread::Result<T>) {
        let mut state = self.lock();
        state.worked.insert(number, worked);
        state.coming -= 1;
        if self.is_enough(&state) {
            self.is_enough.notify_one();
        }
    }

    /// All that are done, once it is enough.
    fn fetch(&self) -> BTreeMap<usize, thread::Result<T>> {
        let waited = self.is_enough.wait_while(self.lock(), |state| !self.is_enough(state));
        std::mem::take(&mut waited.unwrap_or_else(PoisonError::into_inner).worked)
    }

    /// Whether some are done, or any, and a worker has nothing to do.
    fn is_enough(&self, State { worked, coming }: &State<T>) -> bool {
        *coming == 0 || worked.len() >= self.some || (*coming < self.workers && !worked.is_empty())
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    fn pool(threads: usize) -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn what_is_given_comes_in_order_however_long_each_takes() {
        let items: Vec<u64> = (0..40).collect();
        for threads in 1..4 {
            let mut taken = Vec::new();
            let late = |n: &u64| std::thread::sleep(Duration::from_millis(n * 7 % 5));
            let work = |n: &u64| {
                late(n);
                n * 2
            };
            let Ok(()) = in_order(&pool(threads), &items, 6, &AtomicBool::new(false), &work, &mut |item, worked| {
                taken.push((*item, worked));
                Ok::<(), Infallible>(())
            });
            assert_eq!(taken, items.iter().map(|n| (*n, n * 2)).collect::<Vec<_>>(), "{threads}");
        }
    }

    #[test]
    fn no_more_is_begun_than_may_wait() {
        let (items, ahead): (Vec<usize>, usize) = ((0..60).collect(), 4);
        let begun = AtomicUsize::new(0);
        let work = |_: &usize| begun.fetch_add(1, Ordering::SeqCst);
        let Ok(()) = in_order(&pool(3), &items, ahead, &AtomicBool::new(false), &work, &mut |number, _| {
            std::thread::sleep(Duration::from_millis(1));
            assert!(begun.load(Ordering::SeqCst) <= number + ahead);
            Ok::<(), Infallible>(())
        });
        assert_eq!(begun.into_inner(), items.len());
    }

    #[test]
    fn what_is_not_begun_is_left_when_nobody_takes_it_any_more() {
        let items: Vec<usize> = (0..1_000).collect();
        for threads in [1, 3] {
            let begun = AtomicUsize::new(0);
            let work = |_: &usize| begun.fetch_add(1, Ordering::SeqCst);
            let taken = in_order(&pool(threads), &items, 8, &AtomicBool::new(false), &work, &mut |number, _| {
                if *number < 5 { Ok(()) } else { Err("gone") }
            });
            assert_eq!(taken, Err("gone"));
            assert!((6..=14).contains(&begun.into_inner()), "{threads}");
        }
    }

    #[test]
    fn a_panic_is_that_of_the_one_who_waits() {
        for threads in [1, 3] {
            let waiting = || {
                in_order(&pool(threads), &[1, 2, 3], 8, &AtomicBool::new(false), &|n| assert!(*n < 2, "{n}"), &mut |_, ()| Ok::<(), ()>(()))
            };
            assert!(catch_unwind(AssertUnwindSafe(waiting)).is_err(), "{threads}");
        }
    }

    #[test]
    fn a_panic_of_the_one_who_takes_leaves_what_is_not_begun() {
        let (items, begun): (Vec<usize>, AtomicUsize) = ((0..1_000).collect(), AtomicUsize::new(0));
        let work = |_: &usize| begun.fetch_add(1, Ordering::SeqCst);
        let taking = || {
            in_order(&pool(3), &items, 8, &AtomicBool::new(false), &work, &mut |number, _| {
                if *number < 5 { Ok::<(), ()>(()) } else { panic!("no") }
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(taking)).is_err());
        assert!((6..=14).contains(&begun.into_inner()));
    }

    #[test]
    fn what_is_done_is_taken_where_a_worker_has_nothing_to_do_so_that_more_can_begin() {
        let (items, ahead) = ((0..40).collect::<Vec<usize>>(), 32);
        let begun = AtomicUsize::new(0);
        let wait_for = |count: usize| {
            (0..10_000).any(|_| {
                thread::sleep(Duration::from_millis(1));
                begun.load(Ordering::SeqCst) >= count
            })
        };
        let work = |number: &usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            match *number {
                // The first is the last but one to be done, and the last that may wait ends when one behind it begins.
                0 => wait_for(ahead),
                31 => wait_for(ahead + 1),
                _ => true,
            }
        };
        let Ok(()) = in_order(&pool(2), &items, ahead, &AtomicBool::new(false), &work, &mut |number, is_done| {
            assert!(is_done, "{number}");
            Ok::<(), Infallible>(())
        });
    }
}
